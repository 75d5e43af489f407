//! ITI-9 response: MSA, ERR, QAK, QPD, PID (ITI TF-2 3.9.4.2.2).

use std::fmt;

use hl7v2::ack::{self, ErrorCode, Location, Problem, Refusal};
use hl7v2::build::{self, HeaderFields};
use hl7v2::charset::Charset;
use hl7v2::datatype::Cx;
use hl7v2::{Message, Separators};

use crate::error::Error;
use crate::transaction::canonical;

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
    let answered = request.raw("MSH-10").unwrap_or_default();
    let (code, status, problems) = match outcome {
        Ok(response) if response.status() == Status::Found => ("AA", "OK", &[][..]),
        Ok(_) => ("AA", "NF", &[][..]),
        Err(refusal) => (
            code_text(refusal),
            code_text(refusal),
            &refusal.problems[..],
        ),
    };
    let mut segments = vec![format!(
        "MSA|{code}|{}",
        canonical(answered, request.separators())
    )];
    segments.extend(err_lines(problems));
    segments.push(format!("QAK|{}|{status}", text(request, 2)));
    segments.push(echoed_qpd(request));
    if let Ok(response) = outcome
        && !response.ids.is_empty()
    {
        let ids: Vec<String> = response.ids.iter().map(Cx::to_string).collect();
        segments.push(format!("PID|||{}||~^^^^^^S", ids.join("~")));
    }
    written(request, &segments)
}

/// In the character set of the request, or in UTF-8 when that cannot hold the answer.
fn written(request: &Message, segments: &[String]) -> Vec<u8> {
    let fields = |charset| reply_header(request, charset);
    build::message(&fields(request.charset()), segments)
        .or_else(|_| build::message(&fields(Charset::Utf8), segments))
        .unwrap_or_default()
}

fn reply_header(request: &Message, charset: Charset) -> HeaderFields {
    HeaderFields {
        charset,
        ..HeaderFields::answer(request, "RSP^K23^RSP_K23")
    }
}

fn code_text(refusal: &Refusal) -> &'static str {
    match refusal.code {
        ack::AckCode::Ar => "AR",
        _ => "AE",
    }
}

fn err_lines(problems: &[Problem]) -> Vec<String> {
    let lines = ack::err_segments(problems);
    lines
        .split('\r')
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The request's QPD as sent, with the separators of the answer.
fn echoed_qpd(request: &Message) -> String {
    let Some(qpd) = request.segment("QPD") else {
        return "QPD".into();
    };
    if request.separators() == Separators::DEFAULT {
        return qpd.raw().to_owned();
    }
    let fields = (1..=qpd.field_count()).map(|n| text(request, n));
    format!("QPD|{}", fields.collect::<Vec<_>>().join("|"))
}

fn text(request: &Message, field: usize) -> String {
    let Some(qpd) = request.segment("QPD") else {
        return String::new();
    };
    canonical(qpd.field(field).raw(), request.separators())
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
