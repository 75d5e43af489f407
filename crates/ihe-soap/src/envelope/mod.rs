//! The SOAP 1.2 envelope and its WS-Addressing headers (SOAP 1.2 Part 1, 5; ITI TF-2 V.3).

mod headers;
mod read;
mod walk;
mod write;

#[cfg(test)]
mod tests;

#[cfg(feature = "server")]
pub(crate) use read::fault_of;
pub(crate) use read::{Parsed, parse};
pub(crate) use write::write;

use crate::error::Error;
use crate::fault::Fault;

/// A message that was refused, with what is needed to answer it.
#[derive(Debug)]
pub struct Refused {
    pub(crate) fault: Box<Fault>,
    /// The message id of the refused message, if it was read.
    pub(crate) message_id: Option<String>,
    /// The envelope was SOAP 1.1, and so must the fault be (SOAP 1.2 Part 1, A).
    pub(crate) soap11: bool,
    /// The HTTP status, where it is not the fault's own.
    pub(crate) status: Option<u16>,
    /// Namespace and local name of each mandatory header that is not understood.
    pub(crate) not_understood: Vec<(String, String)>,
    /// The error behind it, for a client.
    pub(crate) error: Option<Box<Error>>,
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Refused {
        Refused {
            fault: Box::new(fault),
            message_id: None,
            soap11: false,
            status: None,
            not_understood: Vec::new(),
            error: None,
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        let error_fault = error.to_fault();
        Refused {
            error: Some(Box::new(error)),
            ..Refused::from(error_fault)
        }
    }
}

impl Refused {
    /// The fault to answer with.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The HTTP status to answer with: [`Fault::http_status`], or one that says more, such as 415.
    pub fn http_status(&self) -> u16 {
        self.status.unwrap_or_else(|| self.fault.http_status())
    }

    /// The same refusal under another HTTP status.
    pub(crate) fn under(mut self, status: u16) -> Refused {
        self.status = Some(status);
        self
    }

    /// The whole answer: the envelope of the fault, in SOAP 1.1 (`text/xml`) if the message was.
    pub fn to_xml(&self) -> String {
        write::write_fault(self)
    }

    /// The media type of [`Refused::to_xml`] in simple packaging.
    pub fn content_type(&self) -> &'static str {
        if self.soap11 {
            "text/xml; charset=UTF-8"
        } else {
            "application/soap+xml; charset=UTF-8"
        }
    }

    /// The same as a client's error.
    pub(crate) fn into_error(self) -> Error {
        self.error
            .map_or(Error::Malformed(self.fault.reason), |error| *error)
    }
}
