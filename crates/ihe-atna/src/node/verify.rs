//! ITI-19 certificate validation (ITI TF-2 3.19.4.1.2): by chain to a configured authority or by
//! direct comparison. The server's name is checked only with the FQDN option (3.19.6.1.3).

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore,
    SignatureScheme,
};

use crate::error;
use crate::node::identity::TrustAnchors;

/// What the two verifiers share: authorities, direct list, algorithms.
#[derive(Debug)]
struct Trust {
    roots: Arc<RootCertStore>,
    direct: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Trust {
    fn new(anchors: &TrustAnchors, provider: &Arc<CryptoProvider>) -> Result<Trust, error::Error> {
        Ok(Trust {
            roots: Arc::new(anchors.roots()?),
            direct: anchors.direct.clone(),
            provider: provider.clone(),
        })
    }

    fn lists(&self, certificate: &CertificateDer<'_>) -> bool {
        self.direct
            .iter()
            .any(|trusted| trusted.as_ref() == certificate.as_ref())
    }

    fn tls12(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn tls13(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// The client's side: judges a server's certificate.
#[derive(Debug)]
pub(crate) struct ServerVerifier {
    trust: Trust,
    check_name: bool,
}

impl ServerVerifier {
    pub(crate) fn new(
        anchors: &TrustAnchors,
        check_name: bool,
        provider: &Arc<CryptoProvider>,
    ) -> Result<ServerVerifier, error::Error> {
        Ok(ServerVerifier {
            trust: Trust::new(anchors, provider)?,
            check_name,
        })
    }

    fn verify_chain(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        if self.trust.lists(end_entity) {
            return Ok(());
        }
        let certificate = rustls::server::ParsedCertificate::try_from(end_entity)?;
        verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &self.trust.roots,
            intermediates,
            now,
            self.trust.provider.signature_verification_algorithms.all,
        )
    }
}

impl ServerCertVerifier for ServerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify_chain(end_entity, intermediates, now)?;
        if self.check_name {
            let certificate = rustls::server::ParsedCertificate::try_from(end_entity)?;
            verify_server_name(&certificate, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.tls12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.tls13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.schemes()
    }
}

/// The server's side: a client certificate is required and judged (ATNA-R-001).
#[derive(Debug)]
pub(crate) struct ClientVerifier {
    trust: Trust,
    chain: Option<Arc<dyn ClientCertVerifier>>,
}

impl ClientVerifier {
    pub(crate) fn new(
        anchors: &TrustAnchors,
        provider: &Arc<CryptoProvider>,
    ) -> Result<ClientVerifier, error::Error> {
        let trust = Trust::new(anchors, provider)?;
        let chain = if trust.roots.is_empty() {
            None
        } else {
            let builder =
                WebPkiClientVerifier::builder_with_provider(trust.roots.clone(), provider.clone());
            Some(
                builder
                    .build()
                    .map_err(|error| error::Error::Tls(error.to_string()))?,
            )
        };
        Ok(ClientVerifier { trust, chain })
    }
}

impl ClientCertVerifier for ClientVerifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // With direct certificates a hint could keep a client from offering its own.
        match &self.chain {
            Some(chain) if self.trust.direct.is_empty() => chain.root_hint_subjects(),
            _ => &[],
        }
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.trust.lists(end_entity) {
            return Ok(ClientCertVerified::assertion());
        }
        match &self.chain {
            Some(chain) => chain.verify_client_cert(end_entity, intermediates, now),
            None => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.tls12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.tls13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.schemes()
    }
}
