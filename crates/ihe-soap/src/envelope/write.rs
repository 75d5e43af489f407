//! Writing an envelope (ITI TF-2 V.3.2; XDS-T-002).

use super::Refused;
use crate::addressing::{ANONYMOUS, EndpointReference};
use crate::fault::FaultCode;
use crate::message::{Envelope, new_message_id};
use crate::ns::{SOAP11, SOAP12, WSA};
use crate::xml::{escape_attribute, escape_text};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Which envelopes we take (SOAP 1.2 Part 1, 5.4.7).
const UPGRADE: &str = "<soap:Upgrade xmlns:soap=\"http://www.w3.org/2003/05/soap-envelope\">\
                       <soap:SupportedEnvelope qname=\"soap:Envelope\"/></soap:Upgrade>";

/// The envelope as a document.
pub(crate) fn write(envelope: &Envelope) -> String {
    write_with("", envelope)
}

/// As [`write`], with raw header blocks first.
fn write_with(blocks: &str, envelope: &Envelope) -> String {
    let mut out = String::with_capacity(envelope.body.len() + blocks.len() + 1024);
    for piece in [
        DECLARATION,
        "<soap:Envelope xmlns:soap=\"",
        SOAP12,
        "\" xmlns:wsa=\"",
        WSA,
        "\"><soap:Header>",
        blocks,
    ] {
        out.push_str(piece);
    }
    header(&mut out, "To", MANDATORY, envelope.to.as_deref());
    header(&mut out, "Action", MANDATORY, Some(&envelope.action));
    header(&mut out, "MessageID", "", envelope.message_id.as_deref());
    header(&mut out, "RelatesTo", "", envelope.relates_to.as_deref());
    out.push_str(&endpoint("ReplyTo", envelope.reply_to.as_ref()));
    out.push_str(&endpoint("FaultTo", envelope.fault_to.as_ref()));
    out.extend(envelope.parameters.iter().map(String::as_str));
    out.push_str(envelope.security.as_deref().unwrap_or_default());
    out.push_str("</soap:Header><soap:Body>");
    out.push_str(without_declaration(&envelope.body));
    out.push_str("</soap:Body></soap:Envelope>");
    out
}

/// WSA101: the receiver must understand the action, and so the address.
const MANDATORY: &str = " soap:mustUnderstand=\"1\"";

fn header(out: &mut String, name: &str, attributes: &str, value: Option<&str>) {
    let Some(value) = value else { return };
    let value = escape_text(value);
    for piece in ["<wsa:", name, attributes, ">", &value, "</wsa:", name, ">"] {
        out.push_str(piece);
    }
}

fn endpoint(name: &str, to: Option<&EndpointReference>) -> String {
    let Some(to) = to else {
        return String::new();
    };
    let parameters = match to.parameters.is_empty() {
        true => String::new(),
        false => format!(
            "<wsa:ReferenceParameters>{}</wsa:ReferenceParameters>",
            to.parameters.concat()
        ),
    };
    let address = escape_text(&to.address);
    format!("<wsa:{name}><wsa:Address>{address}</wsa:Address>{parameters}</wsa:{name}>")
}

/// A body produced as a document of its own, without its XML declaration.
fn without_declaration(body: &str) -> &str {
    let body = body.trim_start_matches('\u{FEFF}').trim_start();
    match body
        .strip_prefix("<?xml ")
        .and_then(|rest| rest.split_once("?>"))
    {
        Some((_, rest)) => rest.trim_start(),
        None => body,
    }
}

/// The envelope of a fault, with the header blocks SOAP 1.2 Part 1, 5.4.7 and 5.4.8 ask for.
pub(crate) fn write_fault(refused: &Refused) -> String {
    if refused.soap11 {
        return soap11(refused);
    }
    let mut blocks: String = refused.not_understood.iter().map(not_understood).collect();
    if refused.fault.code == FaultCode::VersionMismatch {
        blocks.push_str(UPGRADE);
    }
    write_with(&blocks, &fault_envelope(refused))
}

fn fault_envelope(refused: &Refused) -> Envelope {
    Envelope {
        action: refused.fault.action().to_owned(),
        message_id: Some(new_message_id()),
        relates_to: refused.message_id.clone(),
        to: Some(ANONYMOUS.to_owned()),
        body: refused.fault.to_xml(),
        ..Envelope::default()
    }
}

fn not_understood((namespace, local): &(String, String)) -> String {
    if namespace.is_empty() {
        return format!(
            "<soap:NotUnderstood qname=\"{}\"/>",
            escape_attribute(local)
        );
    }
    let (namespace, local) = (escape_attribute(namespace), escape_attribute(local));
    format!("<soap:NotUnderstood xmlns:n=\"{namespace}\" qname=\"n:{local}\"/>")
}

/// A SOAP 1.1 node cannot read SOAP 1.2: its VersionMismatch is SOAP 1.1 (SOAP 1.2 Part 1, A).
fn soap11(refused: &Refused) -> String {
    format!(
        "{DECLARATION}<soap11:Envelope xmlns:soap11=\"{SOAP11}\"><soap11:Header>{UPGRADE}\
         </soap11:Header><soap11:Body><soap11:Fault>\
         <faultcode>soap11:{}</faultcode><faultstring>{}</faultstring></soap11:Fault></soap11:Body></soap11:Envelope>",
        refused.fault.code.as_str(),
        escape_text(&refused.fault.reason)
    )
}
