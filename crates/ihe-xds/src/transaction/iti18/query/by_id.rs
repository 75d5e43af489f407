//! The queries by entryUUID or uniqueId (ITI TF-2 3.18.4.1.2.3.7.5 to .13). Statuses are not filtered (XDS-T-043).

use super::super::coding::{Field, fields};
use super::super::names::*;
use super::super::parameters::Parameters;
use super::{Contents, Id, Ids};
use crate::metadata::{AssociationType, ObjectType};

/// GetDocuments: entries by their ids, whatever their status and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetDocuments {
    /// $XDSDocumentEntryEntryUUID or $XDSDocumentEntryUniqueId.
    pub ids: Ids,
}

fields!(GetDocuments {
    ids: [ENTRY_UUID, UNIQUE_ID],
});

/// GetFolders: Folders by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetFolders {
    /// $XDSFolderEntryUUID or $XDSFolderUniqueId.
    pub ids: Ids,
}

fields!(GetFolders {
    ids: [FOLDER_ENTRY_UUID, FOLDER_UNIQUE_ID],
});

/// GetAssociations: associations that touch objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetAssociations {
    /// $uuid, 1..n entryUUIDs.
    pub uuids: Vec<String>,
}

fields!(GetAssociations { uuids: [UUID] });

/// GetDocumentsAndAssociations: entries by their ids and the associations that touch them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetDocumentsAndAssociations {
    /// $XDSDocumentEntryEntryUUID or $XDSDocumentEntryUniqueId.
    pub ids: Ids,
}

fields!(GetDocumentsAndAssociations {
    ids: [ENTRY_UUID, UNIQUE_ID],
});

/// GetSubmissionSets: the SubmissionSets with which entries and Folders came, and their HasMembers to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSubmissionSets {
    /// $uuid, 1..n entryUUIDs of DocumentEntries and Folders.
    pub uuids: Vec<String>,
}

fields!(GetSubmissionSets { uuids: [UUID] });

/// GetSubmissionSetAndContents: a SubmissionSet, its members and the associations between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSubmissionSetAndContents {
    /// $XDSSubmissionSetEntryUUID or $XDSSubmissionSetUniqueId.
    pub id: Id,
    /// Which of the DocumentEntries.
    pub contents: Contents,
}

fields!(GetSubmissionSetAndContents {
    id: [SET_ENTRY_UUID, SET_UNIQUE_ID],
    contents: [],
});

impl GetSubmissionSetAndContents {
    /// All Stable contents.
    pub fn new(id: Id) -> Self {
        Self {
            id,
            contents: Contents::default(),
        }
    }
}

/// GetFolderAndContents: a Folder, its entries and the HasMembers between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetFolderAndContents {
    /// $XDSFolderEntryUUID or $XDSFolderUniqueId.
    pub id: Id,
    /// Which of the DocumentEntries.
    pub contents: Contents,
}

fields!(GetFolderAndContents {
    id: [FOLDER_ENTRY_UUID, FOLDER_UNIQUE_ID],
    contents: [],
});

impl GetFolderAndContents {
    /// All Stable contents.
    pub fn new(id: Id) -> Self {
        Self {
            id,
            contents: Contents::default(),
        }
    }
}

/// GetFoldersForDocument: the Folders that hold an entry; Folders only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetFoldersForDocument {
    /// $XDSDocumentEntryEntryUUID or $XDSDocumentEntryUniqueId.
    pub id: Id,
}

fields!(GetFoldersForDocument {
    id: [ENTRY_UUID, UNIQUE_ID],
});

/// GetRelatedDocuments: the associations between an entry and others, and the entries at both ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetRelatedDocuments {
    /// $XDSDocumentEntryEntryUUID or $XDSDocumentEntryUniqueId.
    pub id: Id,
    /// $AssociationTypes, 1..n.
    pub association_types: Vec<AssociationType>,
    /// $XDSDocumentEntryType, 0..n; none means Stable (XDS-T-036).
    pub object_types: Vec<ObjectType>,
}

fields!(GetRelatedDocuments {
    id: [ENTRY_UUID, UNIQUE_ID],
    association_types: [ASSOCIATION_TYPES],
    object_types: [TYPE],
});

impl GetRelatedDocuments {
    /// Stable entries related by any of these types.
    pub fn new(id: Id, association_types: impl IntoIterator<Item = AssociationType>) -> Self {
        Self {
            id,
            association_types: association_types.into_iter().collect(),
            object_types: Vec::new(),
        }
    }
}
