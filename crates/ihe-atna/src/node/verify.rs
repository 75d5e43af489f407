//! ITI-19 certificate validation in the handshake (ITI TF-2 3.19.6.1): one verifier for both sides.
//! The server's name is checked only with the FQDN option (3.19.6.1.4).
//!
//! rustls hears a reason it has an alert for; the whole reason is left in [`REASON`] for whoever
//! drives this handshake.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use crate::node::certificate::{Certificate, time};
use crate::node::trust::{Trust, Untrusted};

/// Why a handshake's certificate was refused, and whose it is.
#[derive(Clone, Debug)]
pub(crate) struct Reason {
    pub(crate) untrusted: Untrusted,
    pub(crate) certificate: Option<Arc<Certificate>>,
}

tokio::task_local! {
    /// The verifier runs inside the poll of the handshake's future, so this is the handshake's own.
    pub(crate) static REASON: RefCell<Option<Reason>>;
}

/// Judges the other side's certificate.
pub(crate) struct Verifier {
    trust: Arc<Trust>,
    hints: Vec<DistinguishedName>,
    check_name: bool,
}

impl Verifier {
    pub(crate) fn new(trust: Arc<Trust>, check_name: bool) -> Verifier {
        // With listed certificates a hint could keep a client from offering its own.
        let hints = match trust.lists_certificates() {
            true => Vec::new(),
            false => {
                let authorities = trust.authorities().iter();
                authorities
                    .map(|one| DistinguishedName::from(one.pieces.subject.clone()))
                    .collect()
            }
        };
        Verifier {
            trust,
            hints,
            check_name,
        }
    }

    fn judge(
        &self,
        certificate: &CertificateDer<'_>,
        offered: &[CertificateDer<'_>],
        host: Option<&ServerName<'_>>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let read = Certificate::parse(certificate).map(Arc::new);
        let judged = match &read {
            Some(certificate) => self.judge_read(certificate, offered, host, now),
            None => Err(Untrusted::Unreadable),
        };
        judged.map_err(|untrusted| {
            let error = Error::InvalidCertificate(untrusted.to_rustls());
            let reason = Reason {
                untrusted,
                certificate: read,
            };
            // Nobody asks for it when rustls is driven by somebody else, as in the audit sender.
            let _ = REASON.try_with(|slot| slot.replace(Some(reason)));
            error
        })
    }

    fn judge_read(
        &self,
        certificate: &Certificate,
        offered: &[CertificateDer<'_>],
        host: Option<&ServerName<'_>>,
        now: UnixTime,
    ) -> Result<(), Untrusted> {
        let offered: Vec<&[u8]> = offered.iter().map(AsRef::as_ref).collect();
        self.trust.judge(certificate, &offered, moment(now))?;
        match host.filter(|_| self.check_name) {
            Some(host) => named(certificate, &host.to_str()),
            None => Ok(()),
        }
    }
}

/// The FQDN option (3.19.6.1.4): a name of the certificate is the one that was called.
fn named(certificate: &Certificate, host: &str) -> Result<(), Untrusted> {
    match certificate.names_host(host) {
        true => Ok(()),
        false => Err(Untrusted::WrongName {
            expected: host.to_owned(),
            presented: certificate
                .names()
                .iter()
                .map(ToString::to_string)
                .collect(),
        }),
    }
}

fn moment(now: UnixTime) -> DateTime<Utc> {
    i64::try_from(now.as_secs())
        .ok()
        .and_then(time)
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("check_name", &self.check_name)
            .finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.judge(end_entity, intermediates, Some(server_name), now)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.signatures.tls12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.signatures.tls13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.signatures.schemes()
    }
}

/// A client certificate is required (ATNA-R-001).
impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    // A fault for testing the conformance suite.
    #[cfg(renkei_fault = "secure-node-no-certificate-accepted")]
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.judge(end_entity, intermediates, None, now)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.signatures.tls12(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.trust.signatures.tls13(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.signatures.schemes()
    }
}
