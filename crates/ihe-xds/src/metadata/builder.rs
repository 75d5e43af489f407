//! Builders that make valid metadata easy for a Document Source (ITI TF-3 table 4.3.1-3).

use super::{
    Association, AssociationType, Author, Code, DocumentEntry, Dtm, EntryUuid, Folder,
    LocalizedString, Oid, Submission, SubmissionSet, SubmissionSetStatus,
};

/// Builds one DocumentEntry; ids are made, what is required is asked for by [`DocumentBuilder::new`].
#[derive(Clone, Debug)]
pub struct DocumentBuilder {
    entry: DocumentEntry,
}

impl DocumentBuilder {
    /// A Stable entry with fresh entryUUID and uniqueId, created now. The codes are set by the further verbs.
    pub fn new(mime_type: &str, language_code: &str) -> Self {
        Self {
            entry: DocumentEntry {
                entry_uuid: EntryUuid::random().into(),
                unique_id: Oid::random().into(),
                mime_type: mime_type.to_owned(),
                language_code: language_code.to_owned(),
                creation_time: Some(Dtm::now().into()),
                ..DocumentEntry::default()
            },
        }
    }

    /// uniqueId other than the fresh one.
    pub fn unique_id(mut self, id: impl Into<String>) -> Self {
        self.entry.unique_id = id.into();
        self
    }

    /// classCode, typeCode and formatCode: what the document is.
    pub fn kind(mut self, class: Code, type_code: Code, format: Code) -> Self {
        self.entry.class_code = class;
        self.entry.type_code = type_code;
        self.entry.format_code = format;
        self
    }

    /// healthcareFacilityTypeCode and practiceSettingCode: where it was made.
    pub fn place(mut self, facility: Code, practice: Code) -> Self {
        self.entry.healthcare_facility_type_code = facility;
        self.entry.practice_setting_code = practice;
        self
    }

    /// One more confidentialityCode.
    pub fn confidentiality(mut self, code: Code) -> Self {
        self.entry.confidentiality_codes.push(code);
        self
    }

    /// One more eventCode.
    pub fn event(mut self, code: Code) -> Self {
        self.entry.event_codes.push(code);
        self
    }

    /// One more author.
    pub fn author(mut self, author: Author) -> Self {
        self.entry.authors.push(author);
        self
    }

    /// title
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.entry.title = Some(LocalizedString::new(title));
        self
    }

    /// sourcePatientId, `id^^^&oid&ISO`.
    pub fn source_patient_id(mut self, id: impl Into<String>) -> Self {
        self.entry.source_patient_id = Some(id.into());
        self
    }

    /// sourcePatientInfo values, `PID-n|value`.
    pub fn source_patient_info(mut self, values: Vec<String>) -> Self {
        self.entry.source_patient_info = values;
        self
    }

    /// creationTime, DTM in UTC.
    pub fn created(mut self, time: impl Into<String>) -> Self {
        self.entry.creation_time = Some(time.into());
        self
    }

    /// serviceStartTime and serviceStopTime, DTM in UTC.
    pub fn service(mut self, start: impl Into<String>, stop: impl Into<String>) -> Self {
        self.entry.service_start_time = Some(start.into());
        self.entry.service_stop_time = Some(stop.into());
        self
    }

    /// hash (SHA-1 in hex) and size in bytes of the document.
    pub fn content(mut self, hash: impl Into<String>, size: u64) -> Self {
        self.entry.hash = Some(hash.into());
        self.entry.size = Some(size);
        self
    }

    /// The entry as built so far; the patient id comes from the submission.
    pub fn build(self) -> DocumentEntry {
        self.entry
    }
}

/// Builds one submission: SubmissionSet, entries, folders and the associations between them.
#[derive(Clone, Debug)]
pub struct SubmissionBuilder {
    submission: Submission,
}

impl SubmissionBuilder {
    /// A submission now, for one patient (`id^^^&oid&ISO`), from one source (OID).
    pub fn new(patient_id: &str, source_id: &str, content_type: Code) -> Self {
        let submission_set = SubmissionSet {
            entry_uuid: EntryUuid::random().into(),
            unique_id: Oid::random().into(),
            patient_id: patient_id.to_owned(),
            source_id: source_id.to_owned(),
            submission_time: Dtm::now().into(),
            content_type_code: content_type,
            ..SubmissionSet::default()
        };
        let submission = Submission {
            submission_set,
            documents: Vec::new(),
            folders: Vec::new(),
            associations: Vec::new(),
        };
        Self { submission }
    }

    /// One more author of the SubmissionSet.
    pub fn author(mut self, author: Author) -> Self {
        self.submission.submission_set.authors.push(author);
        self
    }

    /// Title of the SubmissionSet.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.submission.submission_set.title = Some(LocalizedString::new(title));
        self
    }

    /// Comments of the SubmissionSet.
    pub fn comments(mut self, comments: impl Into<String>) -> Self {
        self.submission.submission_set.comments = Some(LocalizedString::new(comments));
        self
    }

    /// One more intendedRecipient, `XON|XCN|XTN`.
    pub fn intended_recipient(mut self, recipient: impl Into<String>) -> Self {
        let recipients = &mut self.submission.submission_set.intended_recipients;
        recipients.push(recipient.into());
        self
    }

    /// A new document: entry and its Original membership.
    pub fn document(mut self, mut entry: DocumentEntry) -> Self {
        entry
            .patient_id
            .clone_from(&self.submission.submission_set.patient_id);
        let target = entry.entry_uuid.clone();
        self.submission.documents.push(entry);
        self.membership(target, Some(SubmissionSetStatus::Original));
        self
    }

    /// A document that takes the place of one in the Registry (RPLC).
    pub fn replacement(self, entry: DocumentEntry, old_entry_uuid: &str) -> Self {
        self.related(entry, AssociationType::Rplc, old_entry_uuid)
    }

    /// A document with a relationship to one in the Registry.
    pub fn related(self, entry: DocumentEntry, kind: AssociationType, target: &str) -> Self {
        let source = entry.entry_uuid.clone();
        self.document(entry).relation(kind, &source, target)
    }

    /// A relationship of an entry of this submission to one more document of the Registry.
    pub fn relation(mut self, kind: AssociationType, source: &str, target: &str) -> Self {
        let relation = association(kind, source.to_owned(), target.to_owned());
        self.submission.associations.push(relation);
        self
    }

    /// A new folder that holds entries of this submission or of the Registry, given by entryUUID.
    pub fn folder(mut self, mut folder: Folder, entry_uuids: &[&str]) -> Self {
        folder
            .patient_id
            .clone_from(&self.submission.submission_set.patient_id);
        let source = folder.entry_uuid.clone();
        self.submission.folders.push(folder);
        self.membership(source.clone(), None);
        for entry in entry_uuids {
            self = self.into_folder(&source, entry);
        }
        self
    }

    /// Puts an entry into a folder, both given by entryUUID.
    pub fn into_folder(mut self, folder_uuid: &str, entry_uuid: &str) -> Self {
        let kind = AssociationType::HasMember;
        let inner = association(kind, folder_uuid.to_owned(), entry_uuid.to_owned());
        let target = inner.entry_uuid.clone();
        self.submission.associations.push(inner);
        self.membership(target, None);
        self
    }

    /// The submission.
    pub fn build(self) -> Submission {
        self.submission
    }

    fn membership(&mut self, target: String, status: Option<SubmissionSetStatus>) {
        let source = self.submission.submission_set.entry_uuid.clone();
        let mut member = association(AssociationType::HasMember, source, target);
        member.submission_set_status = status;
        self.submission.associations.push(member);
    }
}

fn association(association_type: AssociationType, source: String, target: String) -> Association {
    Association {
        entry_uuid: EntryUuid::random().into(),
        association_type,
        source,
        target,
        ..Association::default()
    }
}
