//! Invented people, nodes and objects for messages of every kind.

use ihe_atna::triggers::{self, Disclosure, Session};
use ihe_atna::{
    About, Action, AuditMessage, Coded, Human, ObjectDescription, Outcome, Participant,
    ParticipantObject, Side, SopClass, Transaction, TransactionEvent, codes, transactions,
};
use proptest::prelude::Strategy;

pub(crate) const PATIENT: &str = "1^^^A&1.2.3&ISO";

pub(crate) fn human() -> Human {
    Human {
        user_id: "yamada".to_owned(),
        user_name: Some("山田𠮷男<yamada@issuer>".to_owned()),
        role: Some(Coded::new("112247003", "SNOMED", "Medical doctor")),
    }
}

pub(crate) fn ends() -> (Participant, Participant) {
    let pacs = Participant::new("PACS", "10.0.0.1", true);
    (pacs, Participant::new("WARD", "ward.example", false))
}

pub(crate) fn objects(row: &Transaction) -> Vec<ParticipantObject> {
    let object = |about: &About| match about {
        About::Patient => ParticipantObject::patient(PATIENT),
        About::Query => row.query("Q1", b"the request"),
        About::SubmissionSet => ParticipantObject::submission_set("1.2.3.4"),
        About::Document => ParticipantObject::document("1.2.5", "1.2.6", Some("urn:oid:1.2.7")),
        About::Study => ParticipantObject::study("1.2.840.1", study()),
        About::ObjectReference => ParticipantObject::object_reference("urn:uuid:0")
            .with_life_cycle(codes::LIFE_PERMANENT_ERASURE),
    };
    row.objects.iter().map(object).collect()
}

/// The event as one side records it, with everything in it.
pub(crate) fn event(row: &Transaction, side: Side) -> TransactionEvent {
    let of = TransactionEvent::of(row, side);
    TransactionEvent {
        source: Participant {
            user_id: "HOSP|APP".to_owned(),
            network_address: "10.0.0.1".to_owned(),
            ..of.source
        },
        destination: Participant {
            user_id: "https://registry.example/registry".to_owned(),
            network_address: "registry.example".to_owned(),
            ..of.destination
        },
        human: Some(human()),
        purpose_of_use: Some(Coded::new("TREATMENT", "1.3.6", "Treatment")),
        objects: objects(row),
        ..of
    }
}

pub(crate) fn disclosure() -> Disclosure {
    let (releasing, receiving) = ends();
    Disclosure {
        releasing,
        receiving,
        custodian: Some(human()),
        authorizing: Some(human()),
        purpose: Coded::new("COVERAGE", "1.3.6", "Coverage"),
        patient: PATIENT.to_owned(),
        data: vec![ParticipantObject::document("1.2.5", "1.2.6", None)],
    }
}

/// Everything a description can say.
pub(crate) fn study() -> ObjectDescription {
    ObjectDescription {
        mpps: vec!["1.2.9".to_owned()],
        accessions: vec!["A1".to_owned(), "A2".to_owned()],
        sop_classes: vec![
            SopClass {
                uid: Some("1.2.840.10008.5.1.4.1.1.2".to_owned()),
                number_of_instances: 2,
                instances: vec!["1.1".to_owned(), "1.2".to_owned()],
            },
            SopClass::default(),
        ],
        studies: vec!["1.2.840.1".to_owned()],
        encrypted: Some(true),
        anonymized: Some(false),
    }
}

/// Any row of the table.
pub(crate) fn row() -> impl Strategy<Value = Transaction> {
    proptest::sample::select(transactions::ALL)
}

/// An event with these texts wherever a text goes.
pub(crate) fn told(
    row: &Transaction,
    source_is_us: bool,
    texts: &[String],
    bytes: &[u8],
) -> TransactionEvent {
    let side = if source_is_us {
        Side::Source
    } else {
        Side::Destination
    };
    let code = || Coded {
        display_name: Some(texts[0].clone()),
        ..Coded::new(&texts[1], &texts[2], &texts[3])
    };
    TransactionEvent {
        source: Participant::new(&texts[4], &texts[5], true),
        destination: Participant::new(&texts[6], &texts[7], false),
        human: Some(Human {
            user_id: texts[8].clone(),
            user_name: Some(texts[9].clone()),
            role: Some(code()),
        }),
        purpose_of_use: Some(code()),
        objects: vec![
            ParticipantObject::patient(&texts[10]),
            row.query(&texts[11], bytes).detail(&texts[0], bytes),
            ParticipantObject::study(&texts[1], study()),
        ],
        ..TransactionEvent::of(row, side)
    }
    .failed(Outcome::SeriousFailure, &texts[2])
}

/// One message of every kind this crate builds, by name.
pub(crate) fn all() -> Vec<(String, AuditMessage)> {
    let mut all: Vec<(String, AuditMessage)> = Vec::new();
    for row in transactions::ALL {
        for side in [Side::Source, Side::Destination] {
            let name = |end: &str| format!("{}-{side:?}-{end}", row.number);
            let event = event(row, side);
            let failed = event.clone().failed(Outcome::MajorFailure, "down <&>");
            all.push((name("success"), event.into_message()));
            all.push((name("failure"), failed.into_message()));
        }
    }
    for (name, message) in of_triggers() {
        let failed = message.clone().failed(Outcome::MinorFailure, "refused");
        all.push((name.clone(), message));
        all.push((format!("{name}-failure"), failed));
    }
    all
}

fn of_triggers() -> Vec<(String, AuditMessage)> {
    let (who, (pacs, ward)) = (human(), ends());
    let studies = || [ParticipantObject::study("1.2.840.1", study())];
    let disc = || Some(Coded::new("110031", "DCM", "CD"));
    let asked = ParticipantObject::sop_class_query("1.2.840.1", b"\0query", "1.2.840.10008.1.2");
    let mut all = vec![
        ("start".to_owned(), triggers::application_started("region")),
        ("stop".to_owned(), triggers::application_stopped("region")),
        ("log".to_owned(), triggers::audit_log_used(&who, "urn:log")),
        ("attach".to_owned(), triggers::network_entry(&ward, true)),
        ("detach".to_owned(), triggers::network_entry(&ward, false)),
        (
            "override".to_owned(),
            triggers::emergency_override_started(&who, PATIENT, "why"),
        ),
        (
            "overridden".to_owned(),
            triggers::emergency_override_stopped(&who, PATIENT, "why"),
        ),
        (
            "order".to_owned(),
            triggers::order_record(Action::Create, &who, PATIENT),
        ),
        (
            "patient".to_owned(),
            triggers::patient_record(Action::Read, &who, PATIENT),
        ),
        (
            "procedure".to_owned(),
            triggers::procedure_record(Action::Update, &who, PATIENT).about(studies()),
        ),
        (
            "used".to_owned(),
            triggers::instances_accessed(Action::Read, &who, PATIENT, studies()),
        ),
        (
            "deleted".to_owned(),
            triggers::study_deleted(&who, PATIENT, studies()),
        ),
        (
            "begin".to_owned(),
            triggers::begin_transferring(&pacs, &ward, PATIENT, studies()),
        ),
        (
            "transferred".to_owned(),
            triggers::instances_transferred(Action::Create, &pacs, &ward, PATIENT, studies()),
        ),
        (
            "export".to_owned(),
            triggers::export(&who, &pacs, &ward, disc()).about(studies()),
        ),
        (
            "import".to_owned(),
            triggers::import(&who, &pacs, disc(), &ward).about(studies()),
        ),
        ("query".to_owned(), triggers::query(&pacs, &ward, asked)),
        ("disclosure".to_owned(), triggers::disclosure(disclosure())),
    ];
    for how in [Session::Login, Session::Logout, Session::TimedOut] {
        let message = triggers::user_authentication(&who, Some(&ward), how);
        all.push((format!("{how:?}"), message));
    }
    for kind in triggers::ALERTS {
        let subject = ParticipantObject::user("suzuki");
        let message = triggers::security_alert(*kind, &who, subject, "text")
            .by(triggers::application("gateway"));
        all.push((format!("alert-{}", kind.code), message));
    }
    all
}
