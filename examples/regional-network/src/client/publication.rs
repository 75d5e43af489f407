//! A document's metadata: what can be known from its content, and codes from a table.

use hl7v2::datatype::Cx;
use ihe_xds::metadata::{Author, Code, DocumentBuilder, Submission, SubmissionBuilder};

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

/// Where and by whom a document was made, as far as the caller knows
#[derive(Default)]
pub(crate) struct Origin<'a> {
    /// title
    pub(crate) title: &'a str,
    /// authorInstitution
    pub(crate) institution: Option<&'a str>,
    /// authorPerson, XCN
    pub(crate) person: Option<&'a str>,
    /// typeCode (LOINC) other than the kind's own
    pub(crate) type_code: Option<(&'a str, &'a str)>,
}

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

/// The submission of one document: entryUUID of the document beside it
pub(crate) fn submission(
    kind: &Kind,
    affinity_id: &Cx,
    source_id: &Cx,
    origin: &Origin<'_>,
) -> (Submission, String) {
    let loinc = |(code, display): (&str, &str)| self::code(LOINC, code, display);
    let author = Author {
        person: Some(origin.person.unwrap_or("^架空^医師").to_owned()),
        institutions: origin.institution.map(str::to_owned).into_iter().collect(),
        ..Author::default()
    };
    let entry = DocumentBuilder::new(kind.mime_type, "ja-JP")
        .kind(
            code(CLASSES, kind.class.0, kind.class.1),
            loinc(origin.type_code.unwrap_or(kind.type_code)),
            code(FORMATS, kind.format.0, kind.format.1),
        )
        .place(
            code(SNOMED, "22232009", "Hospital"),
            code(
                SNOMED,
                "309927009",
                "General medical department (environment)",
            ),
        )
        .confidentiality(code(CONFIDENTIALITY, "N", "normal"))
        .author(author.clone())
        .title(origin.title)
        .source_patient_id(source_id.to_xds())
        .build();
    let entry_uuid = entry.entry_uuid.clone();
    let content_type = code(SNOMED, "22232009", "Hospital");
    let set = SubmissionBuilder::new(&affinity_id.to_xds(), SOURCE_ID, content_type);
    (
        set.author(author)
            .title(origin.title)
            .document(entry)
            .build(),
        entry_uuid,
    )
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
    fn the_entry_hangs_on_the_affinity_id_and_remembers_the_hospitals_own() {
        let affinity = Cx::new("A1", Hd::oid("1.2.3"));
        let local = Cx::new("0001", Hd::oid("1.2.4"));
        let (submission, uuid) = submission(&PDF, &affinity, &local, &Origin::default());
        let entry = &submission.documents[0];
        assert_eq!(entry.entry_uuid, uuid);
        assert_eq!(entry.patient_id, "A1^^^&1.2.3&ISO");
        assert_eq!(
            entry.source_patient_id.as_deref(),
            Some("0001^^^&1.2.4&ISO")
        );
        assert_eq!(submission.submission_set.patient_id, entry.patient_id);
    }
}
