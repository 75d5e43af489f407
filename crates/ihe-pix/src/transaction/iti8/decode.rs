//! ITI-8 message to feed (ITI TF-2 3.8.4).

use hl7v2::ack::{ErrorCode, Location, Problem, Refusal};
use hl7v2::datatype::{Cx, Xpn};
use hl7v2::{Message, Segment};

use super::identifiers::{self, Context, Placed};
use super::{Event, Feed, Merge, structure};
use crate::record::NULL;
use crate::transaction::{Problems, canonical};
use crate::{FeedPolicy, PatientRecord, visit};

/// HL7 table 0001.
const SEXES: [&str; 6] = ["F", "M", "O", "U", "A", "N"];

/// The feed, or every reason to refuse it (AE). MSH is the gate's business.
pub fn decode(message: &Message, policy: &FeedPolicy) -> Result<Feed, Refusal> {
    let mut found = Problems::up_to(policy.limits.problems);
    let header = message.header();
    let Some(event) = Event::from_trigger(&header.trigger_event) else {
        let place = Location::field("MSH", 1, 9).repetition(1).component(2);
        found.push(Problem::error(
            ErrorCode::UNSUPPORTED_EVENT,
            place,
            "no event of ITI-8",
        ));
        return Err(found.into_refusal());
    };
    structure::check(message, event, policy, &mut found);
    let context = Context {
        policy,
        separators: message.separators(),
        application: &header.sending_application,
        facility: &header.sending_facility,
    };
    let (patient, placed) = patient(message, event, &context, &mut found);
    let merges = match event {
        Event::Merge => merges(message, &placed, &context, &mut found),
        _ => Vec::new(),
    };
    found.into_result(Feed {
        event,
        patient,
        merges,
    })
}

fn patient(
    message: &Message,
    event: Event,
    context: &Context<'_>,
    found: &mut Problems,
) -> (PatientRecord, Vec<Placed>) {
    let Some(pid) = message.segment("PID") else {
        return Default::default();
    };
    let before = found.len();
    let place = Location::field("PID", 1, 3);
    let placed = identifiers::read(pid.field(3), &place, context, found);
    let must_have_one = !context.policy.ignore_unknown_domains || event == Event::Merge;
    if placed.is_empty() && found.len() == before && must_have_one {
        found.push(no_id(pid, place));
    }
    let mut record = demographics(pid, context, found);
    record.visit = visit(message, context, found);
    record.ids = placed.iter().map(|(_, id)| id.clone()).collect();
    (record, placed)
}

/// Nothing said, or nothing said that is ours (only where other domains are left out).
fn no_id(segment: Segment<'_>, place: Location) -> Problem {
    let field = segment.field(usize::from(place.field));
    let named = |id: &str| !id.is_empty() && id != NULL;
    if !field
        .repetitions()
        .any(|repetition| named(repetition.component(1).raw()))
    {
        return Problem::error(ErrorCode::REQUIRED_FIELD_MISSING, place, "no id");
    }
    let place = place.repetition(1).component(4);
    Problem::error(ErrorCode::UNKNOWN_KEY, place, "no id of a known domain")
}

fn demographics(pid: Segment<'_>, context: &Context<'_>, found: &mut Problems) -> PatientRecord {
    let mut text = |field: u16| {
        let text = canonical(pid.field(usize::from(field)).raw(), context.separators);
        if text.chars().count() > context.policy.limits.field_length {
            let place = Location::field("PID", 1, field);
            found.push(Problem::error(
                ErrorCode::DATA_TYPE,
                place,
                "the field is too long",
            ));
            return String::new();
        }
        text
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

/// PV1 as it is kept for ITI-22.
fn visit(message: &Message, context: &Context<'_>, found: &mut Problems) -> String {
    let Some(pv1) = message.segment("PV1") else {
        return String::new();
    };
    for field in visit::FIELDS {
        if pv1.field(field).raw().chars().count() > context.policy.limits.field_length {
            let place = Location::field("PV1", 1, u16::try_from(field).unwrap_or_default());
            let text = "the field is too long";
            found.push(Problem::error(ErrorCode::DATA_TYPE, place, text));
            return String::new();
        }
    }
    visit::read(pv1, context.separators)
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
    let empty = text.is_empty() || text == NULL;
    if empty || is_time_stamp(text) {
        return;
    }
    let place = Location::field("PID", 1, 7);
    found.push(Problem::error(
        ErrorCode::DATA_TYPE,
        place,
        "not a time stamp",
    ));
}

/// TS: `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`, further components ignored.
fn is_time_stamp(text: &str) -> bool {
    let first = text.split('^').next().unwrap_or_default();
    let digits = first.split(['.', '+', '-']).next().unwrap_or_default();
    if !digits.bytes().all(|b| b.is_ascii_digit())
        || !matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14)
    {
        return false;
    }
    let number = |range: std::ops::Range<usize>| digits.get(range).and_then(|d| d.parse().ok());
    let year: i32 = number(0..4).unwrap_or(0);
    let month: u32 = number(4..6).map_or(1, |m: i32| m.unsigned_abs());
    let day: u32 = number(6..8).map_or(1, |d: i32| d.unsigned_abs());
    chrono::NaiveDate::from_ymd_opt(year, month, day).is_some()
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

/// MRG-1 against PID-3: each goes into the id of the same domain (V2-R-014).
fn merges(
    message: &Message,
    survivors: &[Placed],
    context: &Context<'_>,
    found: &mut Problems,
) -> Vec<Merge> {
    let Some(mrg) = message.segment("MRG") else {
        return Vec::new();
    };
    let place = Location::field("MRG", 1, 1);
    let before = found.len();
    let subsumed = identifiers::read(mrg.field(1), &place, context, found);
    if subsumed.is_empty() && found.len() == before && !mrg.field(1).is_empty() {
        found.push(no_id(mrg, place.clone()));
    }
    let pair = |(repetition, id): Placed| {
        let result = pair(repetition, id, survivors);
        result.map_err(|problem| found.push(problem)).ok()
    };
    subsumed.into_iter().filter_map(pair).collect()
}

fn pair(repetition: u16, subsumed: Cx, survivors: &[Placed]) -> Result<Merge, Problem> {
    let place = Location::field("MRG", 1, 1).repetition(repetition);
    let domain = &subsumed.assigning_authority;
    let Some((_, survivor)) = survivors
        .iter()
        .find(|(_, id)| id.assigning_authority == *domain)
    else {
        let text = "PID-3 has no id of this domain";
        return Err(Problem::error(
            ErrorCode::UNKNOWN_KEY,
            place.component(4),
            text,
        ));
    };
    if identifiers::same(survivor, &subsumed) {
        let text = "an id cannot be merged into itself";
        return Err(Problem::error(
            ErrorCode::DUPLICATE_KEY,
            place.component(1),
            text,
        ));
    }
    Ok(Merge {
        survivor: survivor.clone(),
        subsumed,
        repetition,
    })
}
