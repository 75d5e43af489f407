use super::*;
use crate::error::{ErrorCode, Refusal};
use crate::iti42;
use crate::metadata::tests::sample;
use crate::metadata::{DocumentEntry, ObjectType};
use ihe_atna::{Action, Participant};

/// The sample with On-Demand entries.
fn on_demand() -> Submission {
    let mut submission = sample();
    for entry in &mut submission.documents {
        entry.object_type = ObjectType::OnDemand;
        (entry.creation_time, entry.hash, entry.size) = (None, None, None);
    }
    submission
}

fn refused(change: impl FnOnce(&mut DocumentEntry)) -> Refusal {
    let mut submission = on_demand();
    change(&mut submission.documents[0]);
    match decode(&encode(&submission), &Rules::default()) {
        Err(DecodeError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn od_r_002_every_entry_is_on_demand_and_the_other_transaction_takes_none() {
    let body = encode(&on_demand());
    let read = decode(&body, &Rules::default()).unwrap();
    let kind = |entry: &DocumentEntry| entry.object_type == ObjectType::OnDemand;
    assert!(read.documents.len() == 2 && read.documents.iter().all(kind));
    assert!(matches!(
        iti42::decode(&body, &Rules::default()),
        Err(DecodeError::Refused(_))
    ));
    let mixed = refused(|entry| {
        entry.object_type = ObjectType::Stable;
        entry.creation_time = Some("2026".into());
        entry.hash = Some("da39a3ee5e6b4b0d3255bfef95601890afd80709".into());
        entry.size = Some(0);
    });
    assert!(
        mixed
            .errors
            .iter()
            .all(|one| one.code == ErrorCode::XdsRegistryMetadataError)
    );
    let at = |one: &crate::error::RegistryError| one.location.clone().unwrap_or_default();
    assert!(
        mixed
            .errors
            .iter()
            .any(|one| at(one).ends_with("/objectType"))
    );
}

#[test]
fn od_r_002_a_submission_without_an_entry_is_refused() {
    let mut submission = on_demand();
    let gone: Vec<String> = submission
        .documents
        .drain(..)
        .map(|one| one.entry_uuid)
        .collect();
    let set = submission.submission_set.entry_uuid.clone();
    let folder = submission.folders[0].entry_uuid.clone();
    submission.associations.retain(|one| {
        !gone.contains(&one.target)
            && !gone.contains(&one.source)
            && one.source == set
            && one.target == folder
    });
    let Err(DecodeError::Refused(refusal)) = decode(&encode(&submission), &Rules::default()) else {
        panic!("not refused");
    };
    assert_eq!(refusal.errors.len(), 1);
    assert_eq!(refusal.errors[0].code, ErrorCode::XdsRegistryMetadataError);
}

#[test]
fn xds_r_042_and_od_r_004_creation_time_hash_and_size_are_refused_together() {
    let refusal = refused(|entry| {
        entry.creation_time = Some("2026".into());
        entry.hash = Some("da39a3ee5e6b4b0d3255bfef95601890afd80709".into());
        entry.size = Some(0);
    });
    let codes: Vec<_> = refusal.errors.iter().map(|one| one.code.clone()).collect();
    assert_eq!(codes, vec![ErrorCode::XdsRegistryMetadataError; 3]);
}

#[test]
fn od_r_004_a_legal_authenticator_is_discouraged_but_not_refused() {
    let mut submission = on_demand();
    submission.documents[0].legal_authenticator = Some("^Yamada".into());
    assert!(decode(&encode(&submission), &Rules::default()).is_ok());
}

#[test]
fn od_r_005_the_repository_is_required() {
    let refusal = refused(|entry| entry.repository_unique_id = None);
    assert!(refusal.errors[0].context.contains("repositoryUniqueId"));
}

#[test]
fn od_r_010_the_frameworks_action_is_sent_and_both_are_accepted() {
    assert_eq!(
        RESPONSE_ACTION,
        "urn:ihe:iti:2010:RegisterOnDemandDocumentResponse"
    );
    for action in [
        RESPONSE_ACTION,
        "urn:ihe:iti:2010:RegisterOnDemandDocumentEntryResponse",
    ] {
        assert!(is_response_action(action));
    }
    assert!(!is_response_action(iti42::RESPONSE_ACTION));
}

#[test]
fn the_source_exports_and_the_registry_imports() {
    let end = |id: &str| Participant::new(id, "10.0.0.1", false);
    let ends = |initiator_is_us| Ends {
        source: end("source"),
        destination: end("https://registry/"),
        initiator_is_us,
        human: None,
        purpose_of_use: None,
    };
    let subject = Subject::from(&sample());
    let sent = audit(&ends(true), &subject, &Verdict::success());
    let got = audit(&ends(false), &subject, &Verdict::success());
    assert_eq!(
        (sent[0].event_id.code, sent[0].action),
        ("110106", Action::Read)
    );
    assert_eq!(
        (got[0].event_id.code, got[0].action),
        ("110107", Action::Create)
    );
    assert_eq!(
        got[0].transaction,
        ("ITI-61", "Register On-Demand Document Entry")
    );
    assert_eq!(got[0].objects.len(), 2);
}
