//! The abstract metadata model of document sharing (ITI TF-3 4.1): what is known about a document, free of its ebRIM clothes.
//!
//! The attributes of the metadata objects are texts as received, so that a foreign answer is read without loss.
//! [`Oid`], [`EntryUuid`], [`Uri`], [`Dtm`], [`Cx`], [`Xcn`], [`Xon`], [`Xtn`], [`Sha1Hash`] and [`LanguageCode`] are the checked view of such a text, and what a builder is given:
//!
//! ```
//! use ihe_xds::metadata::{Cx, DocumentBuilder, Dtm, Sha1Hash};
//! let entry = DocumentBuilder::new("text/plain", "ja-JP")
//!     .created("20240229".parse::<Dtm>()?)
//!     .source_patient_id(Cx::new("4711", "1.2.392.200.1000")?)
//!     .build();
//! assert_eq!(Dtm::parse(entry.creation_time.as_deref().unwrap_or_default())?.as_str(), "20240229");
//! assert_eq!(Sha1Hash::parse("da39").unwrap_err().to_string(), "not a SHA-1 hash (40 hexadecimal digits)");
//! # Ok::<(), ihe_xds::metadata::Invalid>(())
//! ```

mod association;
mod builder;
mod document_entry;
mod folder;
mod identifiers;
mod people;
mod submission_set;
mod value;

pub use association::{Association, AssociationType, SubmissionSetStatus};
pub use builder::{DocumentBuilder, SubmissionBuilder};
pub use document_entry::{DocumentEntry, ObjectType};
pub use folder::Folder;
pub use identifiers::{Dtm, EntryUuid, Invalid, LanguageCode, Oid, Sha1Hash, Uri};
pub use people::{Cx, Xcn, Xon, Xtn};
pub use submission_set::SubmissionSet;
pub use value::{Author, Code, LocalizedString, Slot, Status};

/// One submission (ITI TF-3 4.2.1): exactly one SubmissionSet and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The SubmissionSet, exactly one.
    pub submission_set: SubmissionSet,
    /// DocumentEntries, 0..n, in wire order.
    pub documents: Vec<DocumentEntry>,
    /// Folders, 0..n, in wire order.
    pub folders: Vec<Folder>,
    /// Associations, 0..n, in wire order.
    pub associations: Vec<Association>,
}

/// The objects of a query's answer (ITI TF-2 3.18.4.1.2.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Objects {
    /// SubmissionSets, 0..n.
    pub submission_sets: Vec<SubmissionSet>,
    /// DocumentEntries, 0..n.
    pub documents: Vec<DocumentEntry>,
    /// Folders, 0..n.
    pub folders: Vec<Folder>,
    /// Associations, 0..n.
    pub associations: Vec<Association>,
    /// entryUUIDs of ObjectRefs, 0..n.
    pub references: Vec<String>,
}

impl Objects {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.submission_sets.is_empty()
            && self.documents.is_empty()
            && self.folders.is_empty()
            && self.associations.is_empty()
            && self.references.is_empty()
    }

    /// The entryUUIDs of every object and reference, for an ObjectRef answer.
    pub fn entry_uuids(&self) -> impl Iterator<Item = &str> {
        let sets = self
            .submission_sets
            .iter()
            .map(|set| set.entry_uuid.as_str());
        let documents = self.documents.iter().map(|entry| entry.entry_uuid.as_str());
        let folders = self.folders.iter().map(|folder| folder.entry_uuid.as_str());
        let associations = self.associations.iter().map(|one| one.entry_uuid.as_str());
        let references = self.references.iter().map(String::as_str);
        sets.chain(documents)
            .chain(folders)
            .chain(associations)
            .chain(references)
    }
}

#[cfg(test)]
pub(crate) mod tests;
