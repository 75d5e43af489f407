//! ITI-42 Register Document Set-b (ITI TF-2 3.42)

use super::audit::{Ends, Subject, Verdict, events, moved};
use crate::affinity::Rules;
use crate::ebrim;
use crate::error::DecodeError;
use crate::metadata::Submission;
use crate::validate::{self, Accepted, Receiver};
use ihe_atna::{TransactionEvent, transactions};

/// wsa:Action of the request.
pub const REQUEST_ACTION: &str = "urn:ihe:iti:2007:RegisterDocumentSet-b";
/// wsa:Action of the response.
pub const RESPONSE_ACTION: &str = "urn:ihe:iti:2007:RegisterDocumentSet-bResponse";

/// Reads and judges a submission as a Document Registry; symbolic ids become UUIDs.
pub fn decode(body: &str, rules: &Rules) -> Result<Submission, DecodeError> {
    Ok(accept(body, rules)?.submission)
}

/// As [`decode`], with the ids as sent, by which what is found later is located.
pub fn accept(body: &str, rules: &Rules) -> Result<Accepted, DecodeError> {
    let packed = ebrim::submit_objects_request(body, &rules.limits)?;
    Ok(validate::submission(packed, Receiver::Registry, rules)?)
}

/// Writes a submission.
pub fn encode(submission: &Submission) -> String {
    ebrim::submission_to_xml(submission)
}

/// The audit events of one exchange, for either side (ITI TF-2 3.42.5.1).
pub fn audit(ends: &Ends, subject: &Subject, verdict: &Verdict) -> Vec<TransactionEvent> {
    let transaction = transactions::ITI_42.label();
    events(ends, moved(ends), transaction, subject.objects(), verdict)
}

#[cfg(test)]
mod tests;
