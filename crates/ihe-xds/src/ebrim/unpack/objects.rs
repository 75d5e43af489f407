//! DocumentEntry, SubmissionSet, Folder and Association out of their carriers (ITI TF-3 tables 4.2.3.2-1, 4.2.3.3-1, 4.2.3.4-1, 4.2.2-1).

use super::Unpacker;
use crate::ebrim::read::Object;
use crate::ebrim::schemes::{association, document, folder, submission_set};
use crate::ebrim::slots::{Presence, Slots};
use crate::error::ErrorCode;
use crate::metadata::{
    Association, AssociationType, DocumentEntry, Folder, ObjectType, Status, SubmissionSet,
    SubmissionSetStatus,
};
use crate::validate::Receiver;
use crate::validate::findings::Place;
use crate::validate::value;

fn is_size(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

fn is_seconds(text: &str) -> bool {
    text.len() == 14 && value::is_dtm(text)
}

fn status(urn: Option<&str>) -> Status {
    urn.and_then(Status::from_urn).unwrap_or_default()
}

/// What the Registry, unlike the Repository, cannot do without.
fn registry_needs(receiver: Option<Receiver>) -> Presence {
    match receiver {
        Some(Receiver::Registry | Receiver::OnDemandRegistry) => Presence::Required,
        _ => Presence::Optional,
    }
}

impl Unpacker<'_> {
    pub(crate) fn document_entry(&mut self, object: Object) -> DocumentEntry {
        let place = Place::of("DocumentEntry", &object);
        let mut entry = self.document_attributes(&place, &object);
        self.document_slots(&place, &mut entry, object.slots);
        let id = object.id.as_deref();
        let mut coded = self.coded(
            &place,
            id,
            object.classifications,
            &document::CODES,
            document::AUTHOR,
        );
        entry.authors = std::mem::take(&mut coded.authors);
        entry.class_code = coded.one(document::CLASS);
        entry.confidentiality_codes = coded.all(document::CONFIDENTIALITY);
        entry.event_codes = coded.all(document::EVENT);
        entry.format_code = coded.one(document::FORMAT);
        entry.healthcare_facility_type_code = coded.one(document::FACILITY);
        entry.practice_setting_code = coded.one(document::PRACTICE);
        entry.type_code = coded.one(document::TYPE);
        let mut ids = self.identifiers(&place, id, object.identifiers, &document::IDENTIFIERS);
        let patient = ids.remove(document::PATIENT_ID);
        entry.patient_id = self.identified(&place, "patientId", patient, value::is_cx);
        let unique = ids.remove(document::UNIQUE_ID);
        entry.unique_id = self.identified(&place, "uniqueId", unique, value::is_identifier);
        entry.title = self.text(&place, "title", object.name, 128);
        entry.comments = self.text(&place, "comments", object.description, usize::MAX);
        self.service_times(&place, &entry);
        entry
    }

    fn document_attributes(&mut self, place: &Place, object: &Object) -> DocumentEntry {
        let object_type = object.object_type.as_deref().and_then(ObjectType::from_urn);
        let mime_type = object.mime_type.clone().unwrap_or_default();
        match (object_type, self.findings.receiver()) {
            (None, _) => self
                .findings
                .metadata(place, "objectType is missing or not known"),
            (Some(ObjectType::Stable), Some(Receiver::OnDemandRegistry)) => {
                self.findings
                    .metadata(place, "a Stable entry is not allowed here");
            }
            (Some(ObjectType::OnDemand), Some(Receiver::Registry | Receiver::Repository)) => {
                self.findings
                    .metadata(place, "an On-Demand entry is not allowed here");
            }
            _ => {}
        }
        if mime_type.is_empty() {
            self.findings.metadata(place, "mimeType is missing");
        } else if !value::is_mime_type(&mime_type) {
            self.findings
                .metadata(place, "mimeType has not the form it must have");
        } else if self
            .rules
            .codes
            .as_ref()
            .is_some_and(|t| !t.allows_mime_type(&mime_type))
        {
            self.findings
                .metadata(place, "mimeType is not one of the affinity domain");
        }
        DocumentEntry {
            entry_uuid: self.entry_uuid(place, object),
            logical_id: self.logical_id(place, object.logical_id.clone()),
            home_community_id: self.home(place, object.home.clone()),
            status: status(object.status.as_deref()),
            object_type: object_type.unwrap_or_default(),
            mime_type,
            ..DocumentEntry::default()
        }
    }

    fn document_slots(
        &mut self,
        place: &Place,
        entry: &mut DocumentEntry,
        slots: Vec<crate::metadata::Slot>,
    ) {
        use Presence::{Forbidden, Optional, Required};
        let findings = &mut *self.findings;
        let needed = registry_needs(findings.receiver());
        let (made, content) = match entry.object_type {
            ObjectType::Stable => (Required, needed),
            ObjectType::OnDemand => (Forbidden, Forbidden),
        };
        let mut slots = Slots::new(place, slots, findings);
        entry.creation_time = slots.one("creationTime", made, value::is_dtm, findings);
        entry.hash = slots.one("hash", content, value::is_sha1, findings);
        let size = slots.one("size", content, is_size, findings);
        entry.size = size.and_then(|digits| digits.parse().ok());
        let language = slots.one("languageCode", Required, value::is_language, findings);
        entry.language_code = language.unwrap_or_default();
        entry.legal_authenticator =
            slots.one("legalAuthenticator", Optional, value::is_xcn, findings);
        entry.reference_ids = slots.many(
            "urn:ihe:iti:xds:2013:referenceIdList",
            value::is_cxi,
            findings,
        );
        entry.repository_unique_id =
            slots.one("repositoryUniqueId", needed, value::is_oid, findings);
        entry.service_start_time = slots.one("serviceStartTime", Optional, value::is_dtm, findings);
        entry.service_stop_time = slots.one("serviceStopTime", Optional, value::is_dtm, findings);
        entry.source_patient_id = slots.one("sourcePatientId", Required, value::is_cx, findings);
        entry.source_patient_info =
            slots.many("sourcePatientInfo", value::is_source_patient_info, findings);
        entry.uri = slots.one("URI", Optional, value::is_uri, findings);
        entry.extra = slots.rest(findings);
    }

    /// XDS-R-056
    fn service_times(&mut self, place: &Place, entry: &DocumentEntry) {
        if let (Some(start), Some(stop)) = (&entry.service_start_time, &entry.service_stop_time)
            && value::padded(start, '0') > value::padded(stop, '9')
        {
            self.findings
                .metadata(place, "serviceStopTime is before serviceStartTime");
        }
    }

    pub(crate) fn submission_set(&mut self, object: Object) -> SubmissionSet {
        let place = Place::of("SubmissionSet", &object);
        let mut set = SubmissionSet {
            entry_uuid: self.entry_uuid(&place, &object),
            home_community_id: self.home(&place, object.home.clone()),
            status: status(object.status.as_deref()),
            ..SubmissionSet::default()
        };
        let findings = &mut *self.findings;
        let mut slots = Slots::new(&place, object.slots, findings);
        let time = slots.one(
            "submissionTime",
            Presence::Required,
            value::is_dtm,
            findings,
        );
        set.submission_time = time.unwrap_or_default();
        set.intended_recipients = slots.many("intendedRecipient", value::is_recipient, findings);
        set.extra = slots.rest(findings);
        let (id, codes) = (object.id.as_deref(), &submission_set::CODES);
        let mut coded = self.coded(
            &place,
            id,
            object.classifications,
            codes,
            submission_set::AUTHOR,
        );
        set.authors = std::mem::take(&mut coded.authors);
        set.content_type_code = coded.one(submission_set::CONTENT_TYPE);
        let known = &submission_set::IDENTIFIERS;
        let mut ids = self.identifiers(&place, id, object.identifiers, known);
        let patient = ids.remove(submission_set::PATIENT_ID);
        set.patient_id = self.identified(&place, "patientId", patient, value::is_cx);
        let source = ids.remove(submission_set::SOURCE_ID);
        set.source_id = self.identified(&place, "sourceId", source, value::is_oid);
        let unique = ids.remove(submission_set::UNIQUE_ID);
        set.unique_id = self.identified(&place, "uniqueId", unique, value::is_oid);
        set.title = self.text(&place, "title", object.name, 256);
        set.comments = self.text(&place, "comments", object.description, usize::MAX);
        set
    }

    pub(crate) fn folder(&mut self, object: Object) -> Folder {
        let place = Place::of("Folder", &object);
        let mut found = Folder {
            entry_uuid: self.entry_uuid(&place, &object),
            logical_id: self.logical_id(&place, object.logical_id.clone()),
            home_community_id: self.home(&place, object.home.clone()),
            status: status(object.status.as_deref()),
            ..Folder::default()
        };
        let findings = &mut *self.findings;
        let mut slots = Slots::new(&place, object.slots, findings);
        found.last_update_time =
            slots.one("lastUpdateTime", Presence::Optional, is_seconds, findings);
        found.extra = slots.rest(findings);
        let id = object.id.as_deref();
        let mut coded = self.coded(&place, id, object.classifications, &folder::CODES, "");
        found.codes = coded.all(folder::CODE_LIST);
        let mut ids = self.identifiers(&place, id, object.identifiers, &folder::IDENTIFIERS);
        let patient = ids.remove(folder::PATIENT_ID);
        found.patient_id = self.identified(&place, "patientId", patient, value::is_cx);
        let unique = ids.remove(folder::UNIQUE_ID);
        found.unique_id = self.identified(&place, "uniqueId", unique, value::is_oid);
        found.title = self.text(&place, "title", object.name, 256);
        if found.title.is_none() {
            self.findings.metadata(&place, "title is missing");
        }
        found.comments = self.text(&place, "comments", object.description, usize::MAX);
        found
    }

    /// None only for a type that is not known (XDS-R-011).
    pub(crate) fn association(&mut self, object: Object) -> Option<Association> {
        let place = Place::of("Association", &object);
        let kind = object
            .association_type
            .as_deref()
            .and_then(AssociationType::from_urn);
        if kind.is_none() {
            self.findings
                .metadata(&place, "associationType is missing or not known");
        }
        let entry_uuid = self.entry_uuid(&place, &object);
        let source = self.end(&place, "sourceObject", object.source_object.as_deref());
        let target = self.end(&place, "targetObject", object.target_object.as_deref());
        let findings = &mut *self.findings;
        let mut slots = Slots::new(&place, object.slots, findings);
        let is_status = |text: &str| SubmissionSetStatus::from_text(text).is_some();
        let set_status = slots.one(
            "SubmissionSetStatus",
            Presence::Optional,
            is_status,
            findings,
        );
        let previous_version =
            slots.one("PreviousVersion", Presence::Optional, Self::ANY, findings);
        let extra = slots.rest(findings);
        let id = object.id.as_deref();
        let codes = &association::CODES;
        let mut coded = self.coded(&place, id, object.classifications, codes, "");
        let documentation = coded.all(association::DOCUMENTATION).into_iter().next();
        if documentation.is_some() && kind == Some(AssociationType::HasMember) {
            self.findings
                .metadata(&place, "a HasMember has no documentation");
        }
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
            status: status(object.status.as_deref()),
            extra,
        })
    }

    /// The entryUUID an association points at.
    fn end(&mut self, place: &Place, name: &str, id: Option<&str>) -> String {
        let id = id.unwrap_or_default();
        if id.is_empty() {
            self.findings.metadata(place, &format!("{name} is missing"));
            return String::new();
        }
        self.ids.resolve(id).unwrap_or_else(|| {
            let context = format!("{place}: {name} names nothing in the submission");
            self.findings
                .add(ErrorCode::UnresolvedReferenceException, context);
            String::new()
        })
    }
}
