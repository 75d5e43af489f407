//! ITI-20 audit message to XML (DICOM PS3.15 A.5.1, 2017c schema), written by hand in the
//! schema's order.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, FixedOffset, SecondsFormat, Timelike};

use crate::audit::{
    ActiveParticipant, AuditMessage, AuditSource, Coded, EventIdentification, ObjectDescription,
    ParticipantObject,
};

pub(crate) fn write(message: &AuditMessage) -> String {
    let mut xml = Xml(String::with_capacity(2048));
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

    /// An attribute whose value the caller pushes.
    fn attribute_with(&mut self, name: &str, value: impl FnOnce(&mut String)) -> &mut Xml {
        self.0.push(' ');
        self.0.push_str(name);
        self.0.push_str("=\"");
        value(&mut self.0);
        self.0.push('"');
        self
    }

    fn attribute(&mut self, name: &str, value: &str) -> &mut Xml {
        self.attribute_with(name, |out| escape(out, value))
    }

    fn optional(&mut self, name: &str, value: Option<&str>) -> &mut Xml {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    fn number(&mut self, name: &str, value: Option<u8>) -> &mut Xml {
        match value {
            Some(number) => self.attribute_with(name, |out| push_number(out, number)),
            None => self,
        }
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
            .optional("displayName", value.display_name.as_deref())
            .attribute("originalText", &value.text)
            .empty();
    }
}

fn push_number(out: &mut String, number: u8) {
    if number >= 100 {
        out.push(char::from(b'0' + number / 100));
    }
    if number >= 10 {
        out.push(char::from(b'0' + number / 10 % 10));
    }
    out.push(char::from(b'0' + number % 10));
}

/// Escapes markup, and as character references the white space that attribute normalisation would
/// fold; characters XML 1.0 cannot carry become U+FFFD. What needs nothing is copied in runs.
fn escape(out: &mut String, value: &str) {
    let mut copied = 0;
    for (at, byte) in value.bytes().enumerate() {
        let (instead, length) = match byte {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'"' => ("&quot;", 1),
            b'\t' => ("&#9;", 1),
            b'\n' => ("&#10;", 1),
            b'\r' => ("&#13;", 1),
            0..=0x1f => ("\u{fffd}", 1),
            0xef if forbidden(&value[at..]) => ("\u{fffd}", 3),
            _ => continue,
        };
        out.push_str(&value[copied..at]);
        out.push_str(instead);
        copied = at + length;
    }
    out.push_str(&value[copied..]);
}

/// The two characters above the controls that XML 1.0 leaves out.
fn forbidden(rest: &str) -> bool {
    rest.starts_with(['\u{fffe}', '\u{ffff}'])
}

fn event(xml: &mut Xml, event: &EventIdentification) {
    let name = "EventIdentification";
    xml.open(name)
        .optional(
            "EventActionCode",
            event.action.map(|action| action.letter()),
        )
        .attribute("EventDateTime", &date_time(event.date_time))
        .number("EventOutcomeIndicator", Some(event.outcome.number()))
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

/// xs:dateTime in as many digits as there are. It knows no leap second: that is told as the last
/// moment before.
pub(crate) fn date_time(time: DateTime<FixedOffset>) -> String {
    let time = match time.nanosecond() {
        0..1_000_000_000 => time,
        _ => time.with_nanosecond(999_999_999).unwrap_or(time),
    };
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
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
        .optional("displayName", kind.display_name.as_deref())
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
        (Some(query), _) => {
            xml.open("ParticipantObjectQuery").content();
            STANDARD.encode_string(query, &mut xml.0);
            xml.close("ParticipantObjectQuery");
        }
        (None, Some(text)) => xml.text("ParticipantObjectName", text),
        (None, None) => {}
    }
    for detail in &object.details {
        xml.open("ParticipantObjectDetail")
            .attribute("type", &detail.name)
            .attribute_with("value", |out| STANDARD.encode_string(&detail.value, out))
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
