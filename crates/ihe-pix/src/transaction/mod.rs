//! The words: one module per transaction, pure (ITI TF-2 3.8, 3.9, 3.10, 3.21, 3.22, 3.30, 3.64).

mod answer;
mod canonical;
pub mod gate;
pub mod iti10;
pub mod iti21;
pub mod iti22;
pub mod iti30;
pub mod iti64;
pub mod iti8;
pub mod iti9;
pub(crate) mod reading;
mod subjects;
pub(crate) mod writing;

use hl7v2::Header;
use hl7v2::ack::{AckCode, Problem, Refusal};
use ihe_atna::{As, Human, Outcome, Participant, Peer};

pub(crate) use canonical::canonical;
/// Which end of a transaction writes the audit record.
pub use ihe_atna::Side;

/// What an audit description needs beside the message (ITI TF-2 3.8.5.1, 3.9.5.1).
#[derive(Clone, Debug)]
pub struct AuditFacts<'a> {
    /// The other end of the connection, with our own address.
    pub peer: &'a Peer,
    /// Which end we are.
    pub side: Side,
    /// How it ended.
    pub outcome: Outcome,
    /// Why it did not succeed: codes and places only.
    pub description: Option<String>,
    /// The human behind the call, if known.
    pub human: Option<&'a As>,
}

impl<'a> AuditFacts<'a> {
    /// A success, seen from this side.
    pub fn success(peer: &'a Peer, side: Side) -> AuditFacts<'a> {
        AuditFacts {
            peer,
            side,
            outcome: Outcome::Success,
            description: None,
            human: None,
        }
    }

    /// A refusal: minor when the content was at fault (AE), serious when rejected (AR).
    pub fn refused(peer: &'a Peer, side: Side, refusal: &Refusal) -> AuditFacts<'a> {
        let outcome = match refusal.code {
            AckCode::Ar => Outcome::SeriousFailure,
            _ => Outcome::MinorFailure,
        };
        AuditFacts {
            peer,
            side,
            outcome,
            description: Some(refusal.to_string()),
            human: None,
        }
    }

    /// The message never reached a decision: not readable, partner silent, store down.
    pub fn failed(peer: &'a Peer, side: Side, reason: impl Into<String>) -> AuditFacts<'a> {
        let description = Some(reason.into());
        AuditFacts {
            peer,
            side,
            outcome: Outcome::SeriousFailure,
            description,
            human: None,
        }
    }

    /// With the human behind the call.
    pub fn on_behalf_of(mut self, human: &'a As) -> AuditFacts<'a> {
        self.human = Some(human);
        self
    }

    pub(crate) fn source(&self, header: Option<&Header>) -> Participant {
        let name = |h: &Header| participant_id(&h.sending_facility, &h.sending_application);
        self.participant(Side::Source, header.map(name))
    }

    pub(crate) fn destination(&self, header: Option<&Header>) -> Participant {
        let name = |h: &Header| participant_id(&h.receiving_facility, &h.receiving_application);
        self.participant(Side::Destination, header.map(name))
    }

    /// Our end with our address; the other with its own and with what its certificate says.
    fn participant(&self, end: Side, user_id: Option<String>) -> Participant {
        let user_id = user_id.unwrap_or_else(|| "unknown|unknown".into());
        let is_requestor = end == Side::Source;
        if end == self.side {
            return Participant::new(user_id, self.peer.local.ip().to_string(), is_requestor);
        }
        self.peer.participant(user_id, is_requestor)
    }

    pub(crate) fn human_participant(&self) -> Option<Human> {
        let human = self.human?;
        Some(Human {
            user_id: human.user.clone(),
            user_name: None,
            role: human.role.clone(),
        })
    }
}

/// UserID of an HL7 v2 participant: `facility|application`.
fn participant_id(facility: &str, application: &str) -> String {
    format!("{facility}|{application}")
}

/// Collects all the reasons for refusing, up to a limit.
#[derive(Debug)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    limit: usize,
}

impl Problems {
    pub(crate) fn up_to(limit: usize) -> Problems {
        Problems {
            list: Vec::new(),
            limit: limit.max(1),
        }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.list.len() < self.limit {
            self.list.push(problem);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// `Err` with everything collected, unless there is nothing.
    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Refusal> {
        if self.list.is_empty() {
            return Ok(value);
        }
        Err(self.into_refusal())
    }

    pub(crate) fn into_refusal(self) -> Refusal {
        Refusal {
            code: AckCode::Ae,
            problems: self.list,
        }
    }
}

/// A one-based position as ERR-2 counts it.
pub(crate) fn position(index: usize) -> u16 {
    u16::try_from(index.saturating_add(1)).unwrap_or(u16::MAX)
}
