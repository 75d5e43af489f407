//! ITI-9 response: MSA, ERR, QAK, QPD, PID (ITI TF-2 3.9.4.2.2).

use std::fmt;

use hl7v2::Message;
use hl7v2::ack::{self, ErrorCode, Location, Problem, Refusal};
use hl7v2::datatype::Cx;

use crate::error::Error;
use crate::transaction::answer;

/// QAK-2, query response status (HL7 table 0208).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// OK: there are ids.
    Found,
    /// NF: the patient is known, but not where we asked.
    NotFound,
}

/// What a PIX Manager knows: every id asked for, ids of one domain next to each other
/// (V2-R-035), without the id of the query.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// PID-3, 0..n.
    pub ids: Vec<Cx>,
}

impl Response {
    /// OK (case 1) or NF (case 2).
    pub fn status(&self) -> Status {
        if self.ids.is_empty() {
            Status::NotFound
        } else {
            Status::Found
        }
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("ids", &self.ids.len())
            .finish()
    }
}

/// Case 3: the domain is known, the id is not (V2-R-032).
pub fn unknown_id() -> Refusal {
    let place = Location::field("QPD", 1, 3).repetition(1).component(1);
    Refusal::error(Problem::error(
        ErrorCode::UNKNOWN_KEY,
        place,
        "unknown patient id",
    ))
}

/// RSP^K23 to this request: cases 1 and 2, or a refusal (cases 3 to 5 and everything else).
pub fn encode_response(request: &Message, outcome: Result<&Response, &Refusal>) -> Vec<u8> {
    let status = outcome.map(|response| match response.status() {
        Status::Found => "OK",
        // A fault for testing the conformance suite.
        Status::NotFound if cfg!(renkei_fault = "pix-manager-not-found-as-ok") => "OK",
        Status::NotFound => "NF",
    });
    let mut segments = answer::opening(request, status);
    // A fault for testing the conformance suite.
    if cfg!(renkei_fault = "pix-manager-control-id-not-echoed") && outcome.is_ok() {
        segments[0] = "MSA|AA|1".to_owned();
    }
    if let Ok(response) = outcome
        && !response.ids.is_empty()
    {
        let ids: Vec<String> = response.ids.iter().map(Cx::to_string).collect();
        segments.push(format!("PID|||{}||~^^^^^^S", ids.join("~")));
    }
    answer::written(request, "RSP^K23^RSP_K23", &segments)
}

/// The answer as the consumer reads it: ids, or the refusal.
pub fn decode_response(reply: &Message) -> Result<Response, Error> {
    if let Some(refusal) = ack::parse_refusal(reply) {
        return Err(Error::Refused(refusal));
    }
    if reply.raw("MSA-1") != Some("AA") {
        return Err(Error::Malformed("MSA-1 is missing".into()));
    }
    match reply.raw("QAK-2") {
        Some("OK") => Ok(Response { ids: ids(reply) }),
        Some("NF") => Ok(Response::default()),
        _ => Err(Error::Malformed("QAK-2 is neither OK nor NF".into())),
    }
}

fn ids(reply: &Message) -> Vec<Cx> {
    let separators = reply.separators();
    let Some(pid) = reply.segment("PID") else {
        return Vec::new();
    };
    let ids = pid
        .field(3)
        .repetitions()
        .map(|r| Cx::parse(r.raw(), &separators));
    ids.filter(|id| !id.id.is_empty()).collect::<Vec<_>>()
}
