//! ITI-20 audit message for users of yaserde (DICOM PS3.15 A.5.1, 2017c schema), feature `yaserde`:
//! [`AuditMessage`] is `YaSerialize` and `YaDeserialize`. Strict, and 10 to 20 times slower than
//! [`AuditMessage::from_xml`], which the rest of this crate uses. Times, base64 and lists of UIDs
//! have no form in yaserde, so a mirror of the wire derives it.

mod mirror;

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use yaserde::__xml::attribute::OwnedAttribute;
use yaserde::__xml::namespace::Namespace;
use yaserde::de::Deserializer;
use yaserde::ser::Serializer;
use yaserde::{YaDeserialize, YaSerialize};

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, Coded, DetailValue, EventIdentification,
    ObjectDescription, Outcome, ParticipantObject, SopClass, reader, writer,
};
use mirror::{
    Accession, Code, Description, Detail, Event, Media, Message, Object, Participant, Sop, Source,
    SourceType, Studies, Uid,
};

impl YaSerialize for AuditMessage {
    fn serialize<W: Write>(&self, writer: &mut Serializer<W>) -> Result<(), String> {
        Message::from(self).serialize(writer)
    }

    fn serialize_attributes(
        &self,
        attributes: Vec<OwnedAttribute>,
        namespace: Namespace,
    ) -> Result<(Vec<OwnedAttribute>, Namespace), String> {
        Ok((attributes, namespace))
    }
}

impl YaDeserialize for AuditMessage {
    fn deserialize<R: Read>(reader: &mut Deserializer<R>) -> Result<AuditMessage, String> {
        AuditMessage::try_from(Message::deserialize(reader)?)
    }
}

/// XML 1.0 has no control characters; xml-rs would write them.
fn clean(text: &str) -> String {
    let allowed = |c: char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.replace(|c| !allowed(c), "\u{fffd}")
}

fn cleaned(text: &Option<String>) -> Option<String> {
    text.as_deref().map(clean)
}

fn each<'a, T, U>(all: &'a [T], one: impl Fn(&'a T) -> U) -> Vec<U> {
    all.iter().map(one).collect()
}

fn uids(all: &[String]) -> Vec<Uid> {
    each(all, |uid| Uid { uid: clean(uid) })
}

fn texts(all: Vec<Uid>) -> Vec<String> {
    all.into_iter().map(|one| one.uid).collect()
}

impl From<&AuditMessage> for Message {
    fn from(message: &AuditMessage) -> Message {
        Message {
            event: (&message.event).into(),
            participants: each(&message.participants, Participant::from),
            source: (&message.source).into(),
            objects: each(&message.objects, Object::from),
        }
    }
}

impl TryFrom<Message> for AuditMessage {
    type Error = String;

    fn try_from(message: Message) -> Result<AuditMessage, String> {
        let objects = message.objects.into_iter();
        Ok(AuditMessage {
            event: message.event.try_into()?,
            participants: message.participants.into_iter().map(Into::into).collect(),
            source: message.source.into(),
            objects: objects
                .map(ParticipantObject::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Coded> for Code {
    fn from(coded: &Coded) -> Code {
        Code {
            code: clean(&coded.code),
            system: clean(&coded.system),
            display_name: cleaned(&coded.display_name),
            text: clean(&coded.text),
        }
    }
}

impl From<Code> for Coded {
    fn from(code: Code) -> Coded {
        Coded {
            display_name: code.display_name,
            ..Coded::new(code.code, code.system, code.text)
        }
    }
}

fn coded(all: Vec<Code>) -> Vec<Coded> {
    all.into_iter().map(Coded::from).collect()
}

impl From<&EventIdentification> for Event {
    fn from(event: &EventIdentification) -> Event {
        Event {
            action: event.action.map(|action| action.letter().to_owned()),
            date_time: writer::date_time(event.date_time),
            outcome: event.outcome.number(),
            id: (&event.id).into(),
            types: each(&event.types, Code::from),
            description: cleaned(&event.outcome_description),
            purposes: each(&event.purposes_of_use, Code::from),
        }
    }
}

impl TryFrom<Event> for EventIdentification {
    type Error = String;

    fn try_from(event: Event) -> Result<EventIdentification, String> {
        let date_time = reader::date_time(event.date_time.trim());
        let outcome = Outcome::from_number(event.outcome);
        Ok(EventIdentification {
            id: event.id.into(),
            action: event.action.as_deref().and_then(Action::from_letter),
            date_time: date_time.ok_or("EventDateTime is no xs:dateTime")?,
            outcome: outcome.ok_or("EventOutcomeIndicator is not 0, 4, 8 or 12")?,
            types: coded(event.types),
            outcome_description: event.description,
            purposes_of_use: coded(event.purposes),
        })
    }
}

impl From<&ActiveParticipant> for Participant {
    fn from(one: &ActiveParticipant) -> Participant {
        let media = one.media_type.as_ref();
        Participant {
            user_id: clean(&one.user_id),
            alternative_user_id: cleaned(&one.alternative_user_id),
            user_name: cleaned(&one.user_name),
            is_requestor: one.is_requestor,
            access_point: cleaned(&one.network_access_point),
            access_point_type: one.network_access_point_type,
            roles: each(&one.roles, Code::from),
            media: media.map(|kind| Media { kind: kind.into() }),
        }
    }
}

impl From<Participant> for ActiveParticipant {
    fn from(one: Participant) -> ActiveParticipant {
        ActiveParticipant {
            user_id: one.user_id,
            alternative_user_id: one.alternative_user_id,
            user_name: one.user_name,
            is_requestor: one.is_requestor,
            roles: coded(one.roles),
            media_type: one.media.map(|media| media.kind.into()),
            network_access_point: one.access_point,
            network_access_point_type: one.access_point_type,
        }
    }
}

impl From<&AuditSource> for Source {
    fn from(source: &AuditSource) -> Source {
        let known = |text: &str| (!text.is_empty()).then(|| clean(text));
        Source {
            site: cleaned(&source.enterprise_site_id),
            id: clean(&source.id),
            types: each(&source.types, |kind| SourceType {
                code: clean(&kind.code),
                system: known(&kind.system),
                display_name: cleaned(&kind.display_name),
                text: known(&kind.text),
            }),
        }
    }
}

impl From<Source> for AuditSource {
    fn from(source: Source) -> AuditSource {
        let kind = |kind: SourceType| Coded {
            code: kind.code,
            system: kind.system.unwrap_or_default(),
            text: kind.text.unwrap_or_default(),
            display_name: kind.display_name,
        };
        AuditSource {
            enterprise_site_id: source.site,
            id: source.id,
            types: source.types.into_iter().map(kind).collect(),
        }
    }
}

impl From<&ParticipantObject> for Object {
    fn from(object: &ParticipantObject) -> Object {
        let name = object.name.as_ref().filter(|_| object.query.is_none());
        Object {
            id: cleaned(&object.id),
            kind: object.type_code,
            role: object.role,
            life_cycle: object.life_cycle,
            sensitivity: cleaned(&object.sensitivity),
            id_type: (&object.id_type).into(),
            name: name.map(|name| clean(name)),
            query: object.query.as_ref().map(|query| STANDARD.encode(query)),
            details: each(&object.details, |detail| Detail {
                name: clean(&detail.name),
                value: STANDARD.encode(&detail.value),
            }),
            descriptions: each(&object.descriptions, Description::from),
        }
    }
}

impl TryFrom<Object> for ParticipantObject {
    type Error = String;

    fn try_from(object: Object) -> Result<ParticipantObject, String> {
        let decode = |text: &str| {
            let packed: String = text.split_ascii_whitespace().collect();
            let decoded = STANDARD.decode(packed);
            decoded.map_err(|_| "a value is not base64".to_owned())
        };
        let detail = |detail: Detail| {
            Ok(DetailValue {
                value: decode(&detail.value)?,
                name: detail.name,
            })
        };
        let details: Result<_, String> = object.details.into_iter().map(detail).collect();
        Ok(ParticipantObject {
            id: object.id,
            type_code: object.kind,
            role: object.role,
            life_cycle: object.life_cycle,
            sensitivity: object.sensitivity,
            id_type: object.id_type.into(),
            name: object.name,
            query: object.query.as_deref().map(decode).transpose()?,
            details: details?,
            descriptions: object.descriptions.into_iter().map(Into::into).collect(),
        })
    }
}

impl From<&ObjectDescription> for Description {
    fn from(description: &ObjectDescription) -> Description {
        let studies = uids(&description.studies);
        Description {
            mpps: uids(&description.mpps),
            accessions: each(&description.accessions, |number| Accession {
                number: clean(number),
            }),
            sop_classes: each(&description.sop_classes, |class| Sop {
                uid: cleaned(&class.uid),
                number_of_instances: class.number_of_instances,
                instances: uids(&class.instances),
            }),
            studies: (!studies.is_empty()).then_some(Studies { uids: studies }),
            encrypted: description.encrypted,
            anonymized: description.anonymized,
        }
    }
}

impl From<Description> for ObjectDescription {
    fn from(description: Description) -> ObjectDescription {
        let class = |class: Sop| SopClass {
            uid: class.uid,
            number_of_instances: class.number_of_instances,
            instances: texts(class.instances),
        };
        let accessions = description.accessions.into_iter();
        ObjectDescription {
            mpps: texts(description.mpps),
            accessions: accessions.map(|one| one.number).collect(),
            sop_classes: description.sop_classes.into_iter().map(class).collect(),
            studies: texts(description.studies.unwrap_or_default().uids),
            encrypted: description.encrypted,
            anonymized: description.anonymized,
        }
    }
}
