//! Errors of the node and of the audit trail, sorted by who must act.

use std::io;

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

/// Why an incoming connection was refused (ITI TF-2 3.19.4.1.3).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The peer presented no certificate (ATNA-R-001).
    #[error("the peer presented no certificate")]
    NoCertificate,
    /// The peer's certificate is not trusted here (ATNA-R-004).
    #[error("the peer's certificate is not trusted: {0}")]
    Untrusted(String),
    /// The handshake failed for another reason: not TLS, no common version, an alert.
    #[error("TLS handshake failed: {0}")]
    Handshake(String),
    /// The handshake was not finished in time.
    #[error("TLS handshake timed out")]
    Timeout,
    /// The connection broke.
    #[error("connection: {0}")]
    Io(#[from] io::Error),
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
