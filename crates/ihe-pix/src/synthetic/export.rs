//! Records as CSV, for other programs (Splink and the like).

use std::io::{self, Write};

use super::{NoiseKind, SyntheticRecord};

/// The columns. `birth_date` is `YYYY-MM-DD`; `phone` is PID-13, `phone_other` its second repetition;
/// `noise` holds names of kinds with spaces between. `person` and `noise` are the truth.
pub const COLUMNS: [&str; 18] = [
    "unique_id",
    "person",
    "domain",
    "local_id",
    "family_kanji",
    "given_kanji",
    "family_kana",
    "given_kana",
    "family_roman",
    "given_roman",
    "birth_date",
    "sex",
    "postcode",
    "address",
    "phone",
    "phone_other",
    "insurance",
    "noise",
];

/// Writes a header and the records, one after the other as they come. `unique_id` counts from 0.
///
/// ```
/// use ihe_pix::synthetic::{City, write_csv};
///
/// let mut csv = Vec::new();
/// write_csv(&mut csv, City::new(7, 100).records().take(3))?;
/// assert!(csv.starts_with(b"unique_id,person,domain,"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_csv(
    output: impl Write,
    records: impl IntoIterator<Item = SyntheticRecord>,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record(COLUMNS)?;
    for (number, record) in records.into_iter().enumerate() {
        writer.write_record(row(number, &record))?;
    }
    writer.flush()
}

fn row(number: usize, record: &SyntheticRecord) -> [String; 18] {
    let SyntheticRecord { record, truth } = record;
    let local_id = record.ids.first().map(|id| id.id.clone());
    let [family_kanji, given_kanji] = name(record, "I");
    let [family_kana, given_kana] = name(record, "P");
    let [family_roman, given_roman] = name(record, "A");
    let (postcode, address) = address(&record.address);
    let mut phones = record.phone_home.split('~').map(str::to_owned);
    let noise: Vec<&str> = truth.noise.iter().map(NoiseKind::name).collect();
    [
        number.to_string(),
        truth.person.to_string(),
        truth.domain.to_string(),
        local_id.unwrap_or_default(),
        family_kanji,
        given_kanji,
        family_kana,
        given_kana,
        family_roman,
        given_roman,
        iso_date(&record.birth_date),
        record.sex.clone(),
        postcode,
        address,
        phones.next().unwrap_or_default(),
        phones.next().unwrap_or_default(),
        record.ssn.clone(),
        noise.join(" "),
    ]
}

fn name(record: &crate::PatientRecord, representation: &str) -> [String; 2] {
    let mut names = record.names.iter();
    let name = names.find(|name| name.representation == representation);
    name.map(|name| [name.family.clone(), name.given.clone()])
        .unwrap_or_default()
}

/// Post code, and the address as one text.
fn address(xad: &str) -> (String, String) {
    let parts: Vec<&str> = xad.split('^').collect();
    let part = |index: usize| parts.get(index).copied().unwrap_or_default();
    let split = [3, 2, 0, 1].map(part).concat();
    let text = if split.is_empty() { part(7) } else { &split };
    (part(4).to_owned(), text.to_owned())
}

fn iso_date(date: &str) -> String {
    match (date.get(..4), date.get(4..6), date.get(6..8)) {
        (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
        _ => date.to_owned(),
    }
}
