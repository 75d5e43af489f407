//! Errors of the node and of the audit trail, sorted by who must act.

use std::io;
use std::path::Path;

use crate::node::{Hello, Untrusted};

/// Why a node could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The PEM text holds no certificate, no key, or is not PEM.
    #[error("PEM: {0}")]
    Pem(String),
    /// A revocation list cannot be read, is of a kind that is not supported, or is not signed by its
    /// authority.
    #[error("revocation list: {0}")]
    RevocationList(String),
    /// The certificates or the key do not make a TLS configuration.
    #[error("TLS configuration: {0}")]
    Tls(String),
    /// Neither a trusted authority nor a directly trusted certificate was given.
    #[error("no trust anchors")]
    NoTrustAnchors,
    /// The spool's tasks could not be started.
    #[error("audit spool: {0}")]
    Spool(#[from] io::Error),
    /// A call that makes no sense in this state, such as starting a node outside tokio.
    #[error("misuse: {0}")]
    Misuse(&'static str),
}

impl Error {
    /// The same error, with the file it is about.
    pub(crate) fn within(self, path: &Path) -> Error {
        let path = path.display();
        match self {
            Error::Pem(text) => Error::Pem(format!("{path}: {text}")),
            Error::RevocationList(text) => Error::RevocationList(format!("{path}: {text}")),
            other => other,
        }
    }
}

/// Why a connection was refused in its handshake (ITI TF-2 3.19.6.1). `Display` is one sentence
/// without a full stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The peer presented no certificate (ATNA-R-001).
    #[error("the peer presented no certificate")]
    NoCertificate,
    /// The peer's certificate is not trusted here (ATNA-R-004).
    #[error("the peer's certificate is not trusted: {0}")]
    Untrusted(#[from] Untrusted),
    /// The peer began with something other than TLS (ATNA-R-010).
    #[error("the peer does not speak TLS here: {0}")]
    NotTls(Hello),
    /// The peer speaks no version of TLS that is accepted here (ATNA-R-007); its best, if known.
    #[error("the peer speaks no version of TLS that is accepted here{}", best(.0.as_deref()))]
    OldVersion(Option<String>),
    /// The versions meet, but no cipher suite, group or signature scheme is common to both.
    #[error("no way of encryption is common to both sides ({0})")]
    NothingInCommon(String),
    /// The peer did not accept our certificate.
    #[error("the peer refused our certificate: {0}")]
    OursRefused(&'static str),
    /// The peer closed before the handshake was over.
    #[error("the peer closed the connection during the handshake")]
    Closed,
    /// The handshake was not finished in time.
    #[error("the handshake was not finished in time")]
    Timeout,
    /// Others waited for their handshake and this connection had waited longest.
    #[error("too many connections wait for their handshake, and this one has waited longest")]
    Crowded,
    /// The handshake failed for another reason.
    #[error("the TLS handshake failed: {0}")]
    Handshake(String),
    /// The connection broke.
    #[error("connection: {0}")]
    Io(#[from] io::Error),
}

impl AcceptError {
    /// What to do about it, one sentence without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            AcceptError::NoCertificate => {
                "configure the peer with a certificate and key of its own"
            }
            AcceptError::Untrusted(reason) => reason.remedy(),
            AcceptError::NotTls(_) => {
                "switch TLS on at the peer, or correct the port it connects to"
            }
            AcceptError::OldVersion(_) => {
                "switch TLS 1.3 on at the peer, or allow TLS 1.2 here (preset tls12_floor) if the peer has nothing newer"
            }
            AcceptError::NothingInCommon(_) => {
                "allow ECDHE with AES-GCM at the peer; suites with DHE_RSA, CBC or plain RSA are not spoken here"
            }
            AcceptError::OursRefused(_) => {
                "have the peer trust the issuer of our certificate; compare the dates of our certificate and both clocks"
            }
            AcceptError::Closed => "look into the log of the peer: it gave up",
            AcceptError::Timeout => {
                "check whether the peer speaks TLS on this port, and the network between"
            }
            AcceptError::Crowded => "find out who opens connections and sends nothing",
            AcceptError::Handshake(_) => "look into the log of the peer",
            AcceptError::Io(_) => "check the network between the two",
        }
    }
}

fn best(version: Option<&str>) -> String {
    version.map_or_else(String::new, |version| format!(" (it offers {version})"))
}

/// Why a connection to a server did not come about: inside the `io::Error` of
/// `SecureNode::connect` and of the first read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name has no address.
    #[error("no address for {host}: {source}")]
    Lookup {
        /// The name.
        host: String,
        /// What the system said.
        source: io::Error,
    },
    /// No address of the host takes the connection.
    #[error("not reachable: {0}")]
    Unreachable(io::Error),
    /// Neither name nor connection in time.
    #[error("TCP connect timed out")]
    Timeout,
    /// One of the two could not be authenticated.
    #[error(transparent)]
    NotAuthenticated(AcceptError),
}

impl ConnectError {
    /// The reason inside an error of `SecureNode::connect` or of a read.
    pub fn of(error: &io::Error) -> Option<&ConnectError> {
        error.get_ref()?.downcast_ref()
    }

    /// What to do about it, one sentence without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            ConnectError::Lookup { .. } => {
                "correct the name, or have it entered in DNS or the hosts file"
            }
            ConnectError::Unreachable(_) => {
                "check address and port, whether the server runs, and the firewalls between"
            }
            ConnectError::Timeout => "check the address and the firewalls between: nothing answers",
            ConnectError::NotAuthenticated(reason) => reason.remedy(),
        }
    }

    fn kind(&self) -> io::ErrorKind {
        match self {
            ConnectError::Lookup { source, .. } | ConnectError::Unreachable(source) => {
                source.kind()
            }
            ConnectError::Timeout | ConnectError::NotAuthenticated(AcceptError::Timeout) => {
                io::ErrorKind::TimedOut
            }
            ConnectError::NotAuthenticated(AcceptError::Io(source)) => source.kind(),
            ConnectError::NotAuthenticated(_) => io::ErrorKind::InvalidData,
        }
    }
}

impl From<ConnectError> for io::Error {
    fn from(error: ConnectError) -> io::Error {
        io::Error::new(error.kind(), error)
    }
}

/// Why an audit record could not be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The spool is full: the record was not taken, and the caller must block what it was about
    /// to do (the `block` policy).
    #[error("block: the audit spool is full")]
    Block,
    /// The record is larger than a record may be.
    #[error("the audit record is too large")]
    TooLarge,
    /// The spool's writer has ended, usually after a disk error.
    #[error("the audit spool is closed")]
    Closed,
    /// The disk refused the write.
    #[error("audit spool: {0}")]
    Io(#[from] io::Error),
    /// The sink, not a spool, refused the record.
    #[error("audit sink: {0}")]
    Sink(String),
    /// Not everything was sent in the time given.
    #[error("the audit spool was not drained in time")]
    NotDrained,
}
