//! The words at the operator's door: one JSON line asks, one JSON line answers.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use hl7v2::datatype::Cx;
use ihe_pix::PatientRecord;
use ihe_pix::identity::{self, ReviewState, What};
use ihe_pix::operator::{Answer, Denied, Request};
use serde::{Deserialize, Serialize};

/// Characters of a reason
const REASON: usize = 500;
/// Characters of a name
const NAME: usize = 100;

/// What is asked, for whom and why
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// The human, when the system's user is shared
    #[serde(rename = "as")]
    pub(crate) human: Option<String>,
    /// Goes into the history and the audit trail
    pub(crate) reason: String,
    /// What is asked
    pub(crate) ask: Ask,
}

/// What is asked; ids are CX
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ask {
    Reviews {
        state: State,
        after: u64,
        limit: usize,
        show: bool,
    },
    History {
        id: String,
        limit: usize,
    },
    Accept {
        review: u64,
    },
    Reject {
        review: u64,
    },
    Link {
        a: String,
        b: String,
    },
    Unlink {
        a: String,
        b: String,
    },
    Move {
        id: String,
        to: String,
    },
    Merge {
        survivor: String,
        subsumed: String,
    },
    Deactivate {
        id: String,
    },
}

/// How a review stands
#[derive(Clone, Copy, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// Nobody has decided
    Open,
    /// One patient
    Accepted,
    /// Two patients
    Rejected,
}

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

impl Order {
    /// The request, or why there is none
    pub(crate) fn request(&self) -> Result<Request, String> {
        plain("--reason", &self.reason, REASON)?;
        plain("--as", self.human.as_deref().unwrap_or_default(), NAME)?;
        Ok(match &self.ask {
            Ask::Reviews {
                state,
                after,
                limit,
                show,
            } => Request::Reviews {
                state: (*state).into(),
                after: *after,
                limit: *limit,
                demographics: *show,
            },
            Ask::History { id, limit } => Request::History {
                id: cx("first", id)?,
                limit: *limit,
            },
            Ask::Accept { review } => Request::Accept { review: *review },
            Ask::Reject { review } => Request::Reject { review: *review },
            Ask::Link { a, b } => {
                let (a, b) = two(a, b)?;
                Request::Link { a, b }
            }
            Ask::Unlink { a, b } => {
                let (a, b) = two(a, b)?;
                Request::Unlink { a, b }
            }
            Ask::Move { id, to } => {
                let (id, to) = two(id, to)?;
                Request::Move { id, to }
            }
            Ask::Merge { survivor, subsumed } => {
                let (survivor, subsumed) = two(survivor, subsumed)?;
                Request::Merge { survivor, subsumed }
            }
            Ask::Deactivate { id } => Request::Deactivate {
                id: cx("first", id)?,
            },
        })
    }

    /// Whether demographics are asked for
    pub(crate) fn shows(&self) -> bool {
        matches!(self.ask, Ask::Reviews { show: true, .. })
    }
}

fn two(first: &str, second: &str) -> Result<(Cx, Cx), String> {
    Ok((cx("first", first)?, cx("second", second)?))
}

fn cx(which: &str, text: &str) -> Result<Cx, String> {
    let id: Option<Cx> = text.parse().ok();
    let whole = |id: &Cx| !id.id.is_empty() && !id.assigning_authority.is_empty();
    id.filter(whole)
        .ok_or_else(|| format!("the {which} id is not ID^^^&OID&ISO (quote it for the shell)"))
}

fn plain(option: &str, text: &str, longest: usize) -> Result<(), String> {
    if text.chars().any(char::is_control) {
        return Err(format!("{option} has control characters; write one line"));
    }
    if text.chars().count() > longest {
        return Err(format!("{option} is longer than {longest} characters"));
    }
    Ok(())
}

impl From<State> for ReviewState {
    fn from(state: State) -> ReviewState {
        match state {
            State::Open => ReviewState::Open,
            State::Accepted => ReviewState::Accepted,
            State::Rejected => ReviewState::Rejected,
        }
    }
}

impl From<ReviewState> for State {
    fn from(state: ReviewState) -> State {
        match state {
            ReviewState::Open => State::Open,
            ReviewState::Accepted => State::Accepted,
            ReviewState::Rejected => State::Rejected,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn order(ask: Ask) -> Order {
        Order {
            human: None,
            reason: "seen by eye".into(),
            ask,
        }
    }

    #[test]
    fn an_order_reads_back_and_its_ids_are_counted_in_errors() {
        let ask = Ask::Link {
            a: "1^^^&1.2.3&ISO".into(),
            b: "SECRET".into(),
        };
        let line = serde_json::to_string(&order(ask)).unwrap();
        let read: Order = serde_json::from_str(&line).unwrap();
        let error = read.request().unwrap_err();
        assert!(
            error.contains("second id") && !error.contains("SECRET"),
            "{error}"
        );
        assert!(
            serde_json::from_str::<Order>(r#"{"reason":"","ask":{"reviews":{}},"x":1}"#).is_err()
        );
    }

    #[test]
    fn a_reason_is_one_line_of_bounded_length() {
        let mut order = order(Ask::Accept { review: 1 });
        order.reason = "a\nb".into();
        assert!(order.request().unwrap_err().contains("one line"));
        order.reason = "x".repeat(REASON + 1);
        assert!(order.request().unwrap_err().contains("longer"));
    }
}
