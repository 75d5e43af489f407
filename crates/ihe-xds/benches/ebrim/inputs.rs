//! What is read and written: invented patients, codes of usual length.

use ihe_xds::iti42;
use ihe_xds::metadata::{
    Author, Code, DocumentBuilder, DocumentEntry, Objects, Submission, SubmissionBuilder,
};

fn code(code: &str, display: &str) -> Code {
    Code::new(code, "1.2.392.200270.4.8.5.1.100.1.20", display)
}

fn author() -> Author {
    Author {
        person: Some("3001^山田^太郎^^^^^^&1.2.392.200250.2.1.100.1&ISO".into()),
        institutions: vec!["中央病院^^^^^&1.2.392.200250.2.1&ISO^^^^1319999999".into()],
        roles: vec!["主治医".into()],
        specialties: vec!["循環器内科".into()],
        ..Author::default()
    }
}

fn document(number: u32) -> DocumentEntry {
    let mut entry = DocumentBuilder::new("application/pdf", "ja-JP")
        .unique_id(format!("1.2.392.200250.2.1.100.5.{number}"))
        .kind(
            code("DischargeSummary", "退院時サマリ"),
            code("18842-5", "Discharge summary"),
            code("urn:ihe:iti:xds-sd:pdf:2008", "PDF"),
        )
        .place(code("HOSP", "病院"), code("CARD", "循環器内科"))
        .confidentiality(code("N", "normal"))
        .title("退院時サマリ 2026年3月")
        .source_patient_id("0000123456^^^&1.2.392.200250.2.1.100&ISO")
        .source_patient_info(vec![
            "PID-5|山田^花子^^^^^L^I".into(),
            "PID-7|19580312".into(),
            "PID-8|F".into(),
        ])
        .created("20260315093000")
        .content("da39a3ee5e6b4b0d3255bfef95601890afd80709", 48_213)
        .build();
    entry.repository_unique_id = Some("1.2.392.200250.2.1.100.77".into());
    entry
}

fn four_documents() -> Submission {
    let builder = SubmissionBuilder::new(
        "R-20260001^^^&1.2.392.200270.4.8.5&ISO",
        "1.2.392.200250.2.1.100.8",
        code("Discharge", "退院"),
    );
    let filled = (1..=4).fold(
        builder.author(author()).title("退院"),
        |builder, number| builder.document(document(number)),
    );
    filled.build()
}

/// Name and body: as we write it, and with another prefix, a default namespace, a schema location, indented.
pub(crate) fn submissions() -> [(&'static str, String); 2] {
    let ours = iti42::encode(&four_documents());
    let namespaces = "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
                      xsi:schemaLocation='urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0 rim.xsd' xmlns=";
    let foreign = ours
        .replace("<lcm:", "<ns4:")
        .replace("</lcm:", "</ns4:")
        .replace("xmlns:lcm=", "xmlns:ns4=")
        .replace("xmlns:rim=", namespaces)
        .replace("<rim:", "<")
        .replace("</rim:", "</")
        .replace("><", ">\n          <");
    [("ours", ours), ("foreign", foreign)]
}

/// Twenty entries as a Registry answers with them.
pub(crate) fn answer() -> Objects {
    let documents = (1..=20).map(|number| {
        let mut entry = document(number);
        entry.patient_id = "R-20260001^^^&1.2.392.200270.4.8.5&ISO".into();
        entry
    });
    Objects {
        documents: documents.collect(),
        ..Objects::default()
    }
}
