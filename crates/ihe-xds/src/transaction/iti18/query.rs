//! The stored queries as types (ITI TF-2 3.18.4.1.2.3.7).

mod by_id;
mod by_patient;
mod documents;

pub use by_id::{
    GetAssociations, GetDocuments, GetDocumentsAndAssociations, GetFolderAndContents, GetFolders,
    GetFoldersForDocument, GetRelatedDocuments, GetSubmissionSetAndContents, GetSubmissionSets,
};
pub use by_patient::{FindFolders, FindSubmissionSets, GetAll};
pub use documents::{Exclusions, FindDocuments, FindDocumentsByReferenceId, FindDocumentsExclude};

use super::coding::{Field, fields};
use super::definition::Definition;
use super::names::{CONFIDENTIALITY, FORMAT, TYPE};
use super::parameters::Parameters;
use super::tables;
use crate::metadata::{Code, ObjectType};

macro_rules! stored_queries {
    ($($(#[$doc:meta])* $query:ident = $definition:ident),+ $(,)?) => {
        /// A stored query with its parameters.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum StoredQuery {
            $($(#[$doc])* $query(Box<$query>)),+
        }

        impl StoredQuery {
            /// What the query is, in the table.
            pub fn definition(&self) -> &'static Definition {
                match self {
                    $(Self::$query(_) => &tables::$definition),+
                }
            }

            /// Its parameters by name.
            pub fn parameters(&self) -> Parameters {
                let mut parameters = Parameters::of(self.definition());
                match self {
                    $(Self::$query(query) => query.write(&mut parameters, &[])),+
                }
                parameters
            }

            /// The query of parameters that have been judged.
            pub(super) fn read(from: &Parameters) -> Option<Self> {
                Some(match from.definition().id() {
                    $(id if id == tables::$definition.id => {
                        Self::$query(Box::new(Field::read(from, &[])))
                    })+
                    _ => return None,
                })
            }
        }

        $(impl From<$query> for StoredQuery {
            fn from(query: $query) -> Self {
                Self::$query(Box::new(query))
            }
        })+
    };
}

stored_queries! {
    /// FindDocuments (3.18.4.1.2.3.7.1)
    FindDocuments = FIND_DOCUMENTS,
    /// FindSubmissionSets (3.18.4.1.2.3.7.2)
    FindSubmissionSets = FIND_SUBMISSION_SETS,
    /// FindFolders (3.18.4.1.2.3.7.3)
    FindFolders = FIND_FOLDERS,
    /// GetAll (3.18.4.1.2.3.7.4)
    GetAll = GET_ALL,
    /// GetDocuments (3.18.4.1.2.3.7.5)
    GetDocuments = GET_DOCUMENTS,
    /// GetFolders (3.18.4.1.2.3.7.6)
    GetFolders = GET_FOLDERS,
    /// GetAssociations (3.18.4.1.2.3.7.7)
    GetAssociations = GET_ASSOCIATIONS,
    /// GetDocumentsAndAssociations (3.18.4.1.2.3.7.8)
    GetDocumentsAndAssociations = GET_DOCUMENTS_AND_ASSOCIATIONS,
    /// GetSubmissionSets (3.18.4.1.2.3.7.9)
    GetSubmissionSets = GET_SUBMISSION_SETS,
    /// GetSubmissionSetAndContents (3.18.4.1.2.3.7.10)
    GetSubmissionSetAndContents = GET_SUBMISSION_SET_AND_CONTENTS,
    /// GetFolderAndContents (3.18.4.1.2.3.7.11)
    GetFolderAndContents = GET_FOLDER_AND_CONTENTS,
    /// GetFoldersForDocument (3.18.4.1.2.3.7.12)
    GetFoldersForDocument = GET_FOLDERS_FOR_DOCUMENT,
    /// GetRelatedDocuments (3.18.4.1.2.3.7.13)
    GetRelatedDocuments = GET_RELATED_DOCUMENTS,
    /// FindDocumentsByReferenceId (3.18.4.1.2.3.7.14)
    FindDocumentsByReferenceId = FIND_DOCUMENTS_BY_REFERENCE_ID,
    /// FindDocumentsExclude (CP-ITI-1323)
    FindDocumentsExclude = FIND_DOCUMENTS_EXCLUDE,
}

impl StoredQuery {
    /// The query id, `urn:uuid:` form.
    pub fn id(&self) -> &'static str {
        self.definition().id()
    }

    /// The patient the query names, 0..1.
    pub fn patient_id(&self) -> Option<&str> {
        Some(match self {
            Self::FindDocuments(query) => &query.patient_id,
            Self::FindSubmissionSets(query) => &query.patient_id,
            Self::FindFolders(query) => &query.patient_id,
            Self::GetAll(query) => &query.patient_id,
            Self::FindDocumentsByReferenceId(query) => &query.documents.patient_id,
            Self::FindDocumentsExclude(query) => &query.documents.patient_id,
            _ => return None,
        })
    }
}

/// A half-open interval of time: `from <= value < to`; DTM in UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// First moment that matches, 0..1.
    pub from: Option<String>,
    /// First moment that matches no more, 0..1.
    pub to: Option<String>,
}

impl TimeRange {
    /// From a moment on and before another; DTM in UTC of any precision.
    pub fn between(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            from: Some(from.into()),
            to: Some(to.into()),
        }
    }
}

/// By which ids objects are asked for: exactly one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ids {
    /// entryUUIDs, 1..n.
    EntryUuids(Vec<String>),
    /// uniqueIds, 1..n.
    UniqueIds(Vec<String>),
}

/// The id of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Id {
    /// entryUUID
    EntryUuid(String),
    /// uniqueId
    UniqueId(String),
}

/// Which DocumentEntries of a container are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// $XDSDocumentEntryFormatCode, 0..n.
    pub format_codes: Vec<Code>,
    /// $XDSDocumentEntryConfidentialityCode, 0..n and of or.
    pub confidentiality_codes: Vec<Vec<Code>>,
    /// $XDSDocumentEntryType, 0..n; none means Stable (XDS-T-036).
    pub object_types: Vec<ObjectType>,
}

fields!(Contents {
    format_codes: [FORMAT],
    confidentiality_codes: [CONFIDENTIALITY],
    object_types: [TYPE],
});

#[cfg(test)]
mod tests;
