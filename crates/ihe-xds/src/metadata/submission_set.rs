//! SubmissionSet (ITI TF-3 4.2.3.3).

use super::{Author, Code, LocalizedString, Slot, Status};
use std::fmt;

/// Metadata of one submission (ITI TF-3 4.2.3.3). Debug leaves out everything about the patient.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SubmissionSet {
    /// entryUUID, 1..1, `urn:uuid:` form.
    pub entry_uuid: String,
    /// uniqueId, 1..1, OID.
    pub unique_id: String,
    /// patientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// sourceId, 1..1, OID.
    pub source_id: String,
    /// submissionTime, 1..1, DTM in UTC.
    pub submission_time: String,
    /// contentTypeCode, 1..1.
    pub content_type_code: Code,
    /// author, 0..n.
    pub authors: Vec<Author>,
    /// title, 0..1, less than 256 characters.
    pub title: Option<LocalizedString>,
    /// comments, 0..1.
    pub comments: Option<LocalizedString>,
    /// intendedRecipient, 0..n, `XON|XCN|XTN`.
    pub intended_recipients: Vec<String>,
    /// homeCommunityId, 0..1, `urn:oid:` form.
    pub home_community_id: Option<String>,
    /// availabilityStatus, always Approved.
    pub status: Status,
    /// Extra metadata, 0..n.
    pub extra: Vec<Slot>,
}

impl fmt::Debug for SubmissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmissionSet")
            .field("entry_uuid", &self.entry_uuid)
            .field("unique_id", &self.unique_id)
            .field("source_id", &self.source_id)
            .finish_non_exhaustive()
    }
}
