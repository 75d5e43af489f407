//! ITI-20 messages of every transaction and trigger, field by field (ITI TF-2 3.20.4.1.1.1,
//! 3.20.7, DICOM PS3.15 A.5.3).

use ihe_atna::{
    Action, Coded, Human, ObjectDescription, Outcome, Participant, ParticipantObject, Side,
    Transaction, TransactionEvent, codes, transactions, triggers,
};

use crate::sample::{self, PATIENT, disclosure, event, human, objects};

const SIDES: [Side; 2] = [Side::Source, Side::Destination];

#[test]
fn every_transaction_is_found_by_its_number_and_stands_once() {
    for row in transactions::ALL {
        assert_eq!(Transaction::of(row.number), Some(row));
        let same = transactions::ALL.iter();
        assert_eq!(same.filter(|one| one.number == row.number).count(), 1);
    }
    assert_eq!(Transaction::of("ITI-999"), None);
}

/// Rows of the Framework's tables, written down once more by another hand.
#[test]
fn atna_r_043_each_side_records_the_event_and_action_of_its_table() {
    let (export, import, query, record) = ("110106", "110107", "110112", "110110");
    for (number, source, destination) in [
        ("ITI-8", (record, "C"), (record, "C")),
        ("ITI-9", (query, "E"), (query, "E")),
        ("ITI-10", (record, "R"), (record, "U")),
        ("ITI-18", (query, "E"), (query, "E")),
        ("ITI-38", (query, "E"), (query, "E")),
        ("ITI-39", (export, "R"), (import, "C")),
        ("ITI-41", (export, "R"), (import, "C")),
        ("ITI-42", (export, "R"), (import, "C")),
        ("ITI-43", (export, "R"), (import, "C")),
        ("ITI-46", (record, "R"), (record, "U")),
        ("ITI-55", (query, "E"), (query, "E")),
        ("ITI-57", (export, "U"), (import, "U")),
        ("ITI-61", (export, "R"), (import, "C")),
        ("ITI-62", (record, "D"), (record, "D")),
        ("ITI-86", (record, "D"), (record, "D")),
        ("ITI-92", (export, "U"), (import, "U")),
        ("ITI-65", (export, "R"), (import, "C")),
        ("ITI-67", (query, "E"), (query, "E")),
        ("ITI-68", (export, "R"), (import, "C")),
        ("RAD-68", (export, "R"), (import, "C")),
        ("RAD-69", ("110104", "R"), ("110103", "C")),
        ("RAD-75", ("110104", "R"), ("110103", "C")),
    ] {
        let row = Transaction::of(number).expect("a row");
        for (side, (event, action)) in [(Side::Source, source), (Side::Destination, destination)] {
            let recorded = row.recorded(side);
            assert_eq!(recorded.event.code, event, "{number} {side:?}");
            assert_eq!(recorded.action.letter(), action, "{number} {side:?}");
        }
    }
}

#[test]
fn atna_r_043_success_and_failure_of_every_transaction_name_both_ends_on_both_sides() {
    for row in transactions::ALL {
        for side in SIDES {
            let good = event(row, side).into_message();
            assert_eq!(good.event.outcome, Outcome::Success);
            assert_eq!(good.event_type(), Some(row.number));
            assert_eq!(good.event.types[0].text, row.name);
            let [source, person, destination] = &good.participants[..] else {
                panic!("three participants");
            };
            assert_eq!(codes::ROLE_SOURCE, source.roles[0]);
            assert_eq!(codes::ROLE_DESTINATION, destination.roles[0]);
            assert!(person.is_requestor);
            let ours = [
                &source.alternative_user_id,
                &destination.alternative_user_id,
            ];
            let process = Some(std::process::id().to_string());
            let expected = SIDES.map(|one| (one == side).then(|| process.clone()).flatten());
            assert_eq!(ours, [&expected[0], &expected[1]], "{}", row.number);
            assert_eq!(source.is_requestor, row.requestor == Side::Source);
            assert_eq!(destination.is_requestor, row.requestor == Side::Destination);
            let bad = event(row, side).failed(Outcome::SeriousFailure, "XDSRegistryError");
            let bad = bad.into_message();
            assert_eq!(bad.event.outcome.number(), 8);
            let reason = bad.event.outcome_description.as_deref();
            assert_eq!(reason, Some("XDSRegistryError"));
            assert_eq!(bad.objects, good.objects);
        }
    }
}

#[test]
fn atna_r_040_a_partial_success_is_two_events() {
    let partial = event(&transactions::ITI_18, Side::Destination);
    let [done, failed] = partial.partly_failed(Outcome::MinorFailure, "XDSPatientIdDoesNotMatch");
    assert_eq!(
        (done.outcome, done.outcome_description),
        (Outcome::Success, None)
    );
    assert_eq!(failed.outcome, Outcome::MinorFailure);
    assert_eq!(failed.objects, done.objects);
}

#[test]
fn atna_r_041_a_query_records_its_parameters_and_nothing_of_the_answer() {
    let queries = transactions::ALL.iter();
    for row in queries.filter(|row| row.source.event == codes::EVENT_QUERY) {
        assert!(
            row.objects.contains(&ihe_atna::About::Query),
            "{}",
            row.number
        );
        let message = event(row, Side::Source).into_message();
        let asked = message.objects.iter().find(|one| one.query.is_some());
        let asked = asked.expect("the query");
        assert_eq!(asked.query.as_deref(), Some(&b"the request"[..]));
        assert_eq!(asked.role, Some(codes::OBJECT_ROLE_QUERY));
        assert_eq!(asked.id_type, row.event_type());
        let allowed = |one: &ParticipantObject| one.is_patient() || one.query.is_some();
        assert!(message.objects.iter().all(allowed), "{}", row.number);
    }
}

#[test]
fn atna_r_042_the_purpose_of_use_stands_in_the_event() {
    let message = event(&transactions::ITI_43, Side::Destination).into_message();
    assert_eq!(message.event.purposes_of_use[0].code, "TREATMENT");
    assert!(
        message
            .to_xml()
            .contains("<PurposeOfUse csd-code=\"TREATMENT\"")
    );
}

#[test]
fn atna_r_027_each_patient_has_a_message_of_its_own_but_not_in_a_query() {
    let two = |row: &Transaction| {
        let mut objects = objects(row);
        objects.push(ParticipantObject::patient("2^^^&1.2.3&ISO"));
        TransactionEvent {
            objects,
            ..event(row, Side::Source)
        }
    };
    let apart = two(&transactions::ITI_43).one_per_patient();
    let patients: Vec<String> = apart
        .iter()
        .flat_map(|one| {
            one.to_message()
                .patients()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(patients, [PATIENT, "2^^^&1.2.3&ISO"]);
    assert!(apart.iter().all(|one| one.objects.len() == 2));
    assert_eq!(two(&transactions::ITI_47).one_per_patient().len(), 1);
}

#[test]
fn atna_r_044_a_disclosure_names_who_gave_who_got_who_keeps_and_who_allowed() {
    let message = triggers::disclosure(disclosure());
    assert_eq!(codes::EVENT_EXPORT, message.event.id);
    assert_eq!(message.event.action, Some(Action::Read));
    assert_eq!(codes::TYPE_DISCLOSURE, message.event.types[0]);
    assert_eq!(message.event.purposes_of_use.len(), 1);
    let roles: Vec<&str> = message
        .participants
        .iter()
        .map(|one| &one.roles[0].code[..])
        .collect();
    assert_eq!(roles, ["110153", "110152", "159541003", "429577009"]);
    assert_eq!(message.patients().collect::<Vec<_>>(), [PATIENT]);
    assert_eq!(message.objects.len(), 2);
}

#[test]
fn a_session_ended_by_inactivity_is_not_requested_by_its_user() {
    let node = Participant::new("ward-7", "10.0.0.7", true);
    for (how, kind, requested) in [
        (triggers::Session::Login, codes::TYPE_LOGIN, true),
        (triggers::Session::Logout, codes::TYPE_LOGOUT, true),
        (triggers::Session::TimedOut, codes::TYPE_LOGOUT, false),
    ] {
        let message = triggers::user_authentication(&human(), Some(&node), how);
        assert_eq!(codes::EVENT_USER_AUTHENTICATION, message.event.id);
        assert_eq!(message.event.action, Some(Action::Execute));
        assert_eq!(kind, message.event.types[0]);
        let [user, judge] = &message.participants[..] else {
            panic!("user and node");
        };
        assert_eq!(user.is_requestor, requested, "{how:?}");
        assert!(!judge.is_requestor);
        assert_eq!(judge.network_access_point.as_deref(), Some("10.0.0.7"));
    }
}

#[test]
fn atna_r_009_an_alert_is_reported_with_what_happened_to_what() {
    for kind in triggers::ALERTS {
        let reporter = triggers::application("gateway");
        let subject = ParticipantObject::node("10.0.0.9");
        let message = triggers::security_alert(*kind, reporter, subject, "what happened")
            .failed(Outcome::MajorFailure, "refused");
        assert_eq!(codes::EVENT_SECURITY_ALERT, message.event.id);
        assert_eq!(*kind, message.event.types[0]);
        assert_eq!(message.event.outcome, Outcome::MajorFailure);
        assert!(message.participants[0].is_requestor);
        let told = &message.objects[0].details[0];
        assert_eq!(
            (&told.name[..], &told.value[..]),
            ("Alert Description", &b"what happened"[..])
        );
    }
}

#[test]
fn breaking_the_glass_names_the_user_the_patient_and_the_reason() {
    let begun = triggers::emergency_override_started(&human(), PATIENT, "unconscious");
    let ended = triggers::emergency_override_stopped(&human(), PATIENT, "transferred");
    assert_eq!(codes::TYPE_EMERGENCY_OVERRIDE_STARTED, begun.event.types[0]);
    assert_eq!(codes::TYPE_EMERGENCY_OVERRIDE_STOPPED, ended.event.types[0]);
    for message in [begun, ended] {
        assert_eq!(message.participants[0].user_id, human().user_id);
        assert_eq!(codes::ID_USER_IDENTIFIER, message.objects[0].id_type);
        assert_eq!(message.patients().collect::<Vec<_>>(), [PATIENT]);
    }
}

#[test]
fn atna_r_028_reading_the_log_names_the_reader_and_the_log() {
    let message = triggers::audit_log_used(&human(), "urn:ihe:iti:audit-log");
    assert_eq!(codes::EVENT_AUDIT_LOG_USED, message.event.id);
    assert_eq!(message.event.action, Some(Action::Read));
    let log = &message.objects[0];
    assert_eq!((log.type_code, log.role), (Some(2), Some(13)));
    assert_eq!(codes::ID_URI, log.id_type);
    assert_eq!(log.name.as_deref(), Some("Security Audit Log"));
}

#[test]
fn dicom_transfers_name_sender_receiver_studies_and_one_patient() {
    let (pacs, ward) = sample::ends();
    let description = ObjectDescription {
        accessions: vec!["A1".to_owned()],
        ..ObjectDescription::default()
    };
    let studies = || [ParticipantObject::study("1.2.840.1", description.clone())];
    let begun = triggers::begin_transferring(&pacs, &ward, PATIENT, studies());
    let done = triggers::instances_transferred(Action::Create, &pacs, &ward, PATIENT, studies());
    for (message, event) in [
        (begun, codes::EVENT_BEGIN_TRANSFERRING),
        (done, codes::EVENT_INSTANCES_TRANSFERRED),
    ] {
        assert_eq!(event, message.event.id);
        assert_eq!(codes::ROLE_SOURCE, message.participants[0].roles[0]);
        assert_eq!(codes::ROLE_DESTINATION, message.participants[1].roles[0]);
        assert_eq!(codes::ID_STUDY_INSTANCE_UID, message.objects[0].id_type);
        assert_eq!(message.patients().collect::<Vec<_>>(), [PATIENT]);
    }
    let used = triggers::instances_accessed(Action::Read, &human(), PATIENT, studies());
    let gone = triggers::study_deleted(&human(), PATIENT, studies());
    assert_eq!(used.event.action, Some(Action::Read));
    assert_eq!(gone.event.action, Some(Action::Delete));
}

#[test]
fn data_on_a_medium_has_the_role_and_type_of_the_medium() {
    let (pacs, ward) = sample::ends();
    let disc = || Some(Coded::new("110031", "DCM", "CD"));
    let out = triggers::export(&human(), &pacs, &ward, disc());
    let back = triggers::import(&human(), &pacs, disc(), &ward);
    assert_eq!(codes::ROLE_DESTINATION_MEDIA, out.participants[2].roles[0]);
    assert_eq!(out.participants[2].media_type, disc());
    assert_eq!(codes::ROLE_SOURCE_MEDIA, back.participants[1].roles[0]);
    assert_eq!(back.participants[1].media_type, disc());
    let sent = triggers::export(&human(), &pacs, &ward, None);
    assert_eq!(codes::ROLE_DESTINATION, sent.participants[2].roles[0]);
}

#[test]
fn a_human_without_name_or_role_is_still_a_participant() {
    let nobody = Human {
        user_id: String::new(),
        user_name: None,
        role: None,
    };
    let message = triggers::patient_record(Action::Read, &nobody, PATIENT);
    assert!(
        message
            .to_xml()
            .contains("<ActiveParticipant UserID=\"\" UserIsRequestor=\"true\"/>")
    );
}
