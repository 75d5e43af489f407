//! The SOAP 1.2 envelope and its WS-Addressing headers (SOAP 1.2 Part 1, 5; ITI TF-2 V.3).

mod read;
mod walk;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use read::{Parsed, parse};
#[cfg(feature = "server")]
pub(crate) use write::write_fault;
pub(crate) use write::write;

use crate::error::Error;
use crate::fault::Fault;

/// A message that was refused, with what is needed to answer it.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) fault: Fault,
    /// The message id of the refused message, if it was read.
    pub(crate) message_id: Option<String>,
    /// The envelope was SOAP 1.1, and so must the fault be (SOAP 1.2 Part 1, A).
    pub(crate) soap11: bool,
    /// Namespace and local name of each mandatory header that is not understood.
    pub(crate) not_understood: Vec<(String, String)>,
    /// The error behind it, for a client.
    pub(crate) error: Option<Error>,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused { fault, message_id: None, soap11: false, not_understood: Vec::new(), error: None }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused { fault: error.to_fault(), message_id: None, soap11: false, not_understood: Vec::new(), error: Some(error) }
    }
}

impl Refused {
    /// The same as a client's error.
    pub(crate) fn into_error(self) -> Error {
        self.error.unwrap_or(Error::Malformed(self.fault.reason))
    }
}
