//! ITI-20 audit message from XML (DICOM PS3.15 A.5.1), in one pass and tolerant of every edition
//! seen in practice (ATNA-R-029): `csd-code` or `code`, plain-text source types, elements in any
//! order, study details beside their description, RFC 3881 spellings.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, FixedOffset, NaiveDateTime};
use quick_xml::events::BytesStart;

use crate::audit::pull::Pull;
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
    /// Attributes of one element; 64.
    pub attributes: usize,
}

impl Default for ReadLimits {
    fn default() -> ReadLimits {
        ReadLimits {
            size: 1 << 20,
            elements: 20_000,
            depth: 16,
            attributes: 64,
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

type Start<'a> = BytesStart<'a>;

pub(crate) fn read(xml: &str, limits: &ReadLimits) -> Result<AuditMessage, ReadError> {
    let pull = &mut Pull::new(xml, limits)?;
    if pull.root()?.local_name().as_ref() != "AuditMessage" {
        return Err(ReadError::NotAuditMessage);
    }
    let (mut found, mut source) = (None, None);
    let (mut participants, mut objects) = (Vec::new(), Vec::new());
    while let Some(child) = pull.child()? {
        match child.local_name().as_ref() {
            "EventIdentification" if found.is_none() => found = Some(event(pull, &child)?),
            "ActiveParticipant" => participants.push(participant(pull, &child)?),
            // RFC 3881 allows several; the first is the one that wrote.
            "AuditSourceIdentification" if source.is_none() => {
                source = Some(audit_source(pull, &child)?);
            }
            "ParticipantObjectIdentification" => objects.push(object(pull, &child)?),
            _ => pull.skip()?,
        }
    }
    pull.finish()?;
    Ok(AuditMessage {
        event: found.ok_or(ReadError::Wrong("EventIdentification"))?,
        participants,
        source: source.unwrap_or_default(),
        objects,
    })
}

fn event(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<EventIdentification, ReadError> {
    let (mut action, mut time, mut outcome) = (None, None, None);
    pull.attributes(start, |name, value| match name {
        "EventActionCode" => action = Action::from_letter(value.trim()),
        "EventDateTime" => time = date_time(value.trim()),
        "EventOutcomeIndicator" => outcome = number(&value).and_then(Outcome::from_number),
        _ => {}
    })?;
    let (mut id, mut types, mut purposes_of_use) = (None, Vec::new(), Vec::new());
    let mut outcome_description = None;
    while let Some(child) = pull.child()? {
        match child.local_name().as_ref() {
            "EventID" if id.is_none() => id = Some(coded(pull, &child)?),
            "EventTypeCode" => types.push(coded(pull, &child)?),
            "EventOutcomeDescription" => outcome_description = Some(pull.text()?),
            "PurposeOfUse" => purposes_of_use.push(coded(pull, &child)?),
            _ => pull.skip()?,
        }
    }
    Ok(EventIdentification {
        id: id.ok_or(ReadError::Wrong("EventID"))?,
        action,
        date_time: time.ok_or(ReadError::Wrong("EventDateTime"))?,
        outcome: outcome.ok_or(ReadError::Wrong("EventOutcomeIndicator"))?,
        types,
        outcome_description,
        purposes_of_use,
    })
}

/// xs:dateTime; a missing zone is read as UTC.
pub(crate) fn date_time(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok().or_else(|| {
        let naive = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
        Some(naive.and_utc().fixed_offset())
    })
}

fn coded(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<Coded, ReadError> {
    let coded = coded_attributes(pull, start)?;
    pull.skip()?;
    Ok(coded)
}

fn coded_attributes(pull: &Pull<'_>, start: &Start<'_>) -> Result<Coded, ReadError> {
    let mut coded = Coded::default();
    let (mut old_code, mut system_id, mut text) = (None, None, None);
    pull.attributes(start, |name, value| match name {
        "csd-code" => coded.code = value.into_owned(),
        "codeSystemName" => coded.system = value.into_owned(),
        "originalText" => text = Some(value.into_owned()),
        "displayName" => coded.display_name = Some(value.into_owned()),
        "code" => old_code = Some(value),
        "codeSystem" => system_id = Some(value),
        _ => {}
    })?;
    if let (true, Some(code)) = (coded.code.is_empty(), old_code) {
        coded.code = code.into_owned();
    }
    if let (true, Some(system)) = (coded.system.is_empty(), system_id) {
        coded.system = system.into_owned();
    }
    coded.text = text
        .or_else(|| coded.display_name.clone())
        .unwrap_or_default();
    Ok(coded)
}

fn participant(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<ActiveParticipant, ReadError> {
    let mut one = ActiveParticipant {
        // RFC 3881: the default is true.
        is_requestor: true,
        ..ActiveParticipant::default()
    };
    pull.attributes(start, |name, value| match name {
        "UserID" => one.user_id = value.into_owned(),
        "AlternativeUserID" => one.alternative_user_id = owned(value),
        "UserName" => one.user_name = owned(value),
        "UserIsRequestor" => one.is_requestor = boolean(&value) != Some(false),
        "NetworkAccessPointID" => one.network_access_point = owned(value),
        "NetworkAccessPointTypeCode" => one.network_access_point_type = number(&value),
        _ => {}
    })?;
    while let Some(child) = pull.child()? {
        match child.local_name().as_ref() {
            "RoleIDCode" => one.roles.push(coded(pull, &child)?),
            "MediaIdentifier" => one.media_type = media_type(pull)?,
            _ => pull.skip()?,
        }
    }
    Ok(one)
}

fn media_type(pull: &mut Pull<'_>) -> Result<Option<Coded>, ReadError> {
    let mut media = None;
    while let Some(child) = pull.child()? {
        match child.local_name().as_ref() {
            "MediaType" => media = Some(coded(pull, &child)?),
            _ => pull.skip()?,
        }
    }
    Ok(media)
}

fn audit_source(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<AuditSource, ReadError> {
    let mut source = AuditSource::default();
    pull.attributes(start, |name, value| match name {
        "AuditEnterpriseSiteID" => source.enterprise_site_id = owned(value),
        "AuditSourceID" => source.id = value.into_owned(),
        _ => {}
    })?;
    while let Some(child) = pull.child()? {
        match child.local_name().as_ref() {
            "AuditSourceTypeCode" => source.types.push(source_type(pull, &child)?),
            _ => pull.skip()?,
        }
    }
    if source.types.is_empty() {
        let own = coded_attributes(pull, start)?;
        source.types.extend((!own.code.is_empty()).then_some(own));
    }
    Ok(source)
}

/// Plain text `4` (to 2016a), `@code` (2016c), `@csd-code` (2017c).
fn source_type(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<Coded, ReadError> {
    let mut coded = coded_attributes(pull, start)?;
    let text = pull.text()?;
    if !text.trim().is_empty() {
        coded.code = text.trim().to_owned();
    }
    Ok(coded)
}

fn object(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<ParticipantObject, ReadError> {
    let mut one = ParticipantObject::default();
    pull.attributes(start, |name, value| match name {
        "ParticipantObjectID" => one.id = owned(value),
        "ParticipantObjectTypeCode" => one.type_code = number(&value),
        "ParticipantObjectTypeCodeRole" => one.role = number(&value),
        "ParticipantObjectDataLifeCycle" => one.life_cycle = number(&value),
        "ParticipantObjectSensitivity" => one.sensitivity = owned(value),
        _ => {}
    })?;
    // Before 2016 these elements stood beside the description.
    let mut beside = ObjectDescription::default();
    while let Some(child) = pull.child()? {
        match child.local_name().as_ref() {
            "ParticipantObjectIDTypeCode" => one.id_type = coded(pull, &child)?,
            "ParticipantObjectName" => one.name = Some(pull.text()?),
            "ParticipantObjectQuery" => one.query = Some(base64(&pull.text()?)),
            "ParticipantObjectDetail" => one.details.push(detail(pull, &child)?),
            "ParticipantObjectDescription" => one.descriptions.push(description(pull)?),
            _ => describe(pull, &child, &mut beside)?,
        }
    }
    if beside != ObjectDescription::default() {
        one.descriptions.push(beside);
    }
    Ok(one)
}

fn detail(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<DetailValue, ReadError> {
    let (mut detail_name, mut bytes) = (String::new(), Vec::new());
    pull.attributes(start, |name, value| match name {
        "type" => detail_name = value.into_owned(),
        "value" => bytes = base64(&value),
        _ => {}
    })?;
    pull.skip()?;
    Ok(DetailValue {
        name: detail_name,
        value: bytes,
    })
}

fn description(pull: &mut Pull<'_>) -> Result<ObjectDescription, ReadError> {
    let mut description = ObjectDescription::default();
    while let Some(child) = pull.child()? {
        describe(pull, &child, &mut description)?;
    }
    Ok(description)
}

/// One child of a description.
fn describe(
    pull: &mut Pull<'_>,
    start: &Start<'_>,
    into: &mut ObjectDescription,
) -> Result<(), ReadError> {
    match start.local_name().as_ref() {
        "MPPS" => into.mpps.extend(only(pull, start, "UID")?),
        "Accession" => into.accessions.extend(only(pull, start, "Number")?),
        "SOPClass" => into.sop_classes.push(sop_class(pull, start)?),
        "ParticipantObjectContainsStudy" => {
            into.studies.extend(children(pull, "StudyIDs", "UID")?);
        }
        "StudyIDs" => into.studies.extend(only(pull, start, "UID")?),
        "Encrypted" => into.encrypted = boolean(&pull.text()?),
        "Anonymized" => into.anonymized = boolean(&pull.text()?),
        _ => pull.skip()?,
    }
    Ok(())
}

fn sop_class(pull: &mut Pull<'_>, start: &Start<'_>) -> Result<SopClass, ReadError> {
    let mut class = SopClass::default();
    pull.attributes(start, |name, value| match name {
        "UID" => class.uid = owned(value),
        "NumberOfInstances" => class.number_of_instances = number(&value).unwrap_or_default(),
        _ => {}
    })?;
    class.instances = children(pull, "Instance", "UID")?;
    Ok(class)
}

/// An attribute of each child of a name.
fn children(pull: &mut Pull<'_>, element: &str, attribute: &str) -> Result<Vec<String>, ReadError> {
    let mut values = Vec::new();
    while let Some(child) = pull.child()? {
        match child.local_name().as_ref() == element {
            true => values.extend(only(pull, &child, attribute)?),
            false => pull.skip()?,
        }
    }
    Ok(values)
}

/// The one attribute of an element.
fn only(
    pull: &mut Pull<'_>,
    start: &Start<'_>,
    attribute: &str,
) -> Result<Option<String>, ReadError> {
    let mut found = None;
    pull.attributes(start, |name, value| {
        if name == attribute {
            found = owned(value);
        }
    })?;
    pull.skip()?;
    Ok(found)
}

fn owned(value: Cow<'_, str>) -> Option<String> {
    Some(value.into_owned())
}

fn boolean(text: &str) -> Option<bool> {
    let is = |word: &str| text.trim().eq_ignore_ascii_case(word);
    match (is("true") || is("1"), is("false") || is("0")) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.trim().parse().ok()
}

const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Base64 with white space and missing padding forgiven; what is not base64 at all is kept as it
/// came, since some senders do not encode.
fn base64(text: &str) -> Vec<u8> {
    TOLERANT.decode(text).unwrap_or_else(|_| {
        let packed: String = text.split_ascii_whitespace().collect();
        let decoded = TOLERANT.decode(packed);
        decoded.unwrap_or_else(|_| text.as_bytes().to_vec())
    })
}
