//! DocumentEntry, SubmissionSet, Folder and Association out of their carriers (ITI TF-3 tables 4.2.3.2-1, 4.2.3.3-1, 4.2.3.4-1, 4.2.2-1).

use super::Unpacker;
use crate::ebrim::read::Object;
use crate::ebrim::schemes::{SlotAttribute, association, document, folder, submission_set};
use crate::ebrim::slots::Slots;
use crate::error::{ErrorCode, Location, shown};
use crate::metadata::{
    Association, AssociationType, DocumentEntry, Folder, ObjectType, Slot, Status, SubmissionSet,
    SubmissionSetStatus,
};
use crate::validate::Receiver;
use crate::validate::form;
use crate::validate::hl7::ONCE;
use crate::validate::value;

/// Longest titles in characters (ITI TF-3 4.2.3.2.24 "less than 128", 4.2.3.3.11 "less than 256", 4.2.3.4.8 "max 256").
const DOCUMENT_TITLE: usize = 127;
const SET_TITLE: usize = 255;
const FOLDER_TITLE: usize = 256;
/// comments are unbounded (ITI TF-3 4.2.3.2.4).
const COMMENTS: usize = usize::MAX;

/// What a receiver takes (ITI TF-2 3.41.4.1.2, 3.42.4.1.2, 3.61.4.1.2).
fn taken_by(receiver: Receiver) -> ObjectType {
    match receiver {
        Receiver::Repository | Receiver::Registry => ObjectType::Stable,
        Receiver::RegistryOnDemand => ObjectType::OnDemand,
    }
}

fn in_words(object_type: ObjectType) -> &'static str {
    match object_type {
        ObjectType::Stable => "Stable",
        ObjectType::OnDemand => "On-Demand",
    }
}

impl Unpacker<'_> {
    pub(crate) fn document_entry(&mut self, place: &Location, mut object: Object) -> DocumentEntry {
        let mut entry = self.document_attributes(place, &mut object);
        self.document_slots(place, &mut entry, object.slots);
        let id = object.id.as_deref();
        let (codes, author) = (&document::CODES, document::AUTHOR);
        let mut coded = self.coded(place, id, object.classifications, codes, author);
        entry.authors = std::mem::take(&mut coded.authors);
        entry.class_code = coded.one(document::CLASS);
        entry.confidentiality_codes = coded.all(document::CONFIDENTIALITY);
        entry.event_codes = coded.all(document::EVENT);
        entry.format_code = coded.one(document::FORMAT);
        entry.healthcare_facility_type_code = coded.one(document::FACILITY);
        entry.practice_setting_code = coded.one(document::PRACTICE);
        entry.type_code = coded.one(document::TYPE);
        let mut ids = self.identifiers(place, id, object.identifiers, &document::IDENTIFIERS);
        entry.patient_id = ids.take(document::PATIENT_ID);
        entry.unique_id = ids.take(document::UNIQUE_ID);
        entry.title = self.text(&place.attribute("title"), object.name, DOCUMENT_TITLE);
        entry.comments = self.text(&place.attribute("comments"), object.description, COMMENTS);
        self.service_times(place, &entry);
        entry
    }

    fn document_attributes(&mut self, place: &Location, object: &mut Object) -> DocumentEntry {
        let status = object.status.as_deref().and_then(Status::from_urn);
        DocumentEntry {
            entry_uuid: self.entry_uuid(place, object),
            logical_id: self.logical_id(place, object),
            home_community_id: self.home(place, object.home.take()),
            status: status.unwrap_or_default(),
            object_type: self.object_type(place, object.object_type.as_deref()),
            mime_type: self.mime_type(place, object.mime_type.take()),
            ..DocumentEntry::default()
        }
    }

    fn object_type(&mut self, place: &Location, urn: Option<&str>) -> ObjectType {
        let place = place.attribute("objectType");
        let found = urn.and_then(ObjectType::from_urn);
        if let Some(taken) = self.findings.receiver().map(taken_by)
            && found != Some(taken)
        {
            let sent = found.map_or("missing or not known", in_words);
            let what = format!("is {sent}; here it is {}, {}", in_words(taken), taken.urn());
            self.findings.metadata(&place, &what);
        }
        found.unwrap_or_default()
    }

    /// XDS-R-057
    fn mime_type(&mut self, place: &Location, mime_type: Option<String>) -> String {
        let place = place.attribute("mimeType");
        let mime_type = mime_type.unwrap_or_default();
        if mime_type.is_empty() {
            self.findings.metadata(&place, "is missing");
        } else if !value::is_mime_type(&mime_type) {
            self.findings.form(&place, form::MIME_TYPE);
        } else if !self.rules.domain.allows_mime_type(&mime_type) {
            let domain = self.rules.domain.mime_types_in_words();
            let what = format!("{} is not allowed; {domain}", shown(&mime_type));
            self.findings.metadata(&place, &what);
        }
        mime_type
    }

    fn document_slots(&mut self, place: &Location, entry: &mut DocumentEntry, slots: Vec<Slot>) {
        use document as known;
        let findings = &mut *self.findings;
        let mut slots = Slots::new(place, slots, findings);
        let mut one = |attribute: &SlotAttribute| slots.one(attribute, findings);
        entry.creation_time = one(&known::CREATION_TIME);
        entry.hash = one(&known::HASH);
        entry.size = one(&known::SIZE).and_then(|digits| digits.parse().ok());
        entry.language_code = one(&known::LANGUAGE).unwrap_or_default();
        entry.legal_authenticator = one(&known::LEGAL_AUTHENTICATOR);
        entry.repository_unique_id = one(&known::REPOSITORY);
        entry.service_start_time = one(&known::SERVICE_START);
        entry.service_stop_time = one(&known::SERVICE_STOP);
        entry.source_patient_id = one(&known::SOURCE_PATIENT_ID);
        entry.uri = one(&known::URI);
        entry.reference_ids = slots.many(&known::REFERENCE_IDS, findings);
        entry.source_patient_info = slots.many(&known::SOURCE_PATIENT_INFO, findings);
        entry.extra = slots.rest(Some(&known::AVAILABILITY), findings);
        self.fields_once(place, &entry.source_patient_info);
    }

    /// PID-7 and PID-8 occur once (ITI TF-3 4.2.3.2.23).
    fn fields_once(&mut self, place: &Location, info: &[String]) {
        for field in ONCE {
            let is_it = |value: &&String| value.split('|').next() == Some(field);
            if info.iter().filter(is_it).count() > 1 {
                let what = format!("{field} occurs more than once; one is allowed");
                self.findings
                    .metadata(&place.attribute(document::SOURCE_PATIENT_INFO.name), &what);
            }
        }
    }

    /// XDS-R-056
    fn service_times(&mut self, place: &Location, entry: &DocumentEntry) {
        if let (Some(start), Some(stop)) = (&entry.service_start_time, &entry.service_stop_time)
            && value::padded(start, '0') > value::padded(stop, '9')
        {
            self.findings.metadata(
                &place.attribute("serviceStopTime"),
                "is before serviceStartTime",
            );
        }
    }

    pub(crate) fn submission_set(&mut self, place: &Location, mut object: Object) -> SubmissionSet {
        let mut set = SubmissionSet {
            entry_uuid: self.entry_uuid(place, &object),
            home_community_id: self.home(place, object.home.take()),
            status: self.always_approved(place, object.status.as_deref()),
            ..SubmissionSet::default()
        };
        let findings = &mut *self.findings;
        let mut slots = Slots::new(place, object.slots, findings);
        let time = slots.one(&submission_set::SUBMISSION_TIME, findings);
        set.submission_time = time.unwrap_or_default();
        set.intended_recipients = slots.many(&submission_set::RECIPIENTS, findings);
        set.extra = slots.rest(None, findings);
        let (id, codes) = (object.id.as_deref(), &submission_set::CODES);
        let author = submission_set::AUTHOR;
        let mut coded = self.coded(place, id, object.classifications, codes, author);
        set.authors = std::mem::take(&mut coded.authors);
        set.content_type_code = coded.one(submission_set::CONTENT_TYPE);
        let known = &submission_set::IDENTIFIERS;
        let mut ids = self.identifiers(place, id, object.identifiers, known);
        set.patient_id = ids.take(submission_set::PATIENT_ID);
        set.source_id = ids.take(submission_set::SOURCE_ID);
        set.unique_id = ids.take(submission_set::UNIQUE_ID);
        set.title = self.text(&place.attribute("title"), object.name, SET_TITLE);
        set.comments = self.text(&place.attribute("comments"), object.description, COMMENTS);
        set
    }

    pub(crate) fn folder(&mut self, place: &Location, mut object: Object) -> Folder {
        let mut found = Folder {
            entry_uuid: self.entry_uuid(place, &object),
            logical_id: self.logical_id(place, &mut object),
            home_community_id: self.home(place, object.home.take()),
            status: self.always_approved(place, object.status.as_deref()),
            ..Folder::default()
        };
        let findings = &mut *self.findings;
        let mut slots = Slots::new(place, object.slots, findings);
        found.last_update_time = slots.one(&folder::LAST_UPDATE, findings);
        found.extra = slots.rest(None, findings);
        let id = object.id.as_deref();
        let mut coded = self.coded(place, id, object.classifications, &folder::CODES, "");
        found.codes = coded.all(folder::CODE_LIST);
        let mut ids = self.identifiers(place, id, object.identifiers, &folder::IDENTIFIERS);
        found.patient_id = ids.take(folder::PATIENT_ID);
        found.unique_id = ids.take(folder::UNIQUE_ID);
        let title = place.attribute("title");
        found.title = self.text(&title, object.name, FOLDER_TITLE);
        if found.title.is_none() {
            self.findings.metadata(&title, "is missing");
        }
        found.comments = self.text(&place.attribute("comments"), object.description, COMMENTS);
        found
    }

    /// None only for a type that is not known (XDS-R-011).
    pub(crate) fn association(
        &mut self,
        place: &Location,
        mut object: Object,
    ) -> Option<Association> {
        let kind = object.association_type.as_deref();
        let kind = kind.and_then(AssociationType::from_urn);
        if kind.is_none() {
            let what = "is missing, or not one of table 4.2.2-1";
            self.findings
                .metadata(&place.attribute("associationType"), what);
        }
        let entry_uuid = self.entry_uuid(place, &object);
        self.logical_id(place, &mut object);
        let source = self.end(place, "sourceObject", object.source_object.as_deref());
        let target = self.end(place, "targetObject", object.target_object.as_deref());
        let findings = &mut *self.findings;
        let mut slots = Slots::new(place, object.slots, findings);
        let set_status = slots.one(&association::SET_STATUS, findings);
        let previous_version = slots.one(&association::PREVIOUS_VERSION, findings);
        let extra = slots.rest(None, findings);
        let id = object.id.as_deref();
        let codes = &association::CODES;
        let mut coded = self.coded(place, id, object.classifications, codes, "");
        let documentation = coded.all(association::DOCUMENTATION).into_iter().next();
        if documentation.is_some() && kind == Some(AssociationType::HasMember) {
            let place = place.attribute(association::DOCUMENTATION.name);
            self.findings
                .metadata(&place, "is not allowed on HasMember");
        }
        let status = object.status.as_deref().and_then(Status::from_urn);
        Some(Association {
            entry_uuid,
            association_type: kind?,
            source,
            target,
            submission_set_status: set_status
                .as_deref()
                .and_then(SubmissionSetStatus::from_text),
            previous_version,
            documentation,
            status: status.unwrap_or_default(),
            extra,
        })
    }

    /// The entryUUID an association points at.
    fn end(&mut self, place: &Location, name: &'static str, id: Option<&str>) -> String {
        let place = place.attribute(name);
        let id = id.unwrap_or_default();
        if id.is_empty() {
            self.findings.metadata(&place, "is missing");
            return String::new();
        }
        self.ids.resolve(id).unwrap_or_else(|| {
            let what = format!(
                "{} is neither an object of the submission nor a UUID URN",
                shown(id)
            );
            self.findings
                .add(ErrorCode::UnresolvedReferenceException, &place, &what);
            String::new()
        })
    }
}
