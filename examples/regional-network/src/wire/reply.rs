//! What is answered.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use hl7v2::datatype::Cx;
use ihe_pix::PatientRecord;
use ihe_pix::identity::{self, What};
use ihe_pix::operator::{Answer, Denied};
use serde::{Deserialize, Serialize};

use super::State;

/// What is answered
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    Reviews(Vec<Review>),
    History(Vec<Event>),
    Done,
    /// Why nothing was done
    Denied(String),
}

/// Two identities that may be one patient
#[derive(Serialize, Deserialize)]
pub(crate) struct Review {
    pub(crate) number: u64,
    pub(crate) state: State,
    /// RFC 3339, UTC
    pub(crate) opened_at: String,
    /// Log2 of the odds that both are one patient
    pub(crate) score: f32,
    pub(crate) terms: Vec<Term>,
    pub(crate) a: Side,
    pub(crate) b: Side,
}

/// One term of a score
#[derive(Serialize, Deserialize)]
pub(crate) struct Term {
    pub(crate) what: String,
    pub(crate) outcome: String,
    pub(crate) weight: f32,
}

/// One of the two
#[derive(Serialize, Deserialize)]
pub(crate) struct Side {
    pub(crate) id: String,
    /// Only when asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) demographics: Option<Demographics>,
}

/// What was fed, as HL7 text of the whole field
#[derive(Serialize, Deserialize)]
pub(crate) struct Demographics {
    pub(crate) names: String,
    pub(crate) birth_date: String,
    pub(crate) sex: String,
    pub(crate) address: String,
    pub(crate) phone: String,
    pub(crate) insurance: String,
}

/// One entry of a history
#[derive(Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) number: u64,
    /// RFC 3339, UTC
    pub(crate) at: String,
    pub(crate) who: String,
    pub(crate) why: String,
    pub(crate) what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) score: Option<f32>,
}

// Patient data may be in it.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

impl Reply {
    /// Puts an outcome into words
    pub(crate) fn of(outcome: Result<Answer, Denied>, show: bool) -> Reply {
        match outcome {
            Ok(Answer::Reviews(reviews)) => {
                Reply::Reviews(reviews.iter().map(|one| review(one, show)).collect())
            }
            Ok(Answer::History(events)) => Reply::History(events.into_iter().map(event).collect()),
            Ok(_) => Reply::Done,
            Err(denied) => Reply::Denied(denied.to_string()),
        }
    }
}

fn review(review: &identity::Review, show: bool) -> Review {
    Review {
        number: review.number,
        state: review.state.into(),
        opened_at: time(review.opened_at),
        score: review.score,
        terms: review.terms.iter().map(term).collect(),
        a: side(&review.a, show),
        b: side(&review.b, show),
    }
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn term(term: &ihe_pix::matching::Term) -> Term {
    Term {
        what: term.what.to_string(),
        outcome: term.outcome.to_string(),
        weight: term.weight,
    }
}

fn side(record: &PatientRecord, show: bool) -> Side {
    let ids: Vec<String> = record.ids.iter().map(Cx::to_string).collect();
    Side {
        id: ids.join("~"),
        demographics: show.then(|| demographics(record)),
    }
}

fn demographics(record: &PatientRecord) -> Demographics {
    let names: Vec<String> = record.names.iter().map(ToString::to_string).collect();
    Demographics {
        names: names.join("~"),
        birth_date: record.birth_date.clone(),
        sex: record.sex.clone(),
        address: record.address.clone(),
        phone: record.phone_home.clone(),
        insurance: record.ssn.clone(),
    }
}

fn event(event: identity::Event) -> Event {
    let (what, with, score) = match event.what {
        What::Registered => ("registered", None, None),
        What::Updated => ("updated", None, None),
        What::Matched { with, score } => ("matched", Some(with), Some(score)),
        What::Parted => ("parted", None, None),
        What::Linked { with } => ("linked", Some(with), None),
        What::Unlinked { with } => ("unlinked", Some(with), None),
        What::Took { subsumed } => ("took", Some(subsumed), None),
        What::Became { survivor } => ("became", Some(survivor), None),
        What::Deactivated => ("deactivated", None, None),
        _ => ("changed", None, None),
    };
    Event {
        number: event.number,
        at: time(event.at),
        who: event.who,
        why: event.why,
        what: what.into(),
        with: with.map(|id| id.to_string()),
        score,
    }
}
