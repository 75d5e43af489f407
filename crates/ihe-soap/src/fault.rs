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
    /// The body or a header is in a data encoding that is not ours.
    DataEncodingUnknown,
}

impl FaultCode {
    /// The local name of the code in the SOAP 1.2 namespace.
    pub fn as_str(self) -> &'static str {
        match self {
            FaultCode::Sender => "Sender",
            FaultCode::Receiver => "Receiver",
            FaultCode::MustUnderstand => "MustUnderstand",
            FaultCode::VersionMismatch => "VersionMismatch",
            FaultCode::DataEncodingUnknown => "DataEncodingUnknown",
        }
    }

    pub(crate) fn from_local_name(name: &str) -> Option<FaultCode> {
        match name {
            "Sender" => Some(FaultCode::Sender),
            "DataEncodingUnknown" => Some(FaultCode::DataEncodingUnknown),
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
    /// The subcode of the subcode, in the same form: WS-Addressing says with it what is wrong with a header.
    pub subsubcode: Option<String>,
    /// English text for people. One we write never holds a part of the message.
    pub reason: String,
    /// The child of `soap:Detail`, self-contained XML; written, not read.
    pub detail: Option<String>,
}

impl Fault {
    /// A fault of this code, without subcodes.
    pub fn of(code: FaultCode, reason: impl Into<String>) -> Fault {
        Fault {
            code,
            subcode: None,
            subsubcode: None,
            reason: reason.into(),
            detail: None,
        }
    }

    /// A fault of the sender of the message.
    pub fn sender(reason: impl Into<String>) -> Fault {
        Fault::of(FaultCode::Sender, reason)
    }

    /// A fault of the receiver of the message.
    pub fn receiver(reason: impl Into<String>) -> Fault {
        Fault::of(FaultCode::Receiver, reason)
    }

    /// The action is not one of this address: `wsa:ActionNotSupported` (XDS-T-004).
    pub fn action_not_supported(action: &str) -> Fault {
        let action = printable(action);
        let reason = format!("The [action] cannot be processed at the receiver: {action}");
        Fault::sender(reason)
            .with_subcode("wsa:ActionNotSupported")
            .with_detail(format!(
                "<wsa:ProblemAction xmlns:wsa=\"{}\"><wsa:Action>{}</wsa:Action></wsa:ProblemAction>",
                crate::ns::WSA,
                escape_text(&action)
            ))
    }

    /// A WS-Addressing header is missing: `wsa:MessageAddressingHeaderRequired` (WS-Addressing 1.0 SOAP Binding 6.4.2).
    pub(crate) fn header_required(name: &str) -> Fault {
        Fault::sender(format!("wsa:{name} is missing"))
            .with_subcode("wsa:MessageAddressingHeaderRequired")
            .with_detail(problem_header(name))
    }

    /// A WS-Addressing header is wrong: `wsa:InvalidAddressingHeader` (WS-Addressing 1.0 SOAP Binding 6.4.1).
    pub(crate) fn invalid_header(name: &str, subsubcode: &str, reason: &str) -> Fault {
        let mut fault = Fault::sender(format!("wsa:{name}: {reason}"))
            .with_subcode("wsa:InvalidAddressingHeader")
            .with_detail(problem_header(name));
        fault.subsubcode = Some(subsubcode.to_owned());
        fault
    }

    /// Too much is in hand: `wsa:EndpointUnavailable` (WS-Addressing 1.0 SOAP Binding 6.4.5).
    #[cfg(feature = "server")]
    pub(crate) fn unavailable(reason: &str) -> Fault {
        Fault::receiver(reason).with_subcode("wsa:EndpointUnavailable")
    }

    /// The same fault with a subcode.
    pub fn with_subcode(mut self, subcode: impl Into<String>) -> Fault {
        self.subcode = Some(subcode.into());
        self
    }

    /// The same fault with the child of its `soap:Detail`: one element, self-contained.
    pub fn with_detail(mut self, xml: impl Into<String>) -> Fault {
        self.detail = Some(xml.into());
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
        let inner = self.subsubcode.as_deref();
        let inner = inner.map(|name| subcode_xml(name, "")).unwrap_or_default();
        let subcode = self.subcode.as_deref();
        let subcode = subcode.map(|name| subcode_xml(name, &inner));
        let detail = self.detail.as_deref();
        let detail = detail.map(|xml| format!("<soap:Detail>{xml}</soap:Detail>"));
        format!(
            "<soap:Fault xmlns:soap=\"{}\"><soap:Code><soap:Value>soap:{}</soap:Value>{}</soap:Code>\
             <soap:Reason><soap:Text xml:lang=\"en\">{}</soap:Text></soap:Reason>{}</soap:Fault>",
            crate::ns::SOAP12,
            self.code.as_str(),
            subcode.unwrap_or_default(),
            escape_text(&self.reason),
            detail.unwrap_or_default()
        )
    }
}

fn problem_header(name: &str) -> String {
    format!(
        "<wsa:ProblemHeaderQName xmlns:wsa=\"{}\">wsa:{name}</wsa:ProblemHeaderQName>",
        crate::ns::WSA
    )
}

fn subcode_xml(subcode: &str, inner: &str) -> String {
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
        "<soap:Subcode><soap:Value{declaration}>{}</soap:Value>{inner}</soap:Subcode>",
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
        for subcode in self.subcode.iter().chain(&self.subsubcode) {
            write!(f, "/{}", printable(subcode))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self})")
    }
}
