use hl7v2::Message;
use hl7v2::charset::Charset;
use hl7v2::datatype::Hd;
use ihe_atna::{Action, Peer};

use super::*;
use crate::Limits;
use crate::iti8::Ends;
use crate::transaction::{AuditFacts, Side};

const AFFINITY: &str = "1.2.3.4.3000";
const LOCAL: &str = "1.2.3.4.1000";

fn affinity() -> Hd {
    Hd {
        namespace_id: "XAD".into(),
        ..Hd::oid(AFFINITY)
    }
}

fn moved() -> LinkChange {
    LinkChange {
        new_xad_pid: Cx::new("X2", affinity()),
        local: Cx::new("7", Hd::oid(LOCAL)),
        previous_xad_pid: Cx::new("X1", affinity()),
        subsumed_local: None,
    }
}

fn merged() -> LinkChange {
    LinkChange {
        previous_xad_pid: Cx::new("X2", affinity()),
        subsumed_local: Some(Cx::new("8", Hd::oid(LOCAL))),
        ..moved()
    }
}

fn sent(change: &LinkChange) -> Message {
    let ends = Ends {
        sending_application: "1.2.3.4.9".into(),
        ..Ends::default()
    };
    let bytes = encode(change, &ends, Charset::Utf8).expect("encodes");
    Message::parse(&bytes).expect("parses")
}

fn judged(pid: &str, mrg: &str) -> String {
    let msh = "MSH|^~\\&|1.2.3.4.9|R|REG|R|2026||ADT^A43|1|P|2.5\rEVN||2026\r";
    let text = format!("{msh}PID|||{pid}|| \rMRG|{mrg}\r");
    let message = Message::parse(text.as_bytes()).expect("parses");
    match decode(&message, &affinity(), &Limits::default()) {
        Ok(_) => "AA".into(),
        Err(refusal) => refusal.to_string(),
    }
}

const NEW: &str = "X2^^^&1.2.3.4.3000&ISO";
const OLD: &str = "X1^^^&1.2.3.4.3000&ISO";
const L7: &str = "7^^^&1.2.3.4.1000&ISO";
const L8: &str = "8^^^&1.2.3.4.1000&ISO";

#[test]
fn v2_r_090_a_link_change_is_one_pid_with_two_ids_and_one_mrg_with_one_or_two() {
    for change in [moved(), merged()] {
        let message = sent(&change);
        assert_eq!(
            decode(&message, &affinity(), &Limits::default()),
            Ok(change)
        );
        assert_eq!(
            message.segment("PID").map(|pid| pid.field(5).raw()),
            Some(" ")
        );
    }
    assert_eq!(judged(&format!("{NEW}~{L7}"), &format!("{OLD}~{L8}")), "AA");
    assert_eq!(judged(NEW, OLD), "AE: 101 at PID^1^3");
    assert_eq!(judged("", OLD), "AE: 101 at PID^1^3");
    assert_eq!(
        judged(&format!("{NEW}~{L7}~{L8}"), OLD),
        "AE: 102 at PID^1^3"
    );
    assert_eq!(judged(&format!("{NEW}~{L7}"), ""), "AE: 101 at MRG^1^1");
    assert_eq!(
        judged(&format!("{NEW}~{L7}"), &format!("{OLD}~{L8}~{L7}")),
        "AE: 102 at MRG^1^1"
    );
    assert_eq!(
        judged(&format!("{NEW}~{L7}"), &format!("{OLD}|\rMRG|{OLD}")),
        "AE: 100 at MRG^2"
    );
    assert_eq!(
        judged(&format!("{NEW}~7^^^EAST"), OLD),
        "AE: 101 at PID^1^3^2^4"
    );
    let bare = LinkChange {
        local: Cx::new("7", Hd::namespace("EAST")),
        ..moved()
    };
    let refused = encode(&bare, &Ends::default(), Charset::Utf8);
    assert!(matches!(refused, Err(crate::Error::Misuse(_))));
}

#[test]
fn v2_r_101_ids_of_the_wrong_authority_are_ae_204() {
    assert_eq!(judged(&format!("{L8}~{L7}"), OLD), "AE: 204 at PID^1^3^1^4");
    assert_eq!(
        judged(&format!("{NEW}~{OLD}"), OLD),
        "AE: 204 at PID^1^3^2^4"
    );
    assert_eq!(judged(&format!("{NEW}~{L7}"), L8), "AE: 204 at MRG^1^1^1^4");
    let other = format!("{OLD}~8^^^&1.2.3.4.2000&ISO");
    assert_eq!(
        judged(&format!("{NEW}~{L7}"), &other),
        "AE: 204 at MRG^1^1^2^4"
    );
}

/// Each object: what it is, and its life cycle.
fn audited(change: &LinkChange) -> Vec<(String, Option<u8>)> {
    let peer = Peer::unknown(([192, 0, 2, 7], 4000).into());
    let events = audit(&AuditFacts::success(&peer, Side::Source), &sent(change));
    let [event] = &events[..] else {
        panic!("one event")
    };
    assert_eq!(
        (event.action, event.transaction.0),
        (Action::Update, "ITI-64")
    );
    let kind = |object: &ihe_atna::ParticipantObject| {
        assert_eq!(object.details[0].name, "MSH-10");
        assert_eq!(
            object.details[1].name,
            "urn:ihe:iti:xpid:2017:patientIdentifierType"
        );
        String::from_utf8(object.details[1].value.clone()).expect("text")
    };
    let objects = event.objects.iter();
    objects
        .map(|object| (kind(object), object.life_cycle))
        .collect()
}

#[test]
fn v2_r_103_the_audit_record_names_every_id_by_what_it_is() {
    let told = |list: &[(&str, Option<u8>)]| -> Vec<(String, Option<u8>)> {
        list.iter()
            .map(|(kind, stage)| ((*kind).to_owned(), *stage))
            .collect()
    };
    let moved_told = [
        ("localPatientId", None),
        ("newPatientId", Some(1)),
        ("previousPatientId", Some(14)),
    ];
    assert_eq!(audited(&moved()), told(&moved_told));
    let merged_told = [
        ("localPatientId", Some(1)),
        ("subsumedPatientId", Some(14)),
        ("newPatientId", None),
        ("previousPatientId", None),
    ];
    assert_eq!(audited(&merged()), told(&merged_told));
}
