//! ITI-61 Register On-Demand Document Entry (ITI TF-2 3.61)

use super::audit::{Ends, Subject, Verdict, events, moved};
use crate::affinity::Rules;
use crate::ebrim;
use crate::error::DecodeError;
use crate::metadata::Submission;
use crate::validate::{self, Accepted, Receiver};
use ihe_atna::{TransactionEvent, transactions};

/// wsa:Action of the request.
pub const REQUEST_ACTION: &str = "urn:ihe:iti:2010:RegisterOnDemandDocumentEntry";
/// wsa:Action of the response, as the Framework spells it (3.61.4.2.2).
pub const RESPONSE_ACTION: &str = "urn:ihe:iti:2010:RegisterOnDemandDocumentResponse";
/// wsa:Action of the response, as other products spell it.
const OTHER_RESPONSE_ACTION: &str = "urn:ihe:iti:2010:RegisterOnDemandDocumentEntryResponse";

/// Whether this is the wsa:Action of a response: a client accepts both spellings (OD-R-010).
pub fn is_response_action(action: &str) -> bool {
    [RESPONSE_ACTION, OTHER_RESPONSE_ACTION].contains(&action)
}

/// Reads and judges a submission as a Document Registry; symbolic ids become UUIDs. Every entry must be
/// On-Demand, and there is at least one (OD-R-002).
pub fn decode(body: &str, rules: &Rules) -> Result<Submission, DecodeError> {
    Ok(accept(body, rules)?.submission)
}

/// As [`decode`], with the ids as sent, by which what is found later is located.
pub fn accept(body: &str, rules: &Rules) -> Result<Accepted, DecodeError> {
    let packed = ebrim::submit_objects_request(body, &rules.limits)?;
    Ok(validate::submission(
        packed,
        Receiver::RegistryOnDemand,
        rules,
    )?)
}

/// Writes a submission.
pub fn encode(submission: &Submission) -> String {
    ebrim::submission_to_xml(submission)
}

/// The audit events of one exchange, for either side (ITI TF-2 3.61.5.1).
pub fn audit(ends: &Ends, subject: &Subject, verdict: &Verdict) -> Vec<TransactionEvent> {
    let transaction = transactions::ITI_61.label();
    events(ends, moved(ends), transaction, subject.objects(), verdict)
}

#[cfg(test)]
mod tests;
