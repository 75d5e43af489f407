//! A document's metadata: what can be known from its content, and codes from a table.

use hl7v2::datatype::Cx;
use ihe_xds::metadata::{
    Author, Code, DocumentBuilder, DocumentEntry, EntryUuid, Folder, LocalizedString, Oid,
    SubmissionBuilder,
};

use super::plan::{AuthorPlan, CodeText, DocumentPlan, FolderPlan, Plan};

/// The source id of submissions made here: an invented OID
pub(crate) const SOURCE_ID: &str = "1.3.6.1.4.1.21367.2005.13.20.4000";

const LOINC: &str = "2.16.840.1.113883.6.1";
const SNOMED: &str = "2.16.840.1.113883.6.96";
const CONFIDENTIALITY: &str = "2.16.840.1.113883.5.25";
const FORMATS: &str = "1.3.6.1.4.1.19376.1.2.3";
const CLASSES: &str = "1.3.6.1.4.1.19376.1.2.6.1";

/// A kind of content, and what the metadata says of it
pub(crate) struct Kind {
    /// mimeType
    pub(crate) mime_type: &'static str,
    format: (&'static str, &'static str),
    class: (&'static str, &'static str),
    type_code: (&'static str, &'static str),
}

const CDA: Kind = Kind {
    mime_type: "text/xml",
    format: ("urn:ihe:pcc:xds-ms:2007", "PCC XDS-MS"),
    class: ("SUMMARIES", "Summaries"),
    type_code: ("18842-5", "Discharge summary"),
};
const PDF: Kind = Kind {
    mime_type: "application/pdf",
    format: (
        "urn:ihe:iti:xds:2017:mimeTypeSufficient",
        "mimeType Sufficient",
    ),
    class: ("REPORTS", "Reports"),
    type_code: ("11488-4", "Consultation Note"),
};
const TEXT: Kind = Kind {
    mime_type: "text/plain",
    ..PDF
};
const OTHER: Kind = Kind {
    mime_type: "application/octet-stream",
    ..PDF
};

impl Kind {
    /// Told by the content's first bytes
    pub(crate) fn of(content: &[u8]) -> &'static Kind {
        let start = String::from_utf8_lossy(&content[..content.len().min(64 * 1024)]);
        if content.starts_with(b"%PDF") {
            &PDF
        } else if root_element(&start).is_some_and(|name| name == "ClinicalDocument") {
            &CDA
        } else if is_text(content) {
            &TEXT
        } else {
            &OTHER
        }
    }
}

/// The entry of one document; what the plan leaves out is told by the content or invented
pub(crate) fn entry(
    plan: &DocumentPlan,
    kind: &Kind,
    author: &Author,
    source_id: &Cx,
) -> DocumentEntry {
    let loinc = |(code, display)| self::code(LOINC, code, display);
    let department = "General medical department (environment)";
    let mime_type = plan.mime_type.as_deref().unwrap_or(kind.mime_type);
    let mut entry = DocumentBuilder::new(mime_type, plan.language.as_deref().unwrap_or("ja-JP"))
        .kind(
            or(&plan.class, || code(CLASSES, kind.class.0, kind.class.1)),
            or(&plan.type_code, || loinc(kind.type_code)),
            or(&plan.format, || code(FORMATS, kind.format.0, kind.format.1)),
        )
        .place(
            or(&plan.facility, || code(SNOMED, "22232009", "Hospital")),
            or(&plan.practice, || code(SNOMED, "309927009", department)),
        )
        .author(plan.author.as_ref().map_or_else(|| author.clone(), person))
        .source_patient_id(source_id.to_xds())
        .source_patient_info(plan.source_patient_info.clone())
        .build();
    entry.confidentiality_codes = codes(&plan.confidentiality);
    if entry.confidentiality_codes.is_empty() {
        entry.confidentiality_codes = vec![code(CONFIDENTIALITY, "N", "normal")];
    }
    entry.event_codes = codes(&plan.events);
    entry.title = plan.title.as_deref().map(LocalizedString::new);
    entry.comments = plan.comments.as_deref().map(LocalizedString::new);
    entry.service_start_time.clone_from(&plan.service_start);
    entry.service_stop_time.clone_from(&plan.service_stop);
    entry
        .legal_authenticator
        .clone_from(&plan.legal_authenticator);
    entry.reference_ids.clone_from(&plan.reference_ids);
    entry.creation_time = plan.created.clone().or(entry.creation_time);
    if let Some(id) = &plan.unique_id {
        entry.unique_id.clone_from(id);
    }
    entry
}

/// The SubmissionSet
pub(crate) fn set(plan: &Plan, author: &Author, affinity_id: &Cx) -> SubmissionBuilder {
    let content_type = or(&plan.content_type, || code(SNOMED, "22232009", "Hospital"));
    let source = plan.source_id.as_deref().unwrap_or(SOURCE_ID);
    let mut set =
        SubmissionBuilder::new(&affinity_id.to_xds(), source, content_type).author(author.clone());
    if let Some(title) = &plan.title {
        set = set.title(title);
    }
    if let Some(comments) = &plan.comments {
        set = set.comments(comments);
    }
    let recipients = plan.intended_recipients.iter();
    recipients.fold(set, SubmissionBuilder::intended_recipient)
}

/// A new folder
pub(crate) fn folder(plan: &FolderPlan) -> Folder {
    let mut folder = Folder {
        entry_uuid: EntryUuid::random().into(),
        unique_id: plan
            .unique_id
            .clone()
            .unwrap_or_else(|| Oid::random().into()),
        title: Some(LocalizedString::new(plan.title.as_str())),
        comments: plan.comments.as_deref().map(LocalizedString::new),
        codes: codes(&plan.codes),
        ..Folder::default()
    };
    if folder.codes.is_empty() {
        folder.codes = vec![code(SNOMED, "22232009", "Hospital")];
    }
    folder
}

/// The author of everything that names none
pub(crate) fn author(plan: &Plan) -> Author {
    let invented = || Author {
        person: Some("^架空^医師".to_owned()),
        ..Author::default()
    };
    plan.author.as_ref().map_or_else(invented, person)
}

fn person(plan: &AuthorPlan) -> Author {
    Author {
        person: plan.person.clone(),
        institutions: plan.institutions.clone(),
        roles: plan.roles.clone(),
        specialties: plan.specialties.clone(),
        telecommunications: plan.telecommunications.clone(),
    }
}

fn or(given: &Option<CodeText>, otherwise: impl FnOnce() -> Code) -> Code {
    given.as_ref().map_or_else(otherwise, |text| text.0.clone())
}

fn codes(texts: &[CodeText]) -> Vec<Code> {
    texts.iter().map(|text| text.0.clone()).collect()
}

fn code(scheme: &str, code: &str, display: &str) -> Code {
    Code::new(code, scheme, display)
}

fn is_text(content: &[u8]) -> bool {
    let printable = |c: char| !c.is_control() || c.is_whitespace();
    std::str::from_utf8(content).is_ok_and(|text| !text.is_empty() && text.chars().all(printable))
}

/// The local name of the first element of something that looks like XML
fn root_element(text: &str) -> Option<&str> {
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let tag = rest.strip_prefix('<')?;
        let end = if tag.starts_with("!--") { "-->" } else { ">" };
        if tag.starts_with(['?', '!']) {
            rest = tag[tag.find(end)? + end.len()..].trim_start();
            continue;
        }
        let name = tag
            .split(|c: char| c.is_whitespace() || c == '>' || c == '/')
            .next()?;
        return name.rsplit(':').next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hl7v2::datatype::Hd;

    #[test]
    fn content_decides_the_kind_not_the_file_name() {
        let cda = b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- <x> -->\n<n:ClinicalDocument xmlns:n='urn:hl7-org:v3'/>";
        assert_eq!(Kind::of(cda).mime_type, "text/xml");
        assert_eq!(Kind::of(b"%PDF-1.4\n").mime_type, "application/pdf");
        assert_eq!(
            Kind::of(b"<html>ClinicalDocument</html>").mime_type,
            "text/plain"
        );
        for other in [&b"\xff\xfe\x00"[..], b"a\x00b", b""] {
            assert_eq!(Kind::of(other).mime_type, "application/octet-stream");
        }
    }

    #[test]
    fn the_entry_remembers_the_hospitals_own_id_and_takes_what_the_plan_says() {
        let local = Cx::new("0001", Hd::oid("1.2.4"));
        let plan = DocumentPlan {
            class: Some("A^B^1.2.3".to_owned().try_into().unwrap()),
            unique_id: Some("1.2.5".to_owned()),
            ..DocumentPlan::default()
        };
        let entry = entry(&plan, &PDF, &author(&Plan::default()), &local);
        assert_eq!(
            entry.source_patient_id.as_deref(),
            Some("0001^^^&1.2.4&ISO")
        );
        assert_eq!(entry.class_code, Code::new("A", "1.2.3", "B"));
        assert_eq!(entry.unique_id, "1.2.5");
        assert_eq!(entry.confidentiality_codes[0].code, "N");
    }
}
