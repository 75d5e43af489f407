//! ITI-22 Patient Demographics and Visit Query (ITI TF-2 3.22)
//!
//! As [ITI-21](crate::iti21), but QBP^ZV1 may ask for fields of PV1 too, and RSP^ZV2 has a PV1 after every PID. What is
//! kept of a visit is what the last feed about an id told ([`crate::visit`]); a patient without a visit has the patient
//! class `N`.

#[cfg(test)]
mod tests;

use hl7v2::Message;
use hl7v2::ack::Refusal;
use hl7v2::charset::Charset;
use ihe_atna::{TransactionEvent, transactions};

use crate::FeedPolicy;
use crate::error::Error;
use crate::iti8::Ends;
use crate::iti21::{self, Kind, Query, Response};
use crate::transaction::AuditFacts;

pub(crate) const KIND: Kind = Kind {
    transaction: transactions::ITI_22,
    asks: "QBP^ZV1^QBP_Q21",
    answers: "RSP^ZV2^RSP_ZV2",
    // ITI TF-2 3.22.4.1.2.2 has the name of ITI-21; others write their own.
    names: &[iti21::QUERY_NAME, "IHE PDVQ Query"],
    visits: true,
};

/// The query with every authority replaced by that of the domain it names, or every reason to refuse it.
pub fn decode(message: &Message, policy: &FeedPolicy) -> Result<Query, Refusal> {
    KIND.decode(message, policy)
}

/// The message, with a fresh MSH-10, in version 2.5.
pub fn encode(query: &Query, ends: &Ends, charset: Charset) -> Result<Vec<u8>, Error> {
    KIND.encode(query, ends, charset)
}

/// RSP^ZV2 to this request: patients with their visits (AA and OK), nobody (AA and NF), or a refusal.
pub fn encode_response(request: &Message, outcome: Result<&Response, &Refusal>) -> Vec<u8> {
    KIND.encode_response(request, outcome)
}

/// The answer as the consumer reads it, or the refusal.
pub fn decode_response(reply: &Message) -> Result<Response, Error> {
    iti21::decode_response(reply)
}

/// The Query event of this request: the ids of QPD-3 and the whole message.
pub fn audit(facts: &AuditFacts<'_>, request: &Message) -> Vec<TransactionEvent> {
    KIND.audit(facts, request)
}
