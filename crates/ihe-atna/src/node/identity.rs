//! ITI-19 certificates: who we are and whom we trust (ITI TF-2 3.19.4.1.1). Both are given
//! explicitly; the system's root store is never read (ATNA-R-003).

use std::fmt;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::Error;

/// Our certificate chain and its private key.
pub struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Identity {
    /// From two PEM files: the chain, leaf first, and the key (PKCS #8, PKCS #1 or SEC 1).
    pub fn from_pem_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Identity, Error> {
        Identity::from_pem(&read(certificate.as_ref())?, &read(key.as_ref())?)
    }

    /// From PEM texts: the chain, leaf first, and the key.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Identity, Error> {
        let chain = certificates(certificate_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes())
            .map_err(|error| Error::Pem(format!("private key: {error}")))?;
        Ok(Identity { chain, key })
    }
}

impl Clone for Identity {
    fn clone(&self) -> Identity {
        Identity {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("chain", &self.chain.len())
            .finish_non_exhaustive()
    }
}

/// Whom we trust: authorities whose certificates we follow, and single certificates that are
/// accepted by direct comparison (ATNA-R-002, ATNA-R-004).
#[derive(Clone, Default)]
pub struct TrustAnchors {
    pub(crate) authorities: Vec<CertificateDer<'static>>,
    pub(crate) direct: Vec<CertificateDer<'static>>,
}

impl TrustAnchors {
    /// Authorities from a PEM file.
    pub fn from_pem_file(path: impl AsRef<Path>) -> Result<TrustAnchors, Error> {
        TrustAnchors::from_pem(&read(path.as_ref())?)
    }

    /// Authorities from a PEM text.
    pub fn from_pem(pem: &str) -> Result<TrustAnchors, Error> {
        Ok(TrustAnchors {
            authorities: certificates(pem)?,
            direct: Vec::new(),
        })
    }

    /// Adds certificates (self-signed or not) that are accepted by direct comparison.
    pub fn and_certificates(mut self, pem: &str) -> Result<TrustAnchors, Error> {
        self.direct.extend(certificates(pem)?);
        Ok(self)
    }

    /// Only certificates accepted by direct comparison, no authority.
    pub fn certificates_only(pem: &str) -> Result<TrustAnchors, Error> {
        TrustAnchors::default().and_certificates(pem)
    }

    pub(crate) fn roots(&self) -> Result<RootCertStore, Error> {
        let mut roots = RootCertStore::empty();
        for authority in &self.authorities {
            roots
                .add(authority.clone())
                .map_err(|error| Error::Tls(error.to_string()))?;
        }
        if roots.is_empty() && self.direct.is_empty() {
            return Err(Error::NoTrustAnchors);
        }
        Ok(roots)
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustAnchors")
            .field("authorities", &self.authorities.len())
            .field("direct", &self.direct.len())
            .finish()
    }
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Error::Pem(error.to_string()))?;
    if found.is_empty() {
        return Err(Error::Pem("no certificate".to_owned()));
    }
    Ok(found)
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })
}
