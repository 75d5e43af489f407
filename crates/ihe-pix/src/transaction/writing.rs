//! PID and messages as sent, written once for all transactions.

use hl7v2::build::{self, HeaderFields, SegmentBuilder};
use hl7v2::datatype::Cx;

use crate::PatientRecord;
use crate::error::Error;

/// The fields of [`PatientRecord::texts`], in its order.
const FIELDS: [usize; 10] = [6, 7, 8, 11, 13, 14, 18, 19, 20, 25];

/// PID with everything the record says. Without a name PID-5 is a single space.
pub(crate) fn pid(patient: &PatientRecord) -> SegmentBuilder {
    let named = identified(&patient.ids, &patient.names_text());
    FIELDS
        .into_iter()
        .zip(patient.texts())
        .fold(named, |pid, (field, text)| pid.raw(field, text))
}

/// PID with ids and names only.
pub(crate) fn identified<'a>(all: impl IntoIterator<Item = &'a Cx>, names: &str) -> SegmentBuilder {
    let names = Some(names).filter(|names| !names.is_empty());
    SegmentBuilder::new("PID")
        .raw(3, ids(all))
        .raw(5, names.unwrap_or(" "))
}

/// Ids as the repetitions of one field.
pub(crate) fn ids<'a>(ids: impl IntoIterator<Item = &'a Cx>) -> String {
    let texts: Vec<String> = ids.into_iter().map(Cx::to_string).collect();
    texts.join("~")
}

/// The message in the character set of its header.
pub(crate) fn written(header: &HeaderFields, segments: &[String]) -> Result<Vec<u8>, Error> {
    build::message(header, segments)
        .map_err(|_| Error::Misuse("the text does not fit the character set".into()))
}
