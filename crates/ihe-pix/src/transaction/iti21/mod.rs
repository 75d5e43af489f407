//! ITI-21 Patient Demographics Query (ITI TF-2 3.21)
//!
//! QBP^Q22 asks who the patients are for whom all of QPD-3 holds; RSP^K22 answers with one PID each, in portions when the
//! query limits them (RCP-2) or there are too many for one message. QCN^J01 says that no further portion is wanted.

mod audit;
mod cancel;
mod encode;
mod ids;
mod parameters;
mod query;
mod response;
#[cfg(test)]
mod tests;

use std::fmt;

use hl7v2::Message;
use hl7v2::ack::Refusal;
use hl7v2::charset::Charset;
use ihe_atna::{Transaction, TransactionEvent, transactions};

use crate::error::Error;
use crate::identity::PatientQuery;
use crate::iti8::Ends;
use crate::transaction::AuditFacts;
use crate::{FeedPolicy, PatientRecord};

#[cfg(feature = "server")]
pub(crate) use audit::audit_unreadable;
pub use cancel::{Cancel, decode_cancel, encode_cancel};
#[cfg(feature = "server")]
pub(crate) use query::{no_more, too_much, unknown_source};

/// QPD-1 as we send it.
pub const QUERY_NAME: &str = "IHE PDQ Query";

/// Characters of the query tag (QPD-2) and of the continuation pointer (DSC-1) taken; the latter by Table 3.21-9.
const TAG_LENGTH: usize = 180;

/// Parameters (repetitions of QPD-3) taken.
const PARAMETERS: usize = 100;

/// The question: who are the patients for whom this holds?
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// QPD-2 query tag, one; the same for all portions of an answer.
    pub tag: String,
    /// QPD-3 and QPD-8.
    pub patient: PatientQuery,
    /// RCP-2: at most so many patients in one answer; `None`: all.
    pub records: Option<usize>,
    /// DSC-1: where the portion before ended; `None`: from the beginning.
    pub continuation: Option<String>,
}

impl Query {
    /// Who are these patients?
    ///
    /// ```
    /// use ihe_pix::identity::{NamePattern, PatientQuery};
    /// use ihe_pix::iti21::Query;
    /// let wanted = PatientQuery {
    ///     family: Some(NamePattern::prefix("ヤマ")),
    ///     birth_date: "1958".into(),
    ///     ..PatientQuery::default()
    /// };
    /// assert_eq!(Query::new(wanted).at_most(10).records, Some(10));
    /// ```
    pub fn new(patient: PatientQuery) -> Query {
        Query {
            tag: hl7v2::build::control_id(),
            patient,
            ..Query::default()
        }
    }

    /// In portions of so many patients.
    pub fn at_most(mut self, records: usize) -> Query {
        self.records = Some(records);
        self
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("records", &self.records)
            .field("continued", &self.continuation.is_some())
            .finish_non_exhaustive()
    }
}

/// Patients found.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// 0..n, each with all ids asked for.
    pub patients: Vec<PatientRecord>,
    /// DSC-1: there are more; ask again with this pointer.
    pub continuation: Option<String>,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("patients", &self.patients.len())
            .field("continued", &self.continuation.is_some())
            .finish()
    }
}

/// What ITI-21 and ITI-22 do not have in common.
pub(crate) struct Kind {
    /// As audit records name it.
    pub(crate) transaction: Transaction,
    /// MSH-9 of the query.
    pub(crate) asks: &'static str,
    /// MSH-9 of the answer.
    pub(crate) answers: &'static str,
    /// QPD-1.1 values taken; the first is ours.
    pub(crate) names: &'static [&'static str],
    /// Whether visits may be asked for, and PV1 goes with every PID.
    pub(crate) visits: bool,
}

pub(crate) const KIND: Kind = Kind {
    transaction: transactions::ITI_21,
    asks: "QBP^Q22^QBP_Q21",
    answers: "RSP^K22^RSP_K21",
    names: &[QUERY_NAME, "Q22", "QRY_1002"],
    visits: false,
};

impl Kind {
    pub(crate) fn decode(&self, message: &Message, policy: &FeedPolicy) -> Result<Query, Refusal> {
        query::decode(self, message, policy)
    }

    pub(crate) fn encode(
        &self,
        query: &Query,
        ends: &Ends,
        charset: Charset,
    ) -> Result<Vec<u8>, Error> {
        encode::encode(self, query, ends, charset)
    }

    pub(crate) fn encode_response(
        &self,
        request: &Message,
        outcome: Result<&Response, &Refusal>,
    ) -> Vec<u8> {
        response::encode(self, request, outcome)
    }

    pub(crate) fn audit(&self, facts: &AuditFacts<'_>, request: &Message) -> Vec<TransactionEvent> {
        audit::audit(self, facts, request)
    }
}

/// The query with every authority replaced by that of the domain it names, or every reason to refuse it.
pub fn decode(message: &Message, policy: &FeedPolicy) -> Result<Query, Refusal> {
    KIND.decode(message, policy)
}

/// The message, with a fresh MSH-10, in version 2.5.
pub fn encode(query: &Query, ends: &Ends, charset: Charset) -> Result<Vec<u8>, Error> {
    KIND.encode(query, ends, charset)
}

/// RSP^K22 to this request: patients (AA and OK), nobody (AA and NF), or a refusal.
pub fn encode_response(request: &Message, outcome: Result<&Response, &Refusal>) -> Vec<u8> {
    KIND.encode_response(request, outcome)
}

/// The answer as the consumer reads it, or the refusal.
pub fn decode_response(reply: &Message) -> Result<Response, Error> {
    response::decode(reply)
}

/// The Query event of this request (ITI TF-2 3.21.5.1): the ids of QPD-3 and the whole message.
pub fn audit(facts: &AuditFacts<'_>, request: &Message) -> Vec<TransactionEvent> {
    KIND.audit(facts, request)
}
