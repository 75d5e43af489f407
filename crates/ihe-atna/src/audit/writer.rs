//! ITI-20 audit message to XML (DICOM PS3.15 A.5.1, 2017c schema), written by hand in the
//! schema's order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::SecondsFormat;

use crate::audit::{
    ActiveParticipant, AuditMessage, AuditSource, Coded, EventIdentification, ObjectDescription,
    ParticipantObject,
};

pub(crate) fn write(message: &AuditMessage) -> String {
    let mut xml = Xml(String::with_capacity(1536));
    xml.0.push_str("<AuditMessage>");
    event(&mut xml, &message.event);
    for one in &message.participants {
        participant(&mut xml, one);
    }
    source(&mut xml, &message.source);
    for one in &message.objects {
        object(&mut xml, one);
    }
    xml.0.push_str("</AuditMessage>");
    xml.0
}

/// A growing text; elements are opened, given attributes, then closed.
struct Xml(String);

impl Xml {
    fn open(&mut self, name: &str) -> &mut Xml {
        self.0.push('<');
        self.0.push_str(name);
        self
    }

    fn attribute(&mut self, name: &str, value: &str) -> &mut Xml {
        self.0.push(' ');
        self.0.push_str(name);
        self.0.push_str("=\"");
        escape(&mut self.0, value);
        self.0.push('"');
        self
    }

    fn optional(&mut self, name: &str, value: Option<&str>) -> &mut Xml {
        if let Some(value) = value {
            self.attribute(name, value);
        }
        self
    }

    fn number(&mut self, name: &str, value: Option<u8>) -> &mut Xml {
        self.optional(name, value.map(|number| number.to_string()).as_deref())
    }

    fn content(&mut self) {
        self.0.push('>');
    }

    fn empty(&mut self) {
        self.0.push_str("/>");
    }

    fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    fn text(&mut self, name: &str, value: &str) {
        self.open(name).content();
        escape(&mut self.0, value);
        self.close(name);
    }

    fn coded(&mut self, name: &str, value: &Coded) {
        self.open(name)
            .attribute("csd-code", &value.code)
            .attribute("codeSystemName", &value.system)
            .attribute("originalText", &value.text)
            .empty();
    }
}

/// Escapes markup, and as character references the white space that attribute normalisation would
/// fold; characters XML 1.0 cannot carry become U+FFFD.
fn escape(out: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

fn event(xml: &mut Xml, event: &EventIdentification) {
    let name = "EventIdentification";
    xml.open(name)
        .optional(
            "EventActionCode",
            event.action.map(|action| action.letter()),
        )
        .attribute(
            "EventDateTime",
            &event.date_time.to_rfc3339_opts(SecondsFormat::Millis, true),
        )
        .attribute("EventOutcomeIndicator", &event.outcome.number().to_string())
        .content();
    xml.coded("EventID", &event.id);
    for kind in &event.types {
        xml.coded("EventTypeCode", kind);
    }
    if let Some(description) = &event.outcome_description {
        xml.text("EventOutcomeDescription", description);
    }
    for purpose in &event.purposes_of_use {
        xml.coded("PurposeOfUse", purpose);
    }
    xml.close(name);
}

fn participant(xml: &mut Xml, participant: &ActiveParticipant) {
    let name = "ActiveParticipant";
    xml.open(name)
        .attribute("UserID", &participant.user_id)
        .optional(
            "AlternativeUserID",
            participant.alternative_user_id.as_deref(),
        )
        .optional("UserName", participant.user_name.as_deref())
        .attribute(
            "UserIsRequestor",
            if participant.is_requestor {
                "true"
            } else {
                "false"
            },
        )
        .optional(
            "NetworkAccessPointID",
            participant.network_access_point.as_deref(),
        )
        .number(
            "NetworkAccessPointTypeCode",
            participant.network_access_point_type,
        );
    if participant.roles.is_empty() && participant.media_type.is_none() {
        return xml.empty();
    }
    xml.content();
    for role in &participant.roles {
        xml.coded("RoleIDCode", role);
    }
    if let Some(media) = &participant.media_type {
        xml.open("MediaIdentifier").content();
        xml.coded("MediaType", media);
        xml.close("MediaIdentifier");
    }
    xml.close(name);
}

fn source(xml: &mut Xml, source: &AuditSource) {
    let name = "AuditSourceIdentification";
    xml.open(name)
        .optional(
            "AuditEnterpriseSiteID",
            source.enterprise_site_id.as_deref(),
        )
        .attribute("AuditSourceID", &source.id);
    if source.types.is_empty() {
        return xml.empty();
    }
    xml.content();
    for kind in &source.types {
        xml.open("AuditSourceTypeCode")
            .attribute("csd-code", &kind.code);
        xml.optional(
            "codeSystemName",
            Some(kind.system.as_str()).filter(|text| !text.is_empty()),
        )
        .optional(
            "originalText",
            Some(kind.text.as_str()).filter(|text| !text.is_empty()),
        )
        .empty();
    }
    xml.close(name);
}

fn object(xml: &mut Xml, object: &ParticipantObject) {
    let name = "ParticipantObjectIdentification";
    xml.open(name)
        .optional("ParticipantObjectID", object.id.as_deref())
        .number("ParticipantObjectTypeCode", object.type_code)
        .number("ParticipantObjectTypeCodeRole", object.role)
        .number("ParticipantObjectDataLifeCycle", object.life_cycle)
        .optional(
            "ParticipantObjectSensitivity",
            object.sensitivity.as_deref(),
        )
        .content();
    xml.coded("ParticipantObjectIDTypeCode", &object.id_type);
    match (&object.query, &object.name) {
        (Some(query), _) => xml.text("ParticipantObjectQuery", &STANDARD.encode(query)),
        (None, Some(text)) => xml.text("ParticipantObjectName", text),
        (None, None) => {}
    }
    for detail in &object.details {
        xml.open("ParticipantObjectDetail")
            .attribute("type", &detail.name)
            .attribute("value", &STANDARD.encode(&detail.value))
            .empty();
    }
    for one in &object.descriptions {
        description(xml, one);
    }
    xml.close(name);
}

fn description(xml: &mut Xml, description: &ObjectDescription) {
    let name = "ParticipantObjectDescription";
    xml.open(name).content();
    for uid in &description.mpps {
        xml.open("MPPS").attribute("UID", uid).empty();
    }
    for number in &description.accessions {
        xml.open("Accession").attribute("Number", number).empty();
    }
    for class in &description.sop_classes {
        xml.open("SOPClass")
            .optional("UID", class.uid.as_deref())
            .attribute("NumberOfInstances", &class.number_of_instances.to_string())
            .content();
        for uid in &class.instances {
            xml.open("Instance").attribute("UID", uid).empty();
        }
        xml.close("SOPClass");
    }
    if !description.studies.is_empty() {
        xml.open("ParticipantObjectContainsStudy").content();
        for uid in &description.studies {
            xml.open("StudyIDs").attribute("UID", uid).empty();
        }
        xml.close("ParticipantObjectContainsStudy");
    }
    for (element, value) in [
        ("Encrypted", description.encrypted),
        ("Anonymized", description.anonymized),
    ] {
        if let Some(value) = value {
            xml.text(element, if value { "true" } else { "false" });
        }
    }
    xml.close(name);
}
