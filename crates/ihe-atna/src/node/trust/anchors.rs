//! Whom a node trusts, as the operator gives it: files or texts, read at once and, when they are
//! files, again on reload. The system's root store is never read (ATNA-R-003).

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};

use super::revocation::RevocationList;
use crate::error::Error;
use crate::node::certificate::Certificate;
use crate::node::files;

/// Whom we trust: authorities whose certificates we follow, and single certificates that are
/// accepted by direct comparison (ATNA-R-002, ATNA-R-004); which certificates are withdrawn.
#[derive(Clone, Default)]
pub struct TrustAnchors {
    parts: Vec<Part>,
    accept_missing_lists: bool,
    accept_stale_lists: bool,
}

#[derive(Clone)]
struct Part {
    file: Option<PathBuf>,
    held: Held,
}

#[derive(Clone)]
enum Held {
    Authorities(Vec<Certificate>),
    Direct(Vec<Certificate>),
    Admitted(Vec<Certificate>),
    Lists(Vec<Arc<RevocationList>>),
}

impl TrustAnchors {
    /// Authorities from a file: PEM, or one certificate in DER or BER.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<TrustAnchors, Error> {
        TrustAnchors::default().with_file(path.as_ref(), Held::Authorities(Vec::new()))
    }

    /// Authorities from a PEM text.
    pub fn from_pem(pem: &str) -> Result<TrustAnchors, Error> {
        TrustAnchors::default().with_text(pem, Held::Authorities(Vec::new()))
    }

    /// Only certificates accepted by direct comparison, no authority.
    pub fn certificates_only(pem: &str) -> Result<TrustAnchors, Error> {
        TrustAnchors::default().and_certificates(pem)
    }

    /// Adds authorities from a file.
    pub fn and_authorities_file(self, path: impl AsRef<Path>) -> Result<TrustAnchors, Error> {
        self.with_file(path.as_ref(), Held::Authorities(Vec::new()))
    }

    /// Adds certificates (self-signed or not) that are accepted by direct comparison.
    pub fn and_certificates(self, pem: &str) -> Result<TrustAnchors, Error> {
        self.with_text(pem, Held::Direct(Vec::new()))
    }

    /// The same from a file: PEM, or one certificate in DER or BER.
    pub fn and_certificates_file(self, path: impl AsRef<Path>) -> Result<TrustAnchors, Error> {
        self.with_file(path.as_ref(), Held::Direct(Vec::new()))
    }

    /// Admits only these certificates, however good the chain of others is; they must still be
    /// trusted by chain or directly.
    pub fn admitting_only(self, pem: &str) -> Result<TrustAnchors, Error> {
        self.with_text(pem, Held::Admitted(Vec::new()))
    }

    /// The same from a file.
    pub fn admitting_only_file(self, path: impl AsRef<Path>) -> Result<TrustAnchors, Error> {
        self.with_file(path.as_ref(), Held::Admitted(Vec::new()))
    }

    /// Checks certificates against these revocation lists, PEM. With the first list every
    /// authority in a chain must have one that is not past its nextUpdate, unless allowed below.
    pub fn and_revocation_lists(self, pem: &str) -> Result<TrustAnchors, Error> {
        self.with_text(pem, Held::Lists(Vec::new()))
    }

    /// The same from a file: PEM, or one list in DER.
    pub fn and_revocation_lists_file(self, path: impl AsRef<Path>) -> Result<TrustAnchors, Error> {
        self.with_file(path.as_ref(), Held::Lists(Vec::new()))
    }

    /// Accepts certificates of authorities that have no revocation list here.
    #[must_use]
    pub fn accepting_missing_lists(mut self) -> TrustAnchors {
        self.accept_missing_lists = true;
        self
    }

    /// Goes on with a revocation list after its nextUpdate.
    #[must_use]
    pub fn accepting_stale_lists(mut self) -> TrustAnchors {
        self.accept_stale_lists = true;
        self
    }

    fn with_text(mut self, pem: &str, kind: Held) -> Result<TrustAnchors, Error> {
        let held = kind.read(pem.as_bytes())?;
        self.parts.push(Part { file: None, held });
        Ok(self)
    }

    fn with_file(mut self, path: &Path, kind: Held) -> Result<TrustAnchors, Error> {
        let held = kind.of_file(path)?;
        let file = Some(path.to_owned());
        self.parts.push(Part { file, held });
        Ok(self)
    }

    /// The same with every file read again.
    pub(crate) fn reread(&self) -> Result<TrustAnchors, Error> {
        let mut again = self.clone();
        for part in &mut again.parts {
            if let Some(path) = &part.file {
                part.held = part.held.of_file(path)?;
            }
        }
        Ok(again)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.parts.iter().filter_map(|part| part.file.as_deref())
    }

    pub(crate) fn authorities(&self) -> Vec<Certificate> {
        self.collect(|held| match held {
            Held::Authorities(found) => found,
            _ => &[],
        })
    }

    pub(crate) fn direct(&self) -> Vec<Certificate> {
        self.collect(|held| match held {
            Held::Direct(found) => found,
            _ => &[],
        })
    }

    pub(crate) fn revocation_lists(&self) -> Vec<Arc<RevocationList>> {
        self.collect(|held| match held {
            Held::Lists(found) => found,
            _ => &[],
        })
    }

    /// None: everybody who is trusted is admitted.
    pub(crate) fn admitted(&self) -> Option<Vec<Certificate>> {
        let mut held = self.parts.iter().map(|part| &part.held);
        held.any(|held| matches!(held, Held::Admitted(_))).then(|| {
            self.collect(|held| match held {
                Held::Admitted(found) => found,
                _ => &[],
            })
        })
    }

    pub(crate) fn accepts_missing_lists(&self) -> bool {
        self.accept_missing_lists
    }

    pub(crate) fn accepts_stale_lists(&self) -> bool {
        self.accept_stale_lists
    }

    fn collect<T: Clone>(&self, of: impl Fn(&Held) -> &[T]) -> Vec<T> {
        let parts = self.parts.iter();
        parts.flat_map(|part| of(&part.held).to_vec()).collect()
    }
}

impl Held {
    fn of_file(&self, path: &Path) -> Result<Held, Error> {
        let bytes = files::read(path)?;
        self.read(&bytes).map_err(|error| error.within(path))
    }

    fn read(&self, bytes: &[u8]) -> Result<Held, Error> {
        Ok(match self {
            Held::Authorities(_) => Held::Authorities(certificates(bytes)?),
            Held::Direct(_) => Held::Direct(certificates(bytes)?),
            Held::Admitted(_) => Held::Admitted(certificates(bytes)?),
            Held::Lists(_) => Held::Lists(lists(bytes)?),
        })
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustAnchors")
            .field("authorities", &self.authorities().len())
            .field("direct", &self.direct().len())
            .field("revocation_lists", &self.revocation_lists().len())
            .finish()
    }
}

/// The certificates of a PEM file, or the one of a DER or BER file.
pub(crate) fn certificates(bytes: &[u8]) -> Result<Vec<Certificate>, Error> {
    if bytes.first() == Some(&0x30) {
        return Ok(vec![Certificate::read(bytes)?]);
    }
    let found = CertificateDer::pem_slice_iter(bytes)
        .map(|found| match found {
            Ok(found) => Certificate::read(&found),
            Err(error) => Err(Error::Pem(error.to_string())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    match found.is_empty() {
        true => Err(Error::Pem("no certificate".to_owned())),
        false => Ok(found),
    }
}

fn lists(bytes: &[u8]) -> Result<Vec<Arc<RevocationList>>, Error> {
    if bytes.first() == Some(&0x30) {
        return Ok(vec![Arc::new(RevocationList::read(bytes)?)]);
    }
    let found = CertificateRevocationListDer::pem_slice_iter(bytes)
        .map(|found| match found {
            Ok(found) => RevocationList::read(&found).map(Arc::new),
            Err(error) => Err(Error::Pem(error.to_string())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    match found.is_empty() {
        true => Err(Error::Pem("no revocation list".to_owned())),
        false => Ok(found),
    }
}
