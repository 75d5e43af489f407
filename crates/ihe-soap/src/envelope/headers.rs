//! The WS-Addressing headers (WS-Addressing 1.0 SOAP Binding 3).

use super::Refused;
use super::walk::Walk;
use crate::addressing::EndpointReference;
use crate::fault::Fault;
use crate::message::Envelope;
use crate::ns::WSA;

/// Prefix of the mark on reference parameters.
const MARK: &str = "wsarp";

/// Reads one WS-Addressing header, just entered, to its end. What is wrong with it is returned, not raised:
/// the rest of the envelope is still wanted for the answer.
pub(super) fn read(
    walk: &mut Walk<'_>,
    name: &str,
    envelope: &mut Envelope,
) -> Result<Option<Fault>, Refused> {
    match name {
        "ReplyTo" => endpoint(walk, "ReplyTo", &mut envelope.reply_to),
        "FaultTo" => endpoint(walk, "FaultTo", &mut envelope.fault_to),
        "Action" | "MessageID" | "To" | "RelatesTo" => {
            let text = walk.text_below()?;
            Ok(plain(name, text, envelope))
        }
        _ => walk.skip().map(|()| None),
    }
}

fn plain(name: &str, text: String, envelope: &mut Envelope) -> Option<Fault> {
    let slot = match name {
        "Action" => {
            let again = !envelope.action.is_empty();
            envelope.action = text;
            return again.then(|| twice(name));
        }
        // more than one relation is allowed: the first is the reply's
        "RelatesTo" if envelope.relates_to.is_some() => return None,
        "RelatesTo" => &mut envelope.relates_to,
        "MessageID" => &mut envelope.message_id,
        _ => &mut envelope.to,
    };
    slot.replace(text).map(|_| twice(name))
}

fn twice(name: &str) -> Fault {
    Fault::invalid_header(name, "wsa:InvalidCardinality", "given twice")
}

fn endpoint(
    walk: &mut Walk<'_>,
    name: &str,
    slot: &mut Option<EndpointReference>,
) -> Result<Option<Fault>, Refused> {
    let mut found = EndpointReference::default();
    let (mut addresses, mut problem) = (0, None);
    while let Some(start) = walk.child()? {
        match (start.namespace, start.local) {
            (WSA, "Address") => {
                found.address = walk.text_below()?;
                addresses += 1;
            }
            (WSA, "ReferenceParameters") => {
                problem = problem.or(parameters(walk, name, &mut found.parameters)?);
            }
            _ => walk.skip()?,
        }
    }
    if addresses != 1 || found.address.is_empty() {
        let reason = "it has not one Address";
        problem = Some(Fault::invalid_header(
            name,
            "wsa:MissingAddressInEPR",
            reason,
        ));
    }
    Ok(slot.replace(found).map(|_| twice(name)).or(problem))
}

fn parameters(
    walk: &mut Walk<'_>,
    name: &str,
    found: &mut Vec<String>,
) -> Result<Option<Fault>, Refused> {
    let mut problem = None;
    while let Some(start) = walk.child()? {
        // a parameter must not pass for a header of ours
        let foreign = start.namespace.is_empty();
        let marked = walk.attribute(&start, WSA, "IsReferenceParameter");
        let fits = foreign && marked.is_none() && found.len() < walk.headers();
        if !fits || problem.is_some() {
            walk.skip()?;
            problem = problem.or_else(|| Some(unfit(name)));
            continue;
        }
        let raw = walk.capture(&start)?;
        match raw.contains(MARK) {
            true => problem = Some(unfit(name)),
            false => found.push(mark(&raw, "<".len() + start.name.len())),
        }
    }
    Ok(problem)
}

fn unfit(name: &str) -> Fault {
    let reason = "a reference parameter that cannot be a header";
    Fault::invalid_header(name, "wsa:InvalidEPR", reason)
}

/// The element with `wsa:IsReferenceParameter` after its name.
fn mark(raw: &str, length: usize) -> String {
    let (head, rest) = raw.split_at_checked(length).unwrap_or((raw, ""));
    format!("{head} xmlns:{MARK}=\"{WSA}\" {MARK}:IsReferenceParameter=\"true\"{rest}")
}
