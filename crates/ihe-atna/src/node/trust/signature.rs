//! Signatures of certificates, lists and handshakes, by the algorithms of the rustls provider. Keys
//! are taken from the certificate as read here, so neither version nor extensions matter.

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::{CertificateError, DigitallySignedStruct, Error, PeerMisbehaved, SignatureScheme};

use crate::node::certificate::{Certificate, der, oid};

use super::Untrusted;

/// The provider's algorithms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signatures(WebPkiSupportedAlgorithms);

/// Something signed by an authority.
pub(crate) struct Signed<'a> {
    pub(crate) message: &'a [u8],
    pub(crate) algorithm: &'a [u8],
    pub(crate) signature: &'a [u8],
    /// For the reason of a refusal.
    pub(crate) subject: &'a str,
}

impl Signatures {
    pub(crate) fn of(provider: &CryptoProvider) -> Signatures {
        Signatures(provider.signature_verification_algorithms)
    }

    pub(crate) fn schemes(self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }

    /// Whether the holder of `key_info` signed it.
    pub(crate) fn check(self, signed: &Signed<'_>, key_info: &[u8]) -> Result<(), Untrusted> {
        let bad = || Untrusted::BadSignature {
            subject: signed.subject.to_owned(),
        };
        let (kind, key) = split(key_info).ok_or_else(bad)?;
        let mut known = false;
        for algorithm in self.0.all {
            if algorithm.signature_alg_id().as_ref() != signed.algorithm {
                continue;
            }
            known = true;
            if algorithm.public_key_alg_id().as_ref() == kind
                && algorithm
                    .verify_signature(key, signed.message, signed.signature)
                    .is_ok()
            {
                return Ok(());
            }
        }
        match known {
            true => Err(bad()),
            false => Err(Untrusted::Algorithm {
                subject: signed.subject.to_owned(),
                algorithm: algorithm_name(signed.algorithm),
            }),
        }
    }

    /// Whether the issuer signed the certificate: as DER, or as the BER that came.
    pub(crate) fn issued(
        self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), Untrusted> {
        let mut reason = Untrusted::Unreadable;
        for message in certificate.signed() {
            let signed = Signed {
                message,
                algorithm: &certificate.pieces.algorithm,
                signature: &certificate.pieces.signature,
                subject: certificate.subject(),
            };
            match self.check(&signed, &issuer.pieces.key_info) {
                Ok(()) => return Ok(()),
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// TLS 1.2: the peer holds the key of the certificate.
    pub(crate) fn tls12(
        self,
        message: &[u8],
        certificate: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key_info = key_info(certificate)?;
        let (kind, key) = split(&key_info).ok_or(CertificateError::BadEncoding)?;
        let mut known = self.0.mapping.iter();
        let (_, algorithms) = known
            .find(|(scheme, _)| *scheme == signed.scheme)
            .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
        let fits = algorithms.iter().any(|algorithm| {
            algorithm.public_key_alg_id().as_ref() == kind
                && algorithm
                    .verify_signature(key, message, signed.signature())
                    .is_ok()
        });
        match fits {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(CertificateError::BadSignature.into()),
        }
    }

    /// TLS 1.3: the peer holds the key of the certificate.
    pub(crate) fn tls13(
        self,
        message: &[u8],
        certificate: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key_info = SubjectPublicKeyInfoDer::from(key_info(certificate)?);
        verify_tls13_signature_with_raw_key(message, &key_info, signed, &self.0)
    }
}

fn key_info(certificate: &[u8]) -> Result<Vec<u8>, Error> {
    let read = Certificate::parse(certificate).ok_or(CertificateError::BadEncoding)?;
    Ok(read.pieces.key_info)
}

/// SubjectPublicKeyInfo: content of the AlgorithmIdentifier, and the key.
fn split(key_info: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut input = der::expect(&mut &key_info[..], der::SEQUENCE)?.content;
    let kind = der::expect(&mut input, der::SEQUENCE)?.content;
    let (_, key) = der::expect(&mut input, der::BIT_STRING)?
        .content
        .split_first()?;
    Some((kind, key))
}

fn algorithm_name(identifier: &[u8]) -> String {
    der::expect(&mut &identifier[..], der::OID)
        .and_then(|element| oid(element.content))
        .unwrap_or_else(|| "unknown".to_owned())
}
