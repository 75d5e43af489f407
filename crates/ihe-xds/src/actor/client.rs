//! What the client actors share: errors, audit, the ends of a call (ITI TF-2 3.41.5, 3.18.5, 3.43.5).

use crate::audit::{Ends, Verdict};
use crate::error::{Malformed, Refusal};
#[cfg(feature = "server")]
use ihe_atna::Reservation;
use ihe_atna::{As, AuditError, Outcome, Participant, SecureNode, TransactionEvent};
use ihe_soap::Fault;

/// What a client call can end with, sorted by who must act. Never holds patient data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The partner cannot be reached, fell silent, or the message is lost: try again later.
    #[error("transport: {0}")]
    Transport(String),
    /// The partner's answer is not what the transaction says.
    #[error("malformed answer: {0}")]
    Malformed(String),
    /// The partner answered with a SOAP fault.
    #[error("SOAP fault: {0}")]
    Fault(Fault),
    /// The partner refused; every reason it gave is listed.
    #[error("{0}")]
    Refused(Refusal),
    /// A document is not the one its metadata describes.
    #[error("the document's {0} differs from its metadata")]
    Integrity(&'static str),
    /// The audit record could not be stored.
    #[error("audit: {0}")]
    Audit(#[from] AuditError),
    /// Writing a received document failed.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    /// The call makes no sense as it was made.
    #[error("misuse: {0}")]
    Misuse(String),
}

impl From<ihe_soap::Error> for Error {
    fn from(error: ihe_soap::Error) -> Self {
        match error {
            ihe_soap::Error::Fault(fault) => Self::Fault(fault),
            ihe_soap::Error::Malformed(text) | ihe_soap::Error::Limit(text) => {
                Self::Malformed(text)
            }
            ihe_soap::Error::Misuse(text) => Self::Misuse(text),
            other => Self::Transport(other.to_string()),
        }
    }
}

impl From<Malformed> for Error {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error.0)
    }
}

impl Error {
    /// The same error for one more document that it cost.
    pub(crate) fn repeated(&self) -> Error {
        match self {
            Self::Transport(text) => Self::Transport(text.clone()),
            Self::Malformed(text) => Self::Malformed(text.clone()),
            Self::Fault(fault) => Self::Fault(fault.clone()),
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
            Self::Integrity(what) => Self::Integrity(what),
            other => Self::Transport(other.to_string()),
        }
    }

    /// The audit's view of the failure.
    pub(crate) fn verdict(&self) -> Verdict {
        let outcome = match self {
            Self::Refused(_) | Self::Fault(_) => Outcome::MinorFailure,
            _ => Outcome::SeriousFailure,
        };
        let text = match self {
            Self::Transport(_) => "partner not available".to_owned(),
            Self::Malformed(_) => "answer not readable".to_owned(),
            Self::Fault(fault) => format!("SOAP fault {}", fault.code.as_str()),
            other => other.to_string(),
        };
        Verdict::failure(outcome, text)
    }
}

/// Who speaks with whom in a call of ours.
pub(crate) fn ends(url: &str, human: Option<&As>) -> Ends {
    Ends {
        source: Participant::new(ihe_soap::ANONYMOUS, own_address(), true),
        destination: Participant::new(url, host_of(url), false),
        initiator_is_us: true,
        human: human.map(As::human),
        purpose_of_use: human.and_then(|human| human.purpose_of_use.clone()),
    }
}

/// The ends of ITI-43, where the one asked is the source of data (ITI TF-2 3.43.5.1).
pub(crate) fn turned(ends: Ends) -> Ends {
    Ends {
        source: ends.destination,
        destination: ends.source,
        initiator_is_us: !ends.initiator_is_us,
        ..ends
    }
}

/// The name of this machine, as the kernel knows it.
fn own_address() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        "localhost".to_owned()
    } else {
        name.to_owned()
    }
}

/// Host of an http or https URL.
fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        _ => authority,
    }
    .trim_matches(['[', ']'])
    .to_owned()
}

/// Records all events of a transaction; the transaction fails if one cannot be recorded.
pub(crate) async fn record(
    node: &SecureNode,
    events: Vec<TransactionEvent>,
) -> Result<(), AuditError> {
    for event in events {
        if let Err(error) = node.record(event.into_message()).await {
            tracing::error!(%error, "audit record not stored");
            return Err(error);
        }
    }
    Ok(())
}

/// Records all events in the room that was made for them before anything was stored.
#[cfg(feature = "server")]
pub(crate) async fn record_in(
    room: &Reservation,
    events: Vec<TransactionEvent>,
) -> Result<(), AuditError> {
    let kept = room.record_events(events).await;
    kept.inspect_err(|error| tracing::error!(%error, "audit record not stored"))
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn the_host_of_a_url_is_found_with_port_and_brackets() {
        assert_eq!(host_of("https://repo.example:8443/xds"), "repo.example");
        assert_eq!(host_of("http://[::1]:80/xds"), "::1");
        assert_eq!(host_of("http://10.0.0.1/xds?a=1:2"), "10.0.0.1");
    }
}
