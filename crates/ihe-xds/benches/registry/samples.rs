//! Documents by number: the same number is always the same document. All names are made up here.

use ihe_xds::iti18::{FindDocuments, GetDocuments, Ids, StoredQuery};
use ihe_xds::metadata::{
    Author, Code, DocumentBuilder, DocumentEntry, ObjectType, Status, Submission, SubmissionBuilder,
};

const DOMAIN: &str = "1.2.392.200119.6.102.11310000";
const SCHEME: &str = "1.2.392.200270.4.100.1.11.6";
/// Documents of each patient.
pub(crate) const EACH: u64 = 20;

/// Well mixed bits of a number.
pub(crate) fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ number >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number ^ number >> 32
}

pub(crate) fn patient(number: u64) -> String {
    format!("{number:010}^^^&{DOMAIN}&ISO")
}

fn uuid(number: u64, of: u64) -> String {
    let bits = u128::from(mixed(number)) << 64 | u128::from(mixed(number ^ of << 56));
    format!(
        "urn:uuid:{}",
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    )
}

pub(crate) fn entry_uuid(number: u64) -> String {
    uuid(number, 1)
}

pub(crate) fn unique_id(number: u64) -> String {
    format!(
        "2.25.{}",
        u128::from(mixed(number)) << 64 | u128::from(mixed(!number))
    )
}

fn code(code: &str, display: &str) -> Code {
    Code::new(code, SCHEME, display)
}

/// What a hospital says of a discharge summary.
fn document(number: u64, patients: u64) -> DocumentEntry {
    let patient = number % patients;
    let bits = mixed(number + 7);
    let author = Author {
        person: Some(format!(
            "D{:06}^山田^花子^^^^^^&1.2.392.200119.4.1&ISO",
            bits % 5000
        )),
        institutions: vec!["中央病院^^^^^&1.2.392.200119.4.2&ISO^^^^1310000".into()],
        roles: vec!["主治医".into()],
        specialties: vec!["内科".into()],
        telecommunications: Vec::new(),
    };
    let time = format!(
        "2026{:02}{:02}{:02}1500",
        bits % 12 + 1,
        bits % 28 + 1,
        bits % 24
    );
    let mut entry = DocumentBuilder::new("application/pdf", "ja-JP")
        .unique_id(unique_id(number))
        .kind(
            code("18842-5", "退院時サマリー"),
            code(
                &format!("{}-{}", 10_000 + bits % 300, bits % 10),
                "診療記録 一般",
            ),
            code("urn:ihe:iti:xds-sd:pdf:2008", "PDF"),
        )
        .place(code("HOSP", "病院"), code("394802001", "一般内科"))
        .confidentiality(code("N", "通常"))
        .source_patient_id(format!(
            "{:08}^^^&1.2.392.200119.5.{}&ISO",
            patient,
            bits % 40
        ))
        .source_patient_info(vec![
            format!("PID-3|{:08}^^^&1.2.392.200119.5.{}&ISO", patient, bits % 40),
            "PID-5|佐藤^太郎^^^^^L^I".into(),
            format!(
                "PID-7|19{:02}0{}1{}",
                bits % 80 + 10,
                bits % 9 + 1,
                bits % 10
            ),
            "PID-8|M".into(),
        ])
        .author(author)
        .title("退院時サマリー 内科 中央病院")
        .service(&time, &time)
        .created(&time)
        .content(
            format!("{:016x}{:016x}{:08x}", bits, mixed(bits), bits >> 32),
            bits % 1_000_000,
        )
        .build();
    entry.entry_uuid = entry_uuid(number);
    entry.repository_unique_id = Some("1.2.392.200119.7.1".into());
    entry
}

/// The submission of one document; its patients take turns.
pub(crate) fn submission(number: u64, patients: u64) -> Submission {
    let patient = patient(number % patients);
    let author = Author {
        person: Some("D000001^山田^花子^^^^^^&1.2.392.200119.4.1&ISO".into()),
        institutions: vec!["中央病院^^^^^&1.2.392.200119.4.2&ISO^^^^1310000".into()],
        ..Author::default()
    };
    let content = code("34133-9", "診療情報");
    SubmissionBuilder::new(&patient, "1.2.392.200119.8.1", content)
        .author(author)
        .document(document(number, patients))
        .build()
}

/// The entries of one patient.
pub(crate) fn find(patient_number: u64) -> StoredQuery {
    FindDocuments {
        patient_id: patient(patient_number),
        statuses: vec![Status::Approved],
        object_types: vec![ObjectType::Stable],
        ..FindDocuments::default()
    }
    .into()
}

pub(crate) fn by_uuid(number: u64) -> StoredQuery {
    let ids = Ids::EntryUuids(vec![entry_uuid(number)]);
    GetDocuments { ids }.into()
}

pub(crate) fn by_unique_id(number: u64) -> StoredQuery {
    let ids = Ids::UniqueIds(vec![unique_id(number)]);
    GetDocuments { ids }.into()
}
