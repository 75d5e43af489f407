//! ITI-19 who we are (ITI TF-2 3.19.6.1): our certificate chain and its private key.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use crate::error::Error;
use crate::node::certificate::Certificate;
use crate::node::files;
use crate::node::trust::certificates;

/// Our certificate chain and its private key. From files it can be read again by
/// `SecureNode::reload`.
pub struct Identity {
    chain: Vec<Certificate>,
    key: PrivateKeyDer<'static>,
    files: Option<(PathBuf, PathBuf)>,
}

impl Identity {
    /// From two PEM files: the chain, leaf first, and the key (PKCS #8, PKCS #1 or SEC 1).
    pub fn from_pem_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Identity, Error> {
        let (certificate, key) = (certificate.as_ref(), key.as_ref());
        let chain =
            certificates(&files::read(certificate)?).map_err(|error| error.within(certificate))?;
        Ok(Identity {
            chain,
            key: private_key(&files::read(key)?).map_err(|error| error.within(key))?,
            files: Some((certificate.to_owned(), key.to_owned())),
        })
    }

    /// From PEM texts: the chain, leaf first, and the key.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Identity, Error> {
        Ok(Identity {
            chain: certificates(certificate_pem.as_bytes())?,
            key: private_key(key_pem.as_bytes())?,
            files: None,
        })
    }

    /// Our certificate and those that lead to an authority; never empty.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The same, read again from its files.
    pub(crate) fn reread(&self) -> Result<Identity, Error> {
        match &self.files {
            Some((certificate, key)) => Identity::from_pem_files(certificate, key),
            None => Ok(self.clone()),
        }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        let files = self.files.iter();
        files.flat_map(|(certificate, key)| [certificate.as_path(), key.as_path()])
    }

    /// What rustls presents. Checked here, not there: rustls refuses its own side's certificate for
    /// critical extensions that it does not know, such as the policies of HPKI cards.
    pub(crate) fn presented(
        &self,
        provider: &CryptoProvider,
    ) -> Result<Arc<SingleCertAndKey>, Error> {
        let key = provider
            .key_provider
            .load_private_key(self.key.clone_key())
            .map_err(|error| Error::Tls(format!("private key: {error}")))?;
        let ours = &self.chain[0].pieces.key_info;
        if key
            .public_key()
            .is_some_and(|public| public.as_ref() != ours)
        {
            let text = "the private key is not the certificate's";
            return Err(Error::Tls(text.to_owned()));
        }
        let chain = self.chain.iter().map(|one| one.der().clone()).collect();
        Ok(Arc::new(CertifiedKey::new(chain, key).into()))
    }
}

impl Clone for Identity {
    fn clone(&self) -> Identity {
        Identity {
            chain: self.chain.clone(),
            key: self.key.clone_key(),
            files: self.files.clone(),
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

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| Error::Pem(format!("private key: {error}")))
}
