//! What all answers to queries have in common: MSA, ERR, QAK and the QPD of the query (ITI TF-2 3.9.4.2.2, 3.21.4.2.2).

use hl7v2::ack::{self, AckCode, Problem, Refusal};
use hl7v2::build::{self, HeaderFields};
use hl7v2::charset::Charset;
use hl7v2::{Message, Separators};

use super::canonical;

/// MSA, ERR, QAK, QPD: an acceptance with this QAK-2, or a refusal.
pub(crate) fn opening(request: &Message, outcome: Result<&'static str, &Refusal>) -> Vec<String> {
    let answered = request.raw("MSH-10").unwrap_or_default();
    let (code, status, problems) = match outcome {
        Ok(status) => ("AA", status, &[][..]),
        Err(refusal) => {
            let code = code_text(refusal);
            (code, code, &refusal.problems[..])
        }
    };
    let answered = canonical(answered, request.separators());
    let mut segments = vec![format!("MSA|{code}|{answered}")];
    segments.extend(err_lines(problems));
    segments.push(format!("QAK|{}|{status}", text(request, 2)));
    segments.push(echoed_qpd(request));
    segments
}

/// In the character set of the request, or in UTF-8 when that cannot hold the answer.
pub(crate) fn written(request: &Message, message_type: &str, segments: &[String]) -> Vec<u8> {
    let header = |charset| HeaderFields {
        charset,
        ..HeaderFields::answer(request, message_type)
    };
    build::message(&header(request.charset()), segments)
        .or_else(|_| build::message(&header(Charset::Utf8), segments))
        .unwrap_or_default()
}

fn code_text(refusal: &Refusal) -> &'static str {
    match refusal.code {
        AckCode::Ar => "AR",
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
