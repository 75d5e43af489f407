//! ITI-20 audit message from XML (DICOM PS3.15 A.5.1): tolerant of every edition seen in practice
//! (ATNA-R-029): `csd-code` or `code`, plain-text source types, RFC 3881 spellings.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, FixedOffset, NaiveDateTime};

use crate::audit::tree::{self, Element};
use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, Coded, DetailValue, EventIdentification,
    ObjectDescription, Outcome, ParticipantObject, SopClass,
};

/// Limits for reading a foreign audit message.
#[derive(Clone, Debug)]
pub struct ReadLimits {
    /// Bytes of XML; 1 MiB.
    pub size: usize,
    /// Elements; 20 000.
    pub elements: usize,
    /// Depth of elements; 16.
    pub depth: usize,
}

impl Default for ReadLimits {
    fn default() -> ReadLimits {
        ReadLimits {
            size: 1 << 20,
            elements: 20_000,
            depth: 16,
        }
    }
}

/// Why a text is not an audit message. Says where, never what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// Not well-formed XML.
    #[error("not well-formed XML")]
    Xml,
    /// A document type declaration, which is refused.
    #[error("DTD refused")]
    Dtd,
    /// Over a limit.
    #[error("audit message over a limit")]
    TooLarge,
    /// The root element is not AuditMessage.
    #[error("not an AuditMessage")]
    NotAuditMessage,
    /// An element or attribute that must be there is not, or has no meaning.
    #[error("missing or wrong: {0}")]
    Wrong(&'static str),
}

pub(crate) fn read(xml: &str, limits: &ReadLimits) -> Result<AuditMessage, ReadError> {
    let root = tree::parse(xml, limits)?;
    if root.name != "AuditMessage" {
        return Err(ReadError::NotAuditMessage);
    }
    let event_element = root.first("EventIdentification");
    let source = root.first("AuditSourceIdentification");
    Ok(AuditMessage {
        event: event(event_element.ok_or(ReadError::Wrong("EventIdentification"))?)?,
        participants: root.all("ActiveParticipant").map(participant).collect(),
        source: source.map(audit_source).unwrap_or_default(),
        objects: root
            .all("ParticipantObjectIdentification")
            .map(object)
            .collect(),
    })
}

fn event(element: &Element) -> Result<EventIdentification, ReadError> {
    let outcome = element
        .attribute("EventOutcomeIndicator")
        .and_then(|text| text.trim().parse().ok())
        .and_then(Outcome::from_number);
    let date_time = element.attribute("EventDateTime").and_then(date_time);
    let id = element
        .first("EventID")
        .map(coded)
        .ok_or(ReadError::Wrong("EventID"))?;
    let description = element.first("EventOutcomeDescription");
    Ok(EventIdentification {
        id,
        action: element
            .attribute("EventActionCode")
            .and_then(Action::from_letter),
        date_time: date_time.ok_or(ReadError::Wrong("EventDateTime"))?,
        outcome: outcome.ok_or(ReadError::Wrong("EventOutcomeIndicator"))?,
        types: element.all("EventTypeCode").map(coded).collect(),
        outcome_description: description.map(|one| one.text.clone()),
        purposes_of_use: element.all("PurposeOfUse").map(coded).collect(),
    })
}

/// xs:dateTime; a missing zone is read as UTC.
fn date_time(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    DateTime::parse_from_rfc3339(text).ok().or_else(|| {
        let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(naive.and_utc().fixed_offset())
    })
}

fn coded(element: &Element) -> Coded {
    let any = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| element.attribute(name))
            .unwrap_or_default()
            .to_owned()
    };
    Coded {
        code: any(&["csd-code", "code"]),
        system: any(&["codeSystemName", "codeSystem"]),
        text: any(&["originalText", "displayName"]),
    }
}

fn participant(element: &Element) -> ActiveParticipant {
    let requestor = element.attribute("UserIsRequestor").map(str::trim);
    let media = element
        .first("MediaIdentifier")
        .and_then(|media| media.first("MediaType"));
    ActiveParticipant {
        user_id: element.owned("UserID").unwrap_or_default(),
        alternative_user_id: element.owned("AlternativeUserID"),
        user_name: element.owned("UserName"),
        // RFC 3881: the default is true.
        is_requestor: !matches!(requestor, Some("false" | "0")),
        roles: element.all("RoleIDCode").map(coded).collect(),
        media_type: media.map(coded),
        network_access_point: element.owned("NetworkAccessPointID"),
        network_access_point_type: number(element, "NetworkAccessPointTypeCode"),
    }
}

/// Plain text `4` (to 2016a), `@code` (2016c), `@csd-code` (2017c).
fn audit_source(element: &Element) -> AuditSource {
    let kind = |one: &Element| match one.text.trim() {
        "" => coded(one),
        text => Coded {
            code: text.to_owned(),
            ..coded(one)
        },
    };
    let mut types: Vec<Coded> = element.all("AuditSourceTypeCode").map(kind).collect();
    if types.is_empty() && element.attribute("code").is_some() {
        types.push(coded(element));
    }
    AuditSource {
        enterprise_site_id: element.owned("AuditEnterpriseSiteID"),
        id: element.owned("AuditSourceID").unwrap_or_default(),
        types,
    }
}

fn object(element: &Element) -> ParticipantObject {
    let text = |name: &str| element.first(name).map(|one| one.text.clone());
    ParticipantObject {
        id: element.owned("ParticipantObjectID"),
        type_code: number(element, "ParticipantObjectTypeCode"),
        role: number(element, "ParticipantObjectTypeCodeRole"),
        life_cycle: number(element, "ParticipantObjectDataLifeCycle"),
        sensitivity: element.owned("ParticipantObjectSensitivity"),
        id_type: element
            .first("ParticipantObjectIDTypeCode")
            .map(coded)
            .unwrap_or_default(),
        name: text("ParticipantObjectName"),
        query: text("ParticipantObjectQuery").map(|query| base64(&query)),
        details: element.all("ParticipantObjectDetail").map(detail).collect(),
        descriptions: element
            .all("ParticipantObjectDescription")
            .map(description)
            .collect(),
    }
}

fn detail(element: &Element) -> DetailValue {
    DetailValue {
        name: element.owned("type").unwrap_or_default(),
        value: base64(element.attribute("value").unwrap_or_default()),
    }
}

fn description(element: &Element) -> ObjectDescription {
    let uids = |parent: &Element, name: &str, attribute: &str| -> Vec<String> {
        parent
            .all(name)
            .filter_map(|one| one.owned(attribute))
            .collect()
    };
    let sop_class = |one: &Element| SopClass {
        uid: one.owned("UID"),
        number_of_instances: number(one, "NumberOfInstances").unwrap_or_default(),
        instances: uids(one, "Instance", "UID"),
    };
    let study = element
        .first("ParticipantObjectContainsStudy")
        .unwrap_or(element);
    ObjectDescription {
        mpps: uids(element, "MPPS", "UID"),
        accessions: uids(element, "Accession", "Number"),
        sop_classes: element.all("SOPClass").map(sop_class).collect(),
        studies: uids(study, "StudyIDs", "UID"),
        encrypted: element.first("Encrypted").and_then(boolean),
        anonymized: element.first("Anonymized").and_then(boolean),
    }
}

fn boolean(element: &Element) -> Option<bool> {
    match element.text.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(element: &Element, name: &str) -> Option<T> {
    element
        .attribute(name)
        .and_then(|text| text.trim().parse().ok())
}

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Base64 with white space and missing padding forgiven; what is not base64 at all is kept as it
/// came, since some senders do not encode.
fn base64(text: &str) -> Vec<u8> {
    let packed: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    TOLERANT
        .decode(packed)
        .unwrap_or_else(|_| text.as_bytes().to_vec())
}
