//! SOAP faults (SOAP 1.2 Part 1, 5.4; WS-Addressing 1.0 SOAP Binding 6).

use std::fmt;

use crate::xml::escape_text;

/// Who must act, by the codes of SOAP 1.2 Part 1, 5.4.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultCode {
    /// The message was wrong; sending it again unchanged will not help.
    Sender,
    /// The message was not processed for reasons of the receiver.
    Receiver,
    /// A header that had to be understood was not.
    MustUnderstand,
    /// The envelope is not SOAP 1.2.
    VersionMismatch,
}

impl FaultCode {
    /// The local name of the code in the SOAP 1.2 namespace.
    pub fn as_str(self) -> &'static str {
        match self {
            FaultCode::Sender => "Sender",
            FaultCode::Receiver => "Receiver",
            FaultCode::MustUnderstand => "MustUnderstand",
            FaultCode::VersionMismatch => "VersionMismatch",
        }
    }

    pub(crate) fn from_local_name(name: &str) -> Option<FaultCode> {
        match name {
            "Sender" | "DataEncodingUnknown" => Some(FaultCode::Sender),
            "Receiver" => Some(FaultCode::Receiver),
            "MustUnderstand" => Some(FaultCode::MustUnderstand),
            "VersionMismatch" => Some(FaultCode::VersionMismatch),
            _ => None,
        }
    }
}

/// A SOAP fault, sent or received.
///
/// `Debug` and `Display` show the codes only: the reason of a foreign server may quote the message.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// Who must act.
    pub code: FaultCode,
    /// The subcode: `wsa:` or `wsse:` and a local name, or `{namespace}name`.
    pub subcode: Option<String>,
    /// English text for people. One we write never holds a part of the message.
    pub reason: String,
}

impl Fault {
    /// A fault of the sender of the message.
    pub fn sender(reason: impl Into<String>) -> Fault {
        Fault {
            code: FaultCode::Sender,
            subcode: None,
            reason: reason.into(),
        }
    }

    /// A fault of the receiver of the message.
    pub fn receiver(reason: impl Into<String>) -> Fault {
        Fault {
            code: FaultCode::Receiver,
            subcode: None,
            reason: reason.into(),
        }
    }

    /// The action is not one of this address: `wsa:ActionNotSupported` (XDS-T-004).
    pub fn action_not_supported(action: &str) -> Fault {
        let reason = format!(
            "The [action] cannot be processed at the receiver: {}",
            printable(action)
        );
        Fault::sender(reason).with_subcode("wsa:ActionNotSupported")
    }

    /// The same fault with a subcode.
    pub fn with_subcode(mut self, subcode: impl Into<String>) -> Fault {
        self.subcode = Some(subcode.into());
        self
    }

    /// The HTTP status the fault travels under (XDS-T-010): 400 for Sender, 500 for the others.
    pub fn http_status(&self) -> u16 {
        if self.code == FaultCode::Sender {
            400
        } else {
            500
        }
    }

    /// The `wsa:Action` of a message holding this fault (WS-Addressing 1.0 SOAP Binding 6).
    pub fn action(&self) -> &'static str {
        match &self.subcode {
            Some(subcode) if subcode.starts_with("wsa:") => {
                "http://www.w3.org/2005/08/addressing/fault"
            }
            _ => "http://www.w3.org/2005/08/addressing/soap/fault",
        }
    }

    /// The `soap:Fault` element, self-contained.
    pub fn to_xml(&self) -> String {
        let subcode = self.subcode.as_deref().map(subcode_xml).unwrap_or_default();
        format!(
            "<soap:Fault xmlns:soap=\"{}\"><soap:Code><soap:Value>soap:{}</soap:Value>{subcode}</soap:Code>\
             <soap:Reason><soap:Text xml:lang=\"en\">{}</soap:Text></soap:Reason></soap:Fault>",
            crate::ns::SOAP12,
            self.code.as_str(),
            escape_text(&self.reason)
        )
    }
}

fn subcode_xml(subcode: &str) -> String {
    let (declaration, name) = match subcode.split_once('}') {
        Some((namespace, local)) => {
            let namespace = crate::xml::escape_attribute(namespace.trim_start_matches('{'));
            (
                format!(" xmlns:sub=\"{namespace}\""),
                format!("sub:{local}"),
            )
        }
        None if subcode.starts_with("wsse:") => (
            format!(" xmlns:wsse=\"{}\"", crate::ns::WSSE),
            subcode.to_owned(),
        ),
        None => (
            format!(" xmlns:wsa=\"{}\"", crate::ns::WSA),
            subcode.to_owned(),
        ),
    };
    format!(
        "<soap:Subcode><soap:Value{declaration}>{}</soap:Value></soap:Subcode>",
        escape_text(&name)
    )
}

/// At most 200 characters of a foreign identifier, without control characters.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        match &self.subcode {
            Some(subcode) => write!(f, "/{}", printable(subcode)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self})")
    }
}
