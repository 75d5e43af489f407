//! ITI-30 feed to message (ITI TF-2 3.30.6).

use hl7v2::build::{self, HeaderFields, SegmentBuilder};
use hl7v2::charset::Charset;

use super::{Event, Feed};
use crate::PatientRecord;
use crate::error::Error;
use crate::iti8::Ends;
use crate::transaction::writing::{identified, ids, pid, written};

/// The message in version 2.5, with a fresh MSH-10. MSH-18 has one character set as the plain profile wants it, unless
/// the charset is [`Charset::Iso2022Jp`] (the national option of [`super::Options`]).
pub fn encode(feed: &Feed, ends: &Ends, charset: Charset) -> Result<Vec<u8>, Error> {
    let event = feed.event;
    let message_type = format!("ADT^{}^{}", event.trigger(), event.structure());
    let header = HeaderFields {
        profile: "ITI-30^IHE".into(),
        ..ends.header(message_type, charset, "2.5")
    };
    let now = build::now();
    // EVN-1 stays empty; EVN-6 is when it happened (V2-R-073).
    let evn = SegmentBuilder::new("EVN").raw(2, &now);
    let mut segments = vec![match event.tells_demographics() {
        true => evn.raw(6, &now).build(),
        false => evn.build(),
    }];
    segments.extend(patients(feed, &now)?);
    written(&header, &segments)
}

fn patients(feed: &Feed, now: &str) -> Result<Vec<String>, Error> {
    let patient = &feed.patient;
    let misuse = |text: &str| Err(Error::Misuse(text.into()));
    let needs = |missing: bool, text: &str| if missing { misuse(text) } else { Ok(()) };
    needs(patient.ids.is_empty(), "a patient without an id")?;
    let family = patient
        .names
        .iter()
        .any(|name| !name.family.trim().is_empty());
    let named = family || !feed.event.tells_demographics();
    needs(!named, "PID-5 needs a family name (V2-R-074)")?;
    let only_ids = identified(&patient.ids, &patient.names_text()).build();
    Ok(match feed.event {
        Event::Create | Event::Update => vec![demographics(feed, now), "PV1||N".into()],
        Event::Merge | Event::ChangeId => {
            needs(feed.merges.is_empty(), "nothing to merge or to change")?;
            let gone = ids(feed.merges.iter().map(|merge| &merge.subsumed));
            vec![only_ids, format!("MRG|{gone}")]
        }
        Event::Link | Event::Unlink => {
            needs(feed.other.is_empty(), "the second patient has no id")?;
            vec![only_ids, identified(&feed.other, "").build()]
        }
    })
}

/// PID-19 and 20 are not used; PID-33 of A31 is EVN-6 (V2-R-074).
fn demographics(feed: &Feed, now: &str) -> String {
    let used = PatientRecord {
        ssn: String::new(),
        driver_license: String::new(),
        ..feed.patient.clone()
    };
    match feed.event {
        Event::Update => pid(&used).raw(33, now).build(),
        _ => pid(&used).build(),
    }
}
