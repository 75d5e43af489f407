//! ITI-20 the terms of a record: one 64-bit number for each value it can be found by. A store keeps
//! (term, time, sequence) in order, so a search by any of them is a stretch of that order. Values are
//! compared again with the record itself, so two values with one number do no harm.

use sha2::{Digest, Sha256};

use crate::store::stored::host;
use crate::store::summary::patient_key;
use crate::store::{Search, StoredRecord};

/// Terms of one record, at most: a message with thousands of participants is found by the first ones.
const MOST: usize = 1000;

/// What kind of value; part of what is hashed.
#[derive(Clone, Copy)]
enum Kind {
    All,
    PatientId,
    Patient,
    User,
    Object,
    Event,
    Outcome,
    Peer,
    Source,
}

fn term(kind: Kind, value: &str) -> i64 {
    let digest = Sha256::new()
        .chain_update([kind as u8])
        .chain_update(value)
        .finalize();
    digest
        .first_chunk()
        .map_or(0, |bytes| i64::from_le_bytes(*bytes))
}

/// One patient under id and authority.
fn patient(id: &str, authority: &str) -> i64 {
    term(Kind::Patient, &format!("{id}\u{1f}{authority}"))
}

/// What a record can be found by, sorted, each once.
pub(crate) fn of_record(record: &StoredRecord) -> Vec<i64> {
    let mut terms = vec![term(Kind::All, ""), term(Kind::Peer, record.host())];
    if let Some(summary) = &record.summary {
        terms.push(term(Kind::Source, &summary.source_id));
        terms.push(term(Kind::Event, &summary.event_id));
        terms.push(term(Kind::Event, &summary.event_type));
        terms.push(term(Kind::Outcome, &summary.outcome.to_string()));
        for cx in &summary.patients {
            let (id, authority) = patient_key(cx);
            terms.push(term(Kind::PatientId, &id));
            terms.push(patient(&id, &authority.unwrap_or_default()));
        }
        terms.extend(summary.users.iter().map(|one| term(Kind::User, one)));
        terms.extend(summary.objects.iter().map(|one| term(Kind::Object, one)));
    }
    terms.truncate(MOST);
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// What records have to have for a search; at least one.
pub(crate) fn of_search(search: &Search) -> Vec<i64> {
    let by_patient = search.patient.as_deref().map(|cx| match patient_key(cx) {
        (id, None) => term(Kind::PatientId, &id),
        (id, Some(authority)) => patient(&id, &authority),
    });
    let text = |kind, value: &Option<String>| value.as_deref().map(|value| term(kind, value));
    let outcome = search.outcome.map(|outcome| outcome.to_string());
    let peer = search
        .peer
        .as_deref()
        .map(|peer| term(Kind::Peer, host(peer)));
    let given = [
        by_patient,
        text(Kind::Object, &search.object),
        text(Kind::User, &search.user),
        text(Kind::Event, &search.event),
        text(Kind::Source, &search.source),
        text(Kind::Outcome, &outcome),
        peer,
    ];
    let terms: Vec<i64> = given.into_iter().flatten().collect();
    if terms.is_empty() {
        vec![term(Kind::All, "")]
    } else {
        terms
    }
}
