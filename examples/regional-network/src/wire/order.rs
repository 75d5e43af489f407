//! What is asked.

use hl7v2::datatype::Cx;
use ihe_pix::identity::ReviewState;
use ihe_pix::operator::Request;
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
