//! The script of a peer: a list of answers, each with values filled in when the request is there.

use super::Log;
use crate::case::Text;
use crate::look::Received;
use crate::step::http::{Document, Package};
use crate::values::Values;
use crate::wire::Stream;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{Result, Write};
use std::sync::Mutex;
use std::time::Duration;

/// What `pad` may ask for.
const MOST_PADDING: usize = 512 * 1024 * 1024;

/// One answer. Every text may use `${name}`, so that the rows of a table can set what differs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Answer {
    /// What is answered: the HL7 v2 message, the SOAP body, or with `bare` the whole entity.
    pub body: Text,
    /// Only to a request in which this selector finds something.
    pub when: String,
    /// Milliseconds until it goes out.
    pub delay: String,
    /// In so many writes, 20 ms between them.
    pub pieces: String,
    /// `before`: closed instead of answered; `middle`: in the middle of the answer; `after`; else kept open.
    pub close: String,
    /// `${pad}` in the body stands for so many letters.
    pub pad: String,
    /// MLLP: no frame around it.
    pub unframed: bool,
    /// HTTP: the status; 200.
    pub status: String,
    /// SOAP: wsa:Action; an envelope is put around the body.
    pub action: String,
    /// SOAP: wsa:RelatesTo, when it is not the wsa:MessageID of the request.
    pub relates_to: String,
    /// SOAP: how it is packed.
    pub package: Package,
    /// HTTP: more headers, or others than the right ones.
    pub headers: BTreeMap<String, String>,
    /// Edits of the whole entity, after all.
    pub then: Vec<(String, String)>,
    /// NTP: fields that differ from a good answer's: leap, version, mode, stratum, originate, transmit, reference, offset.
    pub ntp: BTreeMap<String, String>,
}

/// Answers, and what they need.
pub struct Script {
    answers: Vec<Answer>,
    take: BTreeMap<String, String>,
    documents: Vec<Document>,
    state: Mutex<State>,
}

struct State {
    values: Values,
    used: Vec<bool>,
}

/// An answer whose turn it is.
pub(super) struct Turn {
    /// As written; its texts are filled by [`Turn::text`].
    pub answer: Answer,
    /// With what was taken from the request.
    pub values: Values,
    /// The documents of the script.
    pub documents: Vec<Document>,
}

impl Script {
    /// A script. `values` are those of the case; `take` names selectors whose values are taken from each request.
    pub fn new(
        answers: Vec<Answer>,
        take: BTreeMap<String, String>,
        documents: Vec<Document>,
        values: Values,
    ) -> Script {
        let used = vec![false; answers.len()];
        let state = Mutex::new(State { values, used });
        Script {
            answers,
            take,
            documents,
            state,
        }
    }

    /// The answer to a request: the first that fits and was not given yet, else the last that fits again.
    pub(super) fn turn(&self, request: &Received) -> Option<Turn> {
        let mut state = self.state.lock().expect("no thread panics with it");
        for (name, selector) in &self.take {
            let found = request.values(selector).unwrap_or_default();
            let first = found.into_iter().next().unwrap_or_default();
            state.values.set(name, first);
        }
        let fits = |answer: &Answer| {
            answer.when.is_empty()
                || request
                    .values(&answer.when)
                    .is_ok_and(|found| !found.is_empty())
        };
        let fitting = |(at, answer): (usize, &Answer)| fits(answer).then_some(at);
        let fitting: Vec<usize> = self
            .answers
            .iter()
            .enumerate()
            .filter_map(fitting)
            .collect();
        let unused = fitting.iter().find(|at| !state.used[**at]);
        let at = *unused.or(fitting.last())?;
        state.used[at] = true;
        Some(Turn {
            answer: self.answers[at].clone(),
            values: state.values.clone(),
            documents: self.documents.clone(),
        })
    }
}

impl Turn {
    /// A text of the answer, filled in.
    pub(super) fn text(&mut self, text: &str) -> std::result::Result<String, String> {
        self.values.fill(text).map_err(|error| error.to_string())
    }

    /// A number of the answer.
    pub(super) fn number(&mut self, text: &str) -> std::result::Result<usize, String> {
        match self.text(text)?.as_str() {
            "" => Ok(0),
            digits => digits
                .parse()
                .map_err(|_| format!("{digits:?} is no number")),
        }
    }

    /// The body, filled in.
    pub(super) fn body(&mut self) -> std::result::Result<Vec<u8>, String> {
        let pad = self.answer.pad.clone();
        let pad = self.number(&pad)?.min(MOST_PADDING);
        self.values.set("pad", "x".repeat(pad));
        self.answer.body.bytes(&mut self.values)
    }

    /// Sends the bytes as the answer says; whether the connection goes on.
    pub(super) fn send(
        &mut self,
        bytes: &[u8],
        stream: &mut Stream,
        log: &Log,
    ) -> std::result::Result<bool, String> {
        let Answer {
            delay,
            pieces,
            close,
            ..
        } = self.answer.clone();
        let delay = self.number(&delay)?.min(60_000);
        log.sleep(Duration::from_millis(delay as u64));
        let pieces = self.number(&pieces)?.max(1);
        let close = self.text(&close)?;
        let part = match close.as_str() {
            "before" => return Ok(false),
            "middle" => &bytes[..bytes.len() / 2],
            _ => bytes,
        };
        let sent = in_pieces(part, pieces, stream, log);
        Ok(sent.is_ok() && !matches!(close.as_str(), "middle" | "after"))
    }
}

fn in_pieces(bytes: &[u8], pieces: usize, stream: &mut Stream, log: &Log) -> Result<()> {
    for piece in bytes.chunks(bytes.len().div_ceil(pieces).max(1)) {
        stream.write_all(piece)?;
        stream.flush()?;
        if pieces > 1 {
            log.sleep(Duration::from_millis(20));
        }
        if log.stopped() {
            break;
        }
    }
    Ok(())
}
