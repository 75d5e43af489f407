//! Folder (ITI TF-3 4.2.3.4).

use super::{Code, LocalizedString, Slot, Status};
use std::fmt;

/// Metadata of one folder (ITI TF-3 4.2.3.4). Debug leaves out everything about the patient.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Folder {
    /// entryUUID, 1..1, `urn:uuid:` form.
    pub entry_uuid: String,
    /// uniqueId, 1..1, OID.
    pub unique_id: String,
    /// patientId, 1..1, `id^^^&oid&ISO`.
    pub patient_id: String,
    /// title, 1..1, at most 256 characters.
    pub title: Option<LocalizedString>,
    /// comments, 0..1.
    pub comments: Option<LocalizedString>,
    /// codeList, 1..n.
    pub codes: Vec<Code>,
    /// lastUpdateTime, DTM with seconds; set by the Registry.
    pub last_update_time: Option<String>,
    /// homeCommunityId, 0..1, `urn:oid:` form.
    pub home_community_id: Option<String>,
    /// availabilityStatus, 1..1, set by the Registry.
    pub status: Status,
    /// logicalID, 0..1 (Metadata Update).
    pub logical_id: Option<String>,
    /// Extra metadata, 0..n.
    pub extra: Vec<Slot>,
}

impl fmt::Debug for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder")
            .field("entry_uuid", &self.entry_uuid)
            .field("unique_id", &self.unique_id)
            .field("status", &self.status)
            .field("codes", &self.codes.len())
            .finish_non_exhaustive()
    }
}
