//! What can go wrong with a message on its way, sorted by who must act.

use crate::fault::Fault;

/// Why a message could not be exchanged. None of the texts holds a part of the message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The other side answered with a SOAP fault (SOAP 1.2 Part 1, 5.4).
    #[error("SOAP fault: {0}")]
    Fault(Fault),
    /// The connection could not be made or broke, or HTTP refused.
    #[error("transport: {0}")]
    Transport(String),
    /// What was received is not a message of this kind; the text says where.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Nothing moved for longer than [`crate::Limits::idle`] (or the connection was not made in time).
    #[error("timed out: {0}")]
    Timeout(String),
    /// A size, count or depth of [`crate::Limits`] was passed; the text names it.
    #[error("limit passed: {0}")]
    Limit(String),
    /// The caller asked for what cannot be sent: a bad URL, content id or action.
    #[error("misuse: {0}")]
    Misuse(String),
}

impl Error {
    /// The fault a server answers with when it meets this error while reading a request:
    /// Sender for what the other side did, Receiver for the rest.
    pub fn to_fault(&self) -> Fault {
        match self {
            Error::Fault(fault) => fault.clone(),
            Error::Malformed(_) | Error::Limit(_) | Error::Timeout(_) => {
                Fault::sender(self.to_string())
            }
            Error::Transport(_) => Fault::sender("the request ended early"),
            Error::Misuse(_) => Fault::receiver("internal error"),
        }
    }
}
