//! Association (ITI TF-3 4.2.2).

use super::{Code, Slot, Status};

/// Type of an association (ITI TF-3 table 4.2.2-1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AssociationType {
    /// Membership in a SubmissionSet or Folder.
    #[default]
    HasMember,
    /// Replacement.
    Rplc,
    /// Transformation.
    Xfrm,
    /// Addendum.
    Apnd,
    /// Transformation and replacement.
    XfrmRplc,
    /// Signature.
    Signs,
    /// Snapshot of an On-Demand document.
    IsSnapshotOf,
}

impl AssociationType {
    /// All types.
    pub const ALL: [Self; 7] = [
        Self::HasMember,
        Self::Rplc,
        Self::Xfrm,
        Self::Apnd,
        Self::XfrmRplc,
        Self::Signs,
        Self::IsSnapshotOf,
    ];

    /// The URN written in `associationType`.
    pub fn urn(self) -> &'static str {
        match self {
            Self::HasMember => "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember",
            Self::Rplc => "urn:ihe:iti:2007:AssociationType:RPLC",
            Self::Xfrm => "urn:ihe:iti:2007:AssociationType:XFRM",
            Self::Apnd => "urn:ihe:iti:2007:AssociationType:APND",
            Self::XfrmRplc => "urn:ihe:iti:2007:AssociationType:XFRM_RPLC",
            Self::Signs => "urn:ihe:iti:2007:AssociationType:signs",
            Self::IsSnapshotOf => "urn:ihe:iti:2010:AssociationType:IsSnapshotOf",
        }
    }

    /// The type of a URN.
    pub fn from_urn(urn: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.urn() == urn)
    }

    /// Whether it relates two DocumentEntries (everything but HasMember).
    pub fn is_relationship(self) -> bool {
        self != Self::HasMember
    }

    /// Whether the target becomes Deprecated (RPLC, XFRM_RPLC).
    pub fn replaces(self) -> bool {
        matches!(self, Self::Rplc | Self::XfrmRplc)
    }
}

/// How a SubmissionSet came to hold a DocumentEntry (ITI TF-3 4.2.2.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubmissionSetStatus {
    /// The entry is part of this submission.
    Original,
    /// The entry was already in the Registry.
    Reference,
}

impl SubmissionSetStatus {
    /// The Slot value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Original => "Original",
            Self::Reference => "Reference",
        }
    }

    /// The status of a Slot value.
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Original, Self::Reference]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A relation between two objects (ITI TF-3 4.2.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Association {
    /// entryUUID, 1..1, `urn:uuid:` form.
    pub entry_uuid: String,
    /// associationType, 1..1.
    pub association_type: AssociationType,
    /// sourceObject, 1..1, entryUUID.
    pub source: String,
    /// targetObject, 1..1, entryUUID.
    pub target: String,
    /// SubmissionSetStatus, 1..1 from a SubmissionSet to a DocumentEntry.
    pub submission_set_status: Option<SubmissionSetStatus>,
    /// PreviousVersion, 0..1 (Metadata Update).
    pub previous_version: Option<String>,
    /// Association documentation, 0..1, not on HasMember.
    pub documentation: Option<Code>,
    /// availabilityStatus, set by the Registry.
    pub status: Status,
    /// Extra metadata, 0..n.
    pub extra: Vec<Slot>,
}
