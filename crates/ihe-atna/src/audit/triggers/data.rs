//! ITI-20 events about patients' data that are no transaction (ITI TF-2 3.20.4.1.1.1 and 3.20.8,
//! DICOM PS3.15 A.5.3): records, DICOM instances, export, import, disclosure, query.

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, Coded, CodedRef, Human, Participant, ParticipantObject,
};
use crate::codes;

/// Two ends: the sender 110153, which is us, then the receiver 110152.
fn between(message: AuditMessage, source: &Participant, destination: &Participant) -> AuditMessage {
    message
        .by(source.active(codes::ROLE_SOURCE, true))
        .by(destination.active(codes::ROLE_DESTINATION, false))
}

fn record(event: CodedRef, action: Action, who: &Human, patient: &str) -> AuditMessage {
    AuditMessage::of(event, action)
        .by(who)
        .about([ParticipantObject::patient(patient)])
}

/// Order Record (PS3.15 A.5.3.13): an order created, read, changed or deleted.
pub fn order_record(action: Action, who: &Human, patient: &str) -> AuditMessage {
    record(codes::EVENT_ORDER_RECORD, action, who, patient)
}

/// Patient Record (PS3.15 A.5.3.14): a patient's data created, read, changed or deleted.
pub fn patient_record(action: Action, who: &Human, patient: &str) -> AuditMessage {
    record(codes::EVENT_PATIENT_RECORD, action, who, patient)
}

/// Procedure Record (PS3.15 A.5.3.15): a procedure created, read, changed or deleted. Add its
/// studies with [`AuditMessage::about`].
pub fn procedure_record(action: Action, who: &Human, patient: &str) -> AuditMessage {
    record(codes::EVENT_PROCEDURE_RECORD, action, who, patient)
}

/// DICOM Instances Accessed (PS3.15 A.5.3.6), "Study-used": who created, viewed, changed or deleted
/// instances of these studies ([`ParticipantObject::study`], 1..n) of one patient.
pub fn instances_accessed(
    action: Action,
    who: &Human,
    patient: &str,
    studies: impl IntoIterator<Item = ParticipantObject>,
) -> AuditMessage {
    record(codes::EVENT_INSTANCES_ACCESSED, action, who, patient).about(studies)
}

/// DICOM Study Deleted (PS3.15 A.5.3.8).
pub fn study_deleted(
    who: &Human,
    patient: &str,
    studies: impl IntoIterator<Item = ParticipantObject>,
) -> AuditMessage {
    let deleted = record(codes::EVENT_STUDY_DELETED, Action::Delete, who, patient);
    deleted.about(studies)
}

/// Begin Transferring DICOM Instances (PS3.15 A.5.3.3): the sender is us.
pub fn begin_transferring(
    sender: &Participant,
    receiver: &Participant,
    patient: &str,
    studies: impl IntoIterator<Item = ParticipantObject>,
) -> AuditMessage {
    let begun = AuditMessage::of(codes::EVENT_BEGIN_TRANSFERRING, Action::Execute);
    between(begun, sender, receiver)
        .about(studies)
        .about([ParticipantObject::patient(patient)])
}

/// DICOM Instances Transferred (PS3.15 A.5.3.7): Create when they are new to the receiver, Read
/// when it had them, Update when they changed there.
pub fn instances_transferred(
    action: Action,
    sender: &Participant,
    receiver: &Participant,
    patient: &str,
    studies: impl IntoIterator<Item = ParticipantObject>,
) -> AuditMessage {
    let moved = AuditMessage::of(codes::EVENT_INSTANCES_TRANSFERRED, action);
    between(moved, sender, receiver)
        .about(studies)
        .about([ParticipantObject::patient(patient)])
}

/// Export (PS3.15 A.5.3.4): patients' data left this system, by this user, to this end or medium
/// (`media` is its MediaType; role 110154 instead of 110152).
pub fn export(
    who: &Human,
    source: &Participant,
    destination: &Participant,
    media: Option<Coded>,
) -> AuditMessage {
    let role = match media {
        Some(_) => codes::ROLE_DESTINATION_MEDIA,
        None => codes::ROLE_DESTINATION,
    };
    AuditMessage::of(codes::EVENT_EXPORT, Action::Read)
        .by(who)
        .by(source.active(codes::ROLE_SOURCE, true))
        .by(ActiveParticipant {
            media_type: media,
            ..destination.active(role, false)
        })
}

/// Import (PS3.15 A.5.3.5): patients' data came into this system, by this user, from this end or
/// medium (role 110155 instead of 110153).
pub fn import(
    who: &Human,
    source: &Participant,
    media: Option<Coded>,
    destination: &Participant,
) -> AuditMessage {
    let role = match media {
        Some(_) => codes::ROLE_SOURCE_MEDIA,
        None => codes::ROLE_SOURCE,
    };
    AuditMessage::of(codes::EVENT_IMPORT, Action::Create)
        .by(who)
        .by(ActiveParticipant {
            media_type: media,
            ..source.active(role, false)
        })
        .by(destination.active(codes::ROLE_DESTINATION, true))
}

/// Query (PS3.15 A.5.3.10) of a DICOM service: who asked, who answered, and
/// [`ParticipantObject::sop_class_query`]. Never what was answered (ATNA-R-041).
pub fn query(
    source: &Participant,
    destination: &Participant,
    asked: ParticipantObject,
) -> AuditMessage {
    let query = AuditMessage::of(codes::EVENT_QUERY, Action::Execute);
    between(query, source, destination).about([asked])
}

/// What a disclosure of patient data tells (ITI TF-2 3.20.8).
#[derive(Clone, Debug)]
pub struct Disclosure {
    /// Who releases the data, 110153.
    pub releasing: Participant,
    /// Who receives it, 110152.
    pub receiving: Participant,
    /// Who keeps the data released, 0..1, SNOMED 159541003.
    pub custodian: Option<Human>,
    /// Who allowed it for the patient (may be the patient), 0..1, SNOMED 429577009.
    pub authorizing: Option<Human>,
    /// PurposeOfUse, mandatory.
    pub purpose: Coded,
    /// The patient, CX form.
    pub patient: String,
    /// What was released.
    pub data: Vec<ParticipantObject>,
}

/// Disclosure (ITI TF-2 3.20.8, ATNA-R-044): Export with type `IHE0006`.
pub fn disclosure(told: Disclosure) -> AuditMessage {
    let agent = |human: Option<Human>, role: CodedRef| {
        human.map(|human| ActiveParticipant {
            is_requestor: false,
            roles: vec![role.to_coded()],
            ..(&human).into()
        })
    };
    let message = AuditMessage::of(codes::EVENT_EXPORT, Action::Read)
        .typed(codes::TYPE_DISCLOSURE)
        .for_purpose(told.purpose);
    let mut message = between(message, &told.releasing, &told.receiving)
        .about([ParticipantObject::patient(&told.patient)])
        .about(told.data);
    let custodian = agent(told.custodian, codes::ROLE_CUSTODIAN);
    let authorizing = agent(told.authorizing, codes::ROLE_AUTHORIZING_AGENT);
    message.participants.extend(custodian);
    message.participants.extend(authorizing);
    message
}
