//! ITI-19 one handshake, either side: why it failed, sorted by who must mend what.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::Arc;

use rustls::{AlertDescription, Error as TlsError, InvalidMessage, PeerIncompatible};

use crate::error::AcceptError;
use crate::node::Hello;
use crate::node::certificate::Certificate;
use crate::node::trust::Untrusted;
use crate::node::verify::REASON;

/// A handshake that failed, and the certificate it failed for.
pub(crate) struct Failed {
    pub(crate) error: AcceptError,
    pub(crate) certificate: Option<Arc<Certificate>>,
}

impl From<AcceptError> for Failed {
    fn from(error: AcceptError) -> Failed {
        Failed {
            error,
            certificate: None,
        }
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Failed {
        sort(error, None).into()
    }
}

/// Drives a handshake and says why it failed; `hello` is what the other side began with.
pub(crate) async fn sorted<T>(
    handshake: impl Future<Output = io::Result<T>>,
    hello: Option<Hello>,
) -> Result<T, Failed> {
    let slot = RefCell::new(None);
    let (outcome, reason) = REASON
        .scope(slot, async {
            let outcome = handshake.await;
            (outcome, REASON.with(RefCell::take))
        })
        .await;
    let error = match outcome {
        Ok(done) => return Ok(done),
        Err(error) => error,
    };
    Err(match reason {
        Some(reason) => Failed {
            error: AcceptError::Untrusted(reason.untrusted),
            certificate: reason.certificate,
        },
        None => sort(error, hello).into(),
    })
}

/// The reason in an error of rustls or of the socket.
pub(crate) fn sort(error: io::Error, hello: Option<Hello>) -> AcceptError {
    let inner = error.get_ref();
    if let Some(tls) = inner.and_then(|inner| inner.downcast_ref::<TlsError>()) {
        return sort_tls(tls, hello);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::BrokenPipe => AcceptError::Closed,
        _ => AcceptError::Io(error),
    }
}

fn sort_tls(error: &TlsError, hello: Option<Hello>) -> AcceptError {
    match error {
        TlsError::NoCertificatesPresented => AcceptError::NoCertificate,
        TlsError::InvalidCertificate(_) => AcceptError::Untrusted(Untrusted::BadSignature {
            subject: "the handshake".to_owned(),
        }),
        TlsError::AlertReceived(alert) => received(*alert),
        TlsError::PeerIncompatible(reason) => incompatible(reason, hello),
        TlsError::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => AcceptError::NotTls(
            hello
                .filter(|hello| !hello.is_tls())
                .unwrap_or(Hello::Unknown),
        ),
        other => AcceptError::Handshake(other.to_string()),
    }
}

fn incompatible(reason: &PeerIncompatible, hello: Option<Hello>) -> AcceptError {
    // An old greeting lacks much; that it is old is the reason.
    if let Some(old) = hello.filter(|hello| !hello.is_tls()) {
        return AcceptError::OldVersion(Some(old.to_string()));
    }
    match reason {
        PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig => AcceptError::OldVersion(None),
        other => AcceptError::NothingInCommon(format!("{other:?}")),
    }
}

fn received(alert: AlertDescription) -> AcceptError {
    use AlertDescription as Alert;
    match alert {
        Alert::ProtocolVersion | Alert::InsufficientSecurity => AcceptError::OldVersion(None),
        Alert::HandshakeFailure => AcceptError::NothingInCommon("handshake_failure".to_owned()),
        _ => match refusal(alert) {
            Some(text) => AcceptError::OursRefused(text),
            None => AcceptError::Handshake(format!("the peer sent the alert {alert:?}")),
        },
    }
}

/// Alerts that are about a certificate, in words.
pub(crate) fn refusal(alert: AlertDescription) -> Option<&'static str> {
    use AlertDescription as Alert;
    Some(match alert {
        Alert::BadCertificate => "it cannot use it (bad_certificate)",
        Alert::UnsupportedCertificate => "it does not support its kind (unsupported_certificate)",
        Alert::CertificateRevoked => "it was revoked (certificate_revoked)",
        Alert::CertificateExpired => {
            "it has expired, or one of the two clocks is wrong (certificate_expired)"
        }
        Alert::CertificateUnknown => "it does not accept it (certificate_unknown)",
        Alert::UnknownCA => "it does not trust its issuer (unknown_ca)",
        Alert::AccessDenied => "it does not admit this node (access_denied)",
        Alert::DecryptError => "a signature was wrong for it (decrypt_error)",
        Alert::CertificateRequired => "it wants one and got none (certificate_required)",
        _ => return None,
    })
}
