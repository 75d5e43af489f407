//! PID: one patient (ITI TF-2 Table 3.8-2, Table 3.30-3).

use hl7v2::Segment;
use hl7v2::ack::{ErrorCode, Location, Problem};
use hl7v2::datatype::{Dtm, NULL, Xpn};

use super::identifiers::{self, Context, Placed};
use crate::PatientRecord;
use crate::transaction::{Problems, canonical};

/// HL7 table 0001.
const SEXES: [&str; 6] = ["F", "M", "O", "U", "A", "N"];

/// What one PID says: the ids of our domains with their repetitions, and the demographics.
pub(crate) fn patient(
    pid: Segment<'_>,
    must_have_id: bool,
    context: &Context<'_>,
    found: &mut Problems,
) -> (PatientRecord, Vec<Placed>) {
    let placed = ids(pid, must_have_id, context, found);
    let mut record = demographics(pid, context, found);
    record.ids = placed.iter().map(|(_, id)| id.clone()).collect();
    (record, placed)
}

/// The ids of PID-3 that belong to our domains. None of ours may be right, no id at all is not.
pub(crate) fn ids(
    pid: Segment<'_>,
    must_have_one: bool,
    context: &Context<'_>,
    found: &mut Problems,
) -> Vec<Placed> {
    let before = found.len();
    let sequence = u16::try_from(pid.sequence()).unwrap_or(u16::MAX);
    let place = Location::field("PID", sequence, 3);
    let placed = identifiers::read(pid.field(3), &place, context, found);
    let none = placed.is_empty() && found.len() == before;
    if none && (must_have_one || !names_any(pid, 3)) {
        found.push(no_id(pid, place));
    }
    placed
}

/// Whether a field holds an id of whatever domain.
fn names_any(segment: Segment<'_>, field: u16) -> bool {
    let named = |id: &str| !id.is_empty() && id != NULL;
    let field = segment.field(usize::from(field));
    field
        .repetitions()
        .any(|repetition| named(repetition.component(1).raw()))
}

/// Nothing said, or nothing said that is ours (only where other domains are left out).
pub(super) fn no_id(segment: Segment<'_>, place: Location) -> Problem {
    if !names_any(segment, place.field) {
        return Problem::error(ErrorCode::REQUIRED_FIELD_MISSING, place, "no id");
    }
    let place = place.repetition(1).component(4);
    Problem::error(ErrorCode::UNKNOWN_KEY, place, "no id of a known domain")
}

fn demographics(pid: Segment<'_>, context: &Context<'_>, found: &mut Problems) -> PatientRecord {
    let mut text = |field: u16| {
        let text = canonical(pid.field(usize::from(field)).raw(), context.separators);
        let Some(fault) = unfit(&text, context) else {
            return text;
        };
        let place = Location::field("PID", 1, field);
        found.push(Problem::error(ErrorCode::DATA_TYPE, place, fault));
        String::new()
    };
    let record = PatientRecord {
        ids: Vec::new(),
        names: Vec::new(),
        mother_maiden_name: text(6),
        birth_date: text(7),
        sex: text(8),
        address: text(11),
        phone_home: text(13),
        phone_business: text(14),
        account_number: text(18),
        ssn: text(19),
        driver_license: text(20),
        birth_order: text(25),
        visit: String::new(),
    };
    let names_fit = !text(5).is_empty();
    check_birth_date(&record.birth_date, found);
    check_sex(&record.sex, found);
    let names = names(pid, names_fit, context, found);
    PatientRecord { names, ..record }
}

/// Why a field is not kept.
fn unfit(text: &str, context: &Context<'_>) -> Option<&'static str> {
    if text.chars().count() > context.policy.limits.field_length {
        return Some("the field is too long");
    }
    text.contains('\0')
        .then_some("a NUL character in the field")
}

fn names(pid: Segment<'_>, fits: bool, context: &Context<'_>, found: &mut Problems) -> Vec<Xpn> {
    let place = Location::field("PID", 1, 5);
    let field = pid.field(5);
    if field.is_empty() {
        found.push(Problem::error(
            ErrorCode::REQUIRED_FIELD_MISSING,
            place,
            "no name",
        ));
        return Vec::new();
    }
    if field.repetitions().count() > context.policy.limits.names {
        found.push(Problem::error(
            ErrorCode::DATA_TYPE,
            place,
            "too many names",
        ));
        return Vec::new();
    }
    let parse = |raw: &str| Xpn::parse(raw, &context.separators);
    let names = field
        .repetitions()
        .map(|repetition| parse(repetition.raw()));
    if fits {
        names.filter(says_something).collect()
    } else {
        Vec::new()
    }
}

/// A repetition of blanks, or with a type code only, names nobody.
fn says_something(name: &Xpn) -> bool {
    [&name.family, &name.given, &name.further]
        .iter()
        .any(|part| !part.trim().is_empty())
}

fn check_birth_date(text: &str, found: &mut Problems) {
    let point = text.split('^').next().unwrap_or_default();
    if text.is_empty() || text == NULL || point.parse::<Dtm>().is_ok() {
        return;
    }
    let place = Location::field("PID", 1, 7);
    found.push(Problem::error(
        ErrorCode::DATA_TYPE,
        place,
        "not a time stamp",
    ));
}

fn check_sex(text: &str, found: &mut Problems) {
    let code = text.split('^').next().unwrap_or_default();
    if code.is_empty() || code == NULL || SEXES.contains(&code) {
        return;
    }
    let place = Location::field("PID", 1, 8);
    found.push(Problem::error(
        ErrorCode::TABLE_VALUE,
        place,
        "not in table 0001",
    ));
}
