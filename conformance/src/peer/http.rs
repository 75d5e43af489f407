//! A peer that speaks HTTP: SOAP, simple or MTOM, or anything else.

use super::answer::{Script, Turn};
use super::log::Log;
use crate::look::Received;
use crate::step::http::{Document, Package};
use crate::values::Values;
use crate::wire::{Stream, http, mtom};
use std::io::BufReader;

const ACTION_OF_FAULTS: &str = "http://www.w3.org/2005/08/addressing/soap/fault";

/// Answers request after request until somebody closes.
pub(super) fn serve(stream: &mut Stream, script: &Script, log: &Log, seen: &Received) {
    let mut reader = BufReader::new(stream);
    while let Ok((head, bytes)) = http::read(&mut reader) {
        let received = Received {
            bytes,
            head: Some(head),
            ..seen.clone()
        };
        let turn = script.turn(&received);
        let message = received.values("xml /soap:Envelope/soap:Header/wsa:MessageID");
        let message = message.ok().and_then(|found| found.into_iter().next());
        log.keep(received);
        let Some(mut turn) = turn else { return };
        turn.values.set("message", message.unwrap_or_default());
        match answer(&mut turn).and_then(|bytes| turn.send(&bytes, reader.get_mut(), log)) {
            Ok(true) => {}
            Ok(false) => return,
            Err(what) => return log.trouble(what),
        }
    }
}

/// Head and body, as they go out.
fn answer(turn: &mut Turn) -> Result<Vec<u8>, String> {
    let parts = documents(turn)?;
    let action = turn.answer.action.clone();
    let action = turn.text(&action)?;
    let body = turn.body()?;
    let body = match action.is_empty() {
        true => body,
        false => enveloped(turn, &action, &String::from_utf8_lossy(&body))?.into_bytes(),
    };
    let is_fault = action == ACTION_OF_FAULTS;
    let (content_type, mut entity) = match turn.answer.package {
        Package::Simple => {
            let parameter = match action.is_empty() || is_fault {
                true => String::new(),
                false => format!("; action=\"{action}\""),
            };
            let content_type = format!("application/soap+xml; charset=UTF-8{parameter}");
            (content_type, body)
        }
        Package::Mtom | Package::Inline => {
            let parts: Vec<(&str, &[u8])> = parts
                .iter()
                .map(|(id, bytes)| (id.as_str(), bytes.as_slice()))
                .collect();
            mtom::write(&action, &String::from_utf8_lossy(&body), &parts)
        }
    };
    for (old, new) in turn.answer.then.clone() {
        let new = turn.text(&new)?;
        entity = edited(&entity, old.as_bytes(), new.as_bytes())
            .ok_or_else(|| format!("{old:?} is not in the answer"))?;
    }
    let mut headers = vec![("Content-Type".to_owned(), content_type)];
    for (name, value) in turn.answer.headers.clone() {
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        headers.push((name, turn.text(&value)?));
    }
    let status = turn.answer.status.clone();
    let status = match turn.number(&status)? {
        0 => 200,
        status => u16::try_from(status).map_err(|_| "no such status")?,
    };
    let mut wire = Vec::new();
    http::write_answer(&mut wire, status, &headers, &entity).map_err(|error| error.to_string())?;
    Ok(wire)
}

/// The MIME parts; `${document.ID}` becomes what stands for a document in the body.
fn documents(turn: &mut Turn) -> Result<Vec<(String, Vec<u8>)>, String> {
    use base64::Engine;
    let mut parts = Vec::new();
    for document in turn.documents.clone() {
        let bytes = content(&document, &mut turn.values)?;
        let id = format!("{}@conformance.example", document.id);
        let name = format!("document.{}", document.id);
        if turn.answer.package == Package::Mtom {
            let include = format!(
                "<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:{id}\"/>"
            );
            turn.values.set(&name, include);
            if !document.missing {
                parts.push((id, bytes));
            }
        } else {
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            turn.values.set(&name, text);
        }
    }
    Ok(parts)
}

/// What is in a document.
pub(crate) fn content(document: &Document, values: &mut Values) -> Result<Vec<u8>, String> {
    match document.bytes {
        0 => document.content.bytes(values),
        size => Ok((0..size).map(|at| (at % 251) as u8).collect()),
    }
}

fn enveloped(turn: &mut Turn, action: &str, body: &str) -> Result<String, String> {
    let written = turn.answer.relates_to.clone();
    let mut relates_to = turn.text(&written)?;
    if relates_to.is_empty() {
        relates_to = turn.text("${message}")?;
    }
    Ok(format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://www.w3.org/2005/08/addressing\">\
         <s:Header><a:Action s:mustUnderstand=\"true\">{action}</a:Action><a:MessageID>urn:uuid:{}</a:MessageID>\
         <a:RelatesTo>{relates_to}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>",
        uuid::Uuid::new_v4()
    ))
}

fn edited(bytes: &[u8], old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let at = bytes
        .windows(old.len().max(1))
        .position(|window| window == old)?;
    Some([&bytes[..at], new, &bytes[at + old.len()..]].concat())
}
