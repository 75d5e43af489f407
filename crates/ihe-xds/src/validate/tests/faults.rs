//! One fault each, injected into a valid submission: its name, the error it must give, and where.

use super::fixture::*;
use crate::ebrim::schemes::{association, author, document, folder, submission_set};
use crate::ebrim::{Classification, Packed};
use crate::error::ErrorCode::{
    self, UnresolvedReferenceException as Unresolved, XdsPatientIdDoesNotMatch as OtherPatient,
    XdsRegistryDuplicateUniqueIdInMessage as Twice, XdsRegistryMetadataError as Metadata,
    XdsUnknownPatientId as UnknownPatient,
};
use crate::metadata::{AssociationType, LocalizedString, ObjectType, Status};

pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) inject: fn(&mut Packed),
    pub(super) code: ErrorCode,
    pub(super) location: &'static str,
}

macro_rules! faults {
    ($($name:literal: $inject:expr => $code:ident at $location:literal;)+) => {
        /// Faults of a submission to a Registry (ITI-42).
        pub(super) fn faults() -> Vec<Fault> {
            vec![$(Fault { name: $name, inject: $inject, code: $code, location: $location }),+]
        }
    };
}

fn set(text: &mut String, value: &str) {
    value.clone_into(text);
}

fn urn(kind: AssociationType) -> Option<String> {
    Some(kind.urn().to_owned())
}

faults! {
    // Codes (ITI TF-3 4.2.3.1.2)
    "code without nodeRepresentation": |p| code(p, D1, document::CLASS).node_representation = None
        => Metadata at "DocumentEntry[Document01]/classCode";
    "code without codingScheme": |p| code(p, D1, document::TYPE).slots.clear()
        => Metadata at "DocumentEntry[Document01]/typeCode/codingScheme";
    "code with two codingSchemes": |p| code(p, D1, document::FORMAT).slots[0].values.push("1.2".into())
        => Metadata at "DocumentEntry[Document01]/formatCode/codingScheme";
    "code with another Slot": |p| code(p, D1, document::PRACTICE).slots.push(Default::default())
        => Metadata at "DocumentEntry[Document01]/practiceSettingCode";
    "code without a display name": |p| code(p, D1, document::FACILITY).name.clear()
        => Metadata at "DocumentEntry[Document01]/healthcareFacilityTypeCode";
    "code of another object": |p| code(p, D1, document::CONFIDENTIALITY).classified_object = Some(D2.into())
        => Metadata at "DocumentEntry[Document01]/confidentialityCode";
    "code with a wrong objectType": |p| code(p, D2, document::CLASS).object_type = Some("urn:x:y".into())
        => Metadata at "DocumentEntry[Document02]/classCode";
    "code outside the affinity domain": |p| code(p, D2, document::CLASS).node_representation = Some("x".into())
        => Metadata at "DocumentEntry[Document02]/classCode";
    "code in a Classification that holds another": |p| code(p, SET, submission_set::CONTENT_TYPE).holds_others = true
        => Metadata at "SubmissionSet[SubmissionSet01]/contentTypeCode";
    "classCode missing": |p| drop_code(p, D2, document::CLASS)
        => Metadata at "DocumentEntry[Document02]/classCode";
    "confidentialityCode missing": |p| drop_code(p, D2, document::CONFIDENTIALITY)
        => Metadata at "DocumentEntry[Document02]/confidentialityCode";
    "formatCode twice": |p| twice(p, D2, document::FORMAT)
        => Metadata at "DocumentEntry[Document02]/formatCode";
    "contentTypeCode missing": |p| drop_code(p, SET, submission_set::CONTENT_TYPE)
        => Metadata at "SubmissionSet[SubmissionSet01]/contentTypeCode";
    "codeList missing": |p| drop_code(p, FOLDER, folder::CODE_LIST)
        => Metadata at "Folder[Folder01]/codeList";
    "unknown classificationScheme": |p| {
        let mut other = code(p, FOLDER, folder::CODE_LIST).clone();
        other.scheme = Some("urn:uuid:00000000-0000-4000-8000-00000000000f".into());
        object(p, FOLDER).classifications.push(other);
    } => Metadata at "Folder[Folder01]";
    "code beside its object": |p| p.labels.push(Classification {
        scheme: Some(document::CLASS.scheme.into()),
        classified_object: Some(D1.into()),
        ..Classification::default()
    }) => Metadata at "Classification[Document01]";
    "label of nothing": |p| p.labels.push(Classification {
        node: Some(folder::NODE.into()),
        classified_object: Some("Folder99".into()),
        ..Classification::default()
    }) => Metadata at "Classification[Folder99]";

    // Slots (ITI TF-3 4.2.3.1.1, 4.2.3.1.6)
    "Slot twice": |p| { let copy = object(p, D1).slots[0].clone(); object(p, D1).slots.push(copy) }
        => Metadata at "DocumentEntry[Document01]/creationTime";
    "Slot without a name": |p| add_slot(p, SET, "", &["x"])
        => Metadata at "SubmissionSet[SubmissionSet01]";
    "value of 257 characters": |p| set(value(p, D1, "sourcePatientInfo"), &format!("PID-5|{}", "あ".repeat(251)))
        => Metadata at "DocumentEntry[Document01]/sourcePatientInfo";
    "extra metadata that is no URN": |p| add_slot(p, D1, "mine", &["x"])
        => Metadata at "DocumentEntry[Document01]/mine";
    "extra metadata in IHE's name": |p| add_slot(p, FOLDER, "URN:ihe:iti:mine", &["x"])
        => Metadata at "Folder[Folder01]/URN:ihe:iti:mine";
    "documentAvailability of another value": |p| add_slot(p, D2, "documentAvailability", &["Online"])
        => Metadata at "DocumentEntry[Document02]/documentAvailability";

    // DocumentEntry (ITI TF-3 4.2.3.2)
    "creationTime that does not exist": |p| set(value(p, D1, "creationTime"), "20230231")
        => Metadata at "DocumentEntry[Document01]/creationTime";
    "creationTime missing": |p| drop_slot(p, D2, "creationTime")
        => Metadata at "DocumentEntry[Document02]/creationTime";
    "hash of another length": |p| set(value(p, D1, "hash"), "da39")
        => Metadata at "DocumentEntry[Document01]/hash";
    "hash missing": |p| drop_slot(p, D2, "hash")
        => Metadata at "DocumentEntry[Document02]/hash";
    "size with a sign": |p| set(value(p, D1, "size"), "-1")
        => Metadata at "DocumentEntry[Document01]/size";
    "size missing": |p| drop_slot(p, D2, "size")
        => Metadata at "DocumentEntry[Document02]/size";
    "languageCode with an underscore": |p| set(value(p, D1, "languageCode"), "ja_JP")
        => Metadata at "DocumentEntry[Document01]/languageCode";
    "two languageCodes": |p| object(p, D2).slots.iter_mut().filter(|s| s.name == "languageCode").for_each(|s| s.values.push("en".into()))
        => Metadata at "DocumentEntry[Document02]/languageCode";
    "legalAuthenticator without id and name": |p| add_slot(p, D1, "legalAuthenticator", &["^^Hanako"])
        => Metadata at "DocumentEntry[Document01]/legalAuthenticator";
    "referenceIdList without a type": |p| add_slot(p, D1, "urn:ihe:iti:xds:2013:referenceIdList", &["1^^^&1.2&ISO"])
        => Metadata at "DocumentEntry[Document01]/urn:ihe:iti:xds:2013:referenceIdList";
    "repositoryUniqueId that is no OID": |p| set(value(p, D1, "repositoryUniqueId"), "1.02")
        => Metadata at "DocumentEntry[Document01]/repositoryUniqueId";
    "repositoryUniqueId missing": |p| drop_slot(p, D2, "repositoryUniqueId")
        => Metadata at "DocumentEntry[Document02]/repositoryUniqueId";
    "serviceStartTime with a zone": |p| set(value(p, D2, "serviceStartTime"), "202001010800+0900")
        => Metadata at "DocumentEntry[Document02]/serviceStartTime";
    "serviceStopTime before the start": |p| set(value(p, D1, "serviceStopTime"), "2019")
        => Metadata at "DocumentEntry[Document01]/serviceStopTime";
    "sourcePatientId with a type": |p| set(value(p, D1, "sourcePatientId"), "local1^^^&1.2&ISO^PI")
        => Metadata at "DocumentEntry[Document01]/sourcePatientId";
    "sourcePatientId missing": |p| drop_slot(p, D2, "sourcePatientId")
        => Metadata at "DocumentEntry[Document02]/sourcePatientId";
    "sourcePatientInfo of PID-19": |p| set(value(p, D2, "sourcePatientInfo"), "PID-19|secret")
        => Metadata at "DocumentEntry[Document02]/sourcePatientInfo";
    "URI with a blank": |p| add_slot(p, D1, "URI", &["a b"])
        => Metadata at "DocumentEntry[Document01]/URI";
    "mimeType missing": |p| object(p, D1).mime_type = None
        => Metadata at "DocumentEntry[Document01]/mimeType";
    "mimeType outside the affinity domain": |p| object(p, D2).mime_type = Some("text/html".into())
        => Metadata at "DocumentEntry[Document02]/mimeType";
    "objectType of an On-Demand entry": |p| object(p, D1).object_type = Some(ObjectType::OnDemand.urn().into())
        => Metadata at "DocumentEntry[Document01]/objectType";
    "objectType missing": |p| object(p, D2).object_type = None
        => Metadata at "DocumentEntry[Document02]/objectType";
    "homeCommunityId without urn:oid:": |p| object(p, D1).home = Some("1.2.3".into())
        => Metadata at "DocumentEntry[Document01]/homeCommunityId";
    "entryUUID that is half a UUID": |p| {
        let id = "urn:uuid:1234";
        for one in &mut object(p, FOLDER).classifications { one.classified_object = Some(id.into()) }
        for one in &mut object(p, FOLDER).identifiers { one.registry_object = Some(id.into()) }
        object(p, "Folder").target_object = Some(OLD.into());
        object(p, "Holds").source_object = Some(OLD.into());
        object(p, FOLDER).id = Some(id.into());
    } => Metadata at "Folder[urn:uuid:1234]/entryUUID";
    "logicalID that is a symbol": |p| object(p, D1).logical_id = Some("Document01".into())
        => Metadata at "DocumentEntry[Document01]/logicalID";
    "logicalID of another object": |p| object(p, D2).logical_id = Some(OLD.into())
        => Metadata at "DocumentEntry[Document02]/logicalID";
    "title of 128 characters": |p| title(p, D1, LocalizedString::new("題".repeat(128)))
        => Metadata at "DocumentEntry[Document01]/title";
    "title not in UTF-8": |p| title(p, D2, LocalizedString { charset: Some("Shift_JIS".into()), ..LocalizedString::new("t") })
        => Metadata at "DocumentEntry[Document02]/title";
    "two titles in one language": |p| object(p, SET).name = vec!["a".into(), LocalizedString::in_language("b", "EN-us")]
        => Metadata at "SubmissionSet[SubmissionSet01]/title";
    "limited metadata": |p| label(p, D2, document::LIMITED)
        => Metadata at "DocumentEntry[Document02]/limitedMetadata";

    // Identifiers (ITI TF-3 4.2.3.1.3)
    "patientId with a type": |p| for id in [D1, D2] { identifier(p, id, document::PATIENT_ID).value = Some("P1^^^&1.2.3.4.3000&ISO^PI".into()); }
        => Metadata at "DocumentEntry[Document01]/patientId";
    "patientId missing": |p| drop_identifier(p, FOLDER, folder::PATIENT_ID)
        => Metadata at "Folder[Folder01]/patientId";
    "patientId of another patient": |p| identifier(p, D2, document::PATIENT_ID).value = Some("P2^^^&1.2.3.4.3000&ISO".into())
        => OtherPatient at "DocumentEntry[Document02]/patientId";
    "folder of another patient": |p| identifier(p, FOLDER, folder::PATIENT_ID).value = Some("P2^^^&1.2.3.4.3000&ISO".into())
        => OtherPatient at "Folder[Folder01]/patientId";
    "patientId of a foreign authority": |p| for (id, known) in [(D1, document::PATIENT_ID), (D2, document::PATIENT_ID), (SET, submission_set::PATIENT_ID), (FOLDER, folder::PATIENT_ID)] {
        identifier(p, id, known).value = Some("P1^^^&1.9&ISO".into());
    } => UnknownPatient at "SubmissionSet[SubmissionSet01]/patientId";
    "uniqueId with a blank": |p| identifier(p, D1, document::UNIQUE_ID).value = Some("a b".into())
        => Metadata at "DocumentEntry[Document01]/uniqueId";
    "uniqueId of 129 characters": |p| identifier(p, D2, document::UNIQUE_ID).value = Some("1".repeat(129))
        => Metadata at "DocumentEntry[Document02]/uniqueId";
    "uniqueId twice in the message": |p| {
        let id = identifier(p, SET, submission_set::UNIQUE_ID).value.clone();
        identifier(p, FOLDER, folder::UNIQUE_ID).value = id;
    }
        => Twice at "Folder[Folder01]/uniqueId";
    "uniqueId of a folder that is no OID": |p| identifier(p, FOLDER, folder::UNIQUE_ID).value = Some("1.2^3".into())
        => Metadata at "Folder[Folder01]/uniqueId";
    "sourceId that is no OID": |p| identifier(p, SET, submission_set::SOURCE_ID).value = Some("source".into())
        => Metadata at "SubmissionSet[SubmissionSet01]/sourceId";
    "sourceId of another object": |p| identifier(p, SET, submission_set::SOURCE_ID).registry_object = Some(D1.into())
        => Metadata at "SubmissionSet[SubmissionSet01]/sourceId";
    "identifier with another Name": |p| identifier(p, D1, document::UNIQUE_ID).name[0].value = "uniqueId".into()
        => Metadata at "DocumentEntry[Document01]/uniqueId";
    "identifier that holds a Slot": |p| identifier(p, D2, document::UNIQUE_ID).holds_others = true
        => Metadata at "DocumentEntry[Document02]/uniqueId";
    "unknown identificationScheme": |p| {
        let mut other = identifier(p, D2, document::UNIQUE_ID).clone();
        other.scheme = Some("urn:uuid:00000000-0000-4000-8000-00000000000f".into());
        object(p, D2).identifiers.push(other);
    } => Metadata at "DocumentEntry[Document02]";

    // SubmissionSet and Folder (ITI TF-3 4.2.3.3, 4.2.3.4)
    "submissionTime in the 25th hour": |p| set(value(p, SET, "submissionTime"), "2020010125")
        => Metadata at "SubmissionSet[SubmissionSet01]/submissionTime";
    "intendedRecipient that is nobody": |p| add_slot(p, SET, "intendedRecipient", &["||"])
        => Metadata at "SubmissionSet[SubmissionSet01]/intendedRecipient";
    "SubmissionSet that is Deprecated": |p| object(p, SET).status = Some(Status::Deprecated.urn().into())
        => Metadata at "SubmissionSet[SubmissionSet01]/availabilityStatus";
    "author who is nobody": |p| classification(p, SET, submission_set::AUTHOR).slots.clear()
        => Metadata at "SubmissionSet[SubmissionSet01]/author";
    "author with a nodeRepresentation": |p| classification(p, D1, document::AUTHOR).node_representation = Some("x".into())
        => Metadata at "DocumentEntry[Document01]/author";
    "author with two persons": |p| classification(p, D2, document::AUTHOR).slots[0].values.push("^B".into())
        => Metadata at "DocumentEntry[Document02]/author/authorPerson";
    "author with another Slot": |p| classification(p, D2, document::AUTHOR).slots.push(crate::metadata::Slot { name: "urn:x:y".into(), values: vec![] })
        => Metadata at "DocumentEntry[Document02]/author";
    "authorInstitution without a name": |p| classification(p, SET, submission_set::AUTHOR).slots[0].values = vec!["^^^^^^^^^1.2".into()]
        => Metadata at "SubmissionSet[SubmissionSet01]/author/authorInstitution";
    "authorTelecommunication without a number": |p| classification(p, D1, document::AUTHOR).slots.push(crate::metadata::Slot { name: author::TELECOMMUNICATION.name.into(), values: vec!["^^PH".into()] })
        => Metadata at "DocumentEntry[Document01]/author/authorTelecommunication";
    "title of a folder missing": |p| object(p, FOLDER).name.clear()
        => Metadata at "Folder[Folder01]/title";
    "lastUpdateTime without seconds": |p| add_slot(p, FOLDER, "lastUpdateTime", &["202001010000"])
        => Metadata at "Folder[Folder01]/lastUpdateTime";
    "package labelled twice": |p| label(p, FOLDER, submission_set::NODE)
        => Metadata at "RegistryPackage[Folder01]";

    // Associations (ITI TF-3 4.2.2)
    "unknown associationType": |p| object(p, "Replaces").association_type = Some("urn:ihe:iti:2010:AssociationType:SubmitAssociation".into())
        => Metadata at "Association[Replaces]/associationType";
    "sourceObject outside the submission": |p| object(p, "Replaces").source_object = Some(OLD.into())
        => Unresolved at "Association[Replaces]/sourceObject";
    "targetObject missing": |p| object(p, "Replaces").target_object = None
        => Metadata at "Association[Replaces]/targetObject";
    "targetObject that is a lost symbol": |p| object(p, "Replaces").target_object = Some("Document99".into())
        => Unresolved at "Association[Replaces]/targetObject";
    "replacement of what is just submitted": |p| object(p, "Replaces").target_object = Some(D1.into())
        => Unresolved at "Association[Replaces]/targetObject";
    "relationship to a folder": |p| object(p, "Replaces").target_object = Some(FOLDER.into())
        => Unresolved at "Association[Replaces]/targetObject";
    "transformation of itself": |p| { let one = object(p, "Replaces"); one.association_type = urn(AssociationType::Xfrm); one.target_object = Some(D2.into()) }
        => Metadata at "Association[Replaces]/targetObject";
    "SubmissionSetStatus missing": |p| drop_slot(p, "Member1", "SubmissionSetStatus")
        => Metadata at "Association[Member1]/SubmissionSetStatus";
    "SubmissionSetStatus of another value": |p| add_slot(p, "Folder", "SubmissionSetStatus", &["original"])
        => Metadata at "Association[Folder]/SubmissionSetStatus";
    "Reference to what is here": |p| set(value(p, "Member2", "SubmissionSetStatus"), "Reference")
        => Metadata at "Association[Member2]/SubmissionSetStatus";
    "PreviousVersion": |p| add_slot(p, "Member2", "PreviousVersion", &["1"])
        => Metadata at "Association[Member2]/PreviousVersion";
    "folder's member unknown to the SubmissionSet": |p| drop_object(p, "HoldsToo")
        => Metadata at "Association[Holds]";
    "entry unknown to the SubmissionSet": |p| drop_object(p, "Member1")
        => Metadata at "DocumentEntry[Document01]";
    "folder in a folder": |p| object(p, "Holds").target_object = Some(FOLDER.into())
        => Metadata at "Association[Holds]/targetObject";
    "member of a document": |p| object(p, "Holds").source_object = Some(D2.into())
        => Metadata at "Association[Holds]/sourceObject";
    "documentation of a HasMember": |p| {
        let mut copy = code(p, D1, document::TYPE).clone();
        copy.scheme = Some(association::DOCUMENTATION.scheme.into());
        copy.classified_object = Some("Member1".into());
        object(p, "Member1").classifications.push(copy);
    } => Metadata at "Association[Member1]/associationDocumentation";
    "one id for two objects": |p| object(p, "HoldsToo").id = Some("Member2".into())
        => Metadata at "Association[Member2]/entryUUID";
}
