use hl7v2::Message;
use hl7v2::ack::Refusal;
use hl7v2::charset::Charset;
use hl7v2::datatype::{Hd, Xpn};
use ihe_atna::{Action, Outcome, Peer, TransactionEvent};
use proptest::prelude::*;

use super::*;
use crate::transaction::{AuditFacts, Side};
use crate::{FeedPolicy, SourceRule};

const EAST: &str = "1.2.3.4.1000";
const WEST: &str = "1.2.3.4.2000";

fn policy() -> FeedPolicy {
    let east = Hd {
        namespace_id: "EAST".into(),
        ..Hd::oid(EAST)
    };
    FeedPolicy::new([east, Hd::oid(WEST)])
}

fn message(event: &str, rest: &str) -> Message {
    let text = format!("MSH|^~\\&|HIS|WARD|PIX|REGION|2026||ADT^{event}|1|P|2.3.1\r{rest}");
    Message::parse(text.as_bytes()).expect("parses")
}

fn feed_of(pid: &str) -> Result<Feed, Refusal> {
    let rest = format!("EVN|A04|20260315093000\r{pid}\rPV1||O\r");
    decode(&message("A04", &rest), &policy())
}

fn merge_of(pid: &str, mrg: &str) -> Result<Feed, Refusal> {
    decode(
        &message("A40", &format!("EVN|A40|2026\r{pid}\r{mrg}\r")),
        &policy(),
    )
}

fn problems<T: std::fmt::Debug>(result: Result<T, Refusal>) -> Vec<String> {
    let refusal = result.expect_err("refused");
    assert_eq!(refusal.code.as_str(), "AE");
    refusal.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_feed_carries_ids_with_full_authority_and_demographics() {
    let feed =
        feed_of("PID|||007^^^EAST~8^^^&1.2.3.4.2000&ISO^PI||YAMADA^TARO||19580312|M").expect("ok");
    assert_eq!(feed.event, Event::Register);
    let ids: Vec<String> = feed.patient.ids.iter().map(ToString::to_string).collect();
    assert_eq!(
        ids,
        ["007^^^EAST&1.2.3.4.1000&ISO", "8^^^&1.2.3.4.2000&ISO^PI"]
    );
    assert_eq!(feed.patient.names[0].given, "TARO");
    assert_eq!(
        (&*feed.patient.birth_date, &*feed.patient.sex),
        ("19580312", "M")
    );
}

#[test]
fn v2_r_002_missing_required_fields_and_segments_are_all_listed() {
    let rest = "EVN||\rPID|||||\r";
    let found = problems(decode(&message("A01", rest), &policy()));
    assert_eq!(
        found,
        [
            "101 at EVN^1^2",
            "100 at PV1^1",
            "101 at PID^1^3",
            "101 at PID^1^5"
        ]
    );
    let found = problems(decode(&message("A01", ""), &policy()));
    assert_eq!(found, ["100 at EVN^1", "100 at PV1^1", "100 at PID^1"]);
}

#[test]
fn v2_r_002_wrong_segment_order_is_ae_100() {
    let rest = "PID|||1^^^EAST||A^B\rEVN||2026\rPV1||O\r";
    assert_eq!(
        problems(decode(&message("A01", rest), &policy())),
        ["100 at EVN^1"]
    );
    let two = "EVN||2026\rPID|||1^^^EAST||A^B\rPID|||2^^^EAST||A^B\rPV1||O\r";
    assert_eq!(
        problems(decode(&message("A01", two), &policy())),
        ["100 at PID^2"]
    );
}

#[test]
fn v2_r_002_a_bad_birth_date_is_ae_102_and_a_bad_sex_ae_103() {
    let found = problems(feed_of("PID|||1^^^EAST||A^B||19581340|X"));
    assert_eq!(found, ["102 at PID^1^7", "103 at PID^1^8"]);
    for birth in ["1958", "195803", "19580312", "195803121200", "\"\""] {
        assert!(
            feed_of(&format!("PID|||1^^^EAST||A^B||{birth}|F")).is_ok(),
            "{birth}"
        );
    }
}

#[test]
fn v2_r_010_ids_of_250_characters_are_taken_and_longer_ones_are_not() {
    let id = "9".repeat(250);
    assert!(feed_of(&format!("PID|||{id}^^^EAST||A^B")).is_ok());
    assert_eq!(
        problems(feed_of(&format!("PID|||{id}9^^^EAST||A^B"))),
        ["102 at PID^1^3^1^1"]
    );
    let further = "9".repeat(4000);
    assert_eq!(
        problems(feed_of(&format!("PID|||1^^^EAST^^^^^^^{further}||A^B"))),
        ["102 at PID^1^3^1^1"],
        "what comes with an id is kept, and has a limit too"
    );
}

#[test]
fn v2_r_010_control_characters_in_an_id_and_nul_beside_it_are_ae_102() {
    for id in ["1\u{7}", "1\u{85}", "1\\X00\\", "1^^^EAST\0"] {
        let pid = format!("PID|||{id}^^^EAST||A^B");
        assert_eq!(problems(feed_of(&pid)), ["102 at PID^1^3^1^1"], "{id:?}");
    }
}

#[test]
fn a_field_of_a_visit_is_taken_up_to_the_limit_and_not_beyond() {
    let most = policy().limits.field_length;
    let of = |length: usize| {
        let location = "9".repeat(length);
        let rest = format!("EVN||2026\rPID|||1^^^EAST||A^B\rPV1||I|{location}\r");
        decode(&message("A01", &rest), &policy())
    };
    let visit = of(most).expect("taken").patient.visit;
    assert_eq!(crate::visit::field(&visit, 3).len(), most);
    assert_eq!(problems(of(most + 1)), ["102 at PV1^1^3"]);
}

#[test]
fn a_feed_that_knows_no_visit_has_the_patient_class_of_its_event() {
    let class = |event| {
        let patient = PatientRecord::identified(Cx::new("7", Hd::oid(WEST)));
        let feed = Feed {
            event,
            ..Feed::register(patient)
        };
        let bytes = encode(&feed, &Ends::default(), Charset::Utf8, "2.3.1").expect("encodes");
        let message = Message::parse(&bytes).expect("parses");
        message.raw("PV1-2").map(str::to_owned)
    };
    let events = [
        Event::Admit,
        Event::Register,
        Event::PreAdmit,
        Event::Update,
    ];
    let classes = events.map(|event| class(event).expect("PV1-2"));
    assert_eq!(classes, ["I", "O", "P", "O"]);
}

#[test]
fn v2_r_011_an_id_without_authority_gets_that_of_its_source() {
    let bare = "PID|||1||A^B";
    assert_eq!(problems(feed_of(bare)), ["204 at PID^1^3^1^4"]);
    let mut policy = policy();
    let (application, facility) = ("HIS".to_owned(), "WARD".to_owned());
    policy.sources.push(SourceRule {
        application,
        facility,
        authority: Hd::oid(WEST),
    });
    let rest = format!("EVN||2026\r{bare}\rPV1||O\r");
    let feed = decode(&message("A01", &rest), &policy).expect("ok");
    assert_eq!(feed.patient.ids, [Cx::new("1", Hd::oid(WEST))]);
}

#[test]
fn v2_r_011_a_registry_fills_in_the_affinity_domain() {
    let policy = FeedPolicy::affinity_domain(Hd::oid(WEST));
    let feed = decode(
        &message("A01", "EVN||2026\rPID|||1||A^B\rPV1||O\r"),
        &policy,
    )
    .expect("ok");
    assert_eq!(feed.patient.ids, [Cx::new("1", Hd::oid(WEST))]);
}

#[test]
fn v2_r_012_another_source_may_not_feed_a_bound_domain() {
    let mut policy = policy();
    policy.domains[0].bound_to = Some(("OTHER".into(), "WARD".into()));
    let rest = "EVN||2026\rPID|||1^^^EAST||A^B\rPV1||O\r";
    assert_eq!(
        problems(decode(&message("A01", rest), &policy)),
        ["204 at PID^1^3^1^4"]
    );
    policy.domains[0].bound_to = Some(("HIS".into(), "WARD".into()));
    assert!(decode(&message("A01", rest), &policy).is_ok());
}

#[test]
fn v2_r_015_a_registry_leaves_out_ids_of_other_domains() {
    let policy = FeedPolicy::affinity_domain(Hd::oid(WEST));
    let rest = "EVN||2026\rPID|||1^^^EAST~9^^^&1.2.3.4.2000&ISO||A^B\rPV1||O\r";
    let feed = decode(&message("A01", rest), &policy).expect("ok");
    assert_eq!(feed.patient.ids, [Cx::new("9", Hd::oid(WEST))]);
    let none = decode(
        &message("A01", "EVN||2026\rPID|||1^^^EAST||A^B\rPV1||O\r"),
        &policy,
    );
    assert!(
        none.expect("taken, and nothing to do")
            .patient
            .ids
            .is_empty()
    );
}

#[test]
fn v2_r_002_a_registry_refuses_a_feed_without_any_id() {
    let policy = FeedPolicy::affinity_domain(Hd::oid(WEST));
    for pid in ["PID|||||A^B", "PID|||\"\"^^^EAST||A^B"] {
        let found = decode(
            &message("A01", &format!("EVN||2026\r{pid}\rPV1||O\r")),
            &policy,
        );
        assert_eq!(problems(found), ["101 at PID^1^3"], "{pid}");
    }
}

#[test]
fn v2_r_016_a_registry_refuses_a_merge_of_other_domains() {
    let policy = FeedPolicy::affinity_domain(Hd::oid(WEST));
    let rest = "EVN||2026\rPID|||1^^^EAST||A^B\rMRG|2^^^EAST\r";
    let found = problems(decode(&message("A40", rest), &policy));
    assert_eq!(found, ["204 at PID^1^3^1^4", "204 at MRG^1^1^1^4"]);
}

#[test]
fn v2_r_019_every_unknown_assigning_authority_is_listed_with_its_repetition() {
    let found = problems(feed_of("PID|||1^^^NOWHERE~2^^^EAST~3^^^&9.9.9&ISO||A^B"));
    assert_eq!(found, ["204 at PID^1^3^1^4", "204 at PID^1^3^3^4"]);
}

#[test]
fn v2_r_019_an_id_of_two_quotes_is_left_out_even_of_an_unknown_domain() {
    let feed = feed_of("PID|1||\"\"^^^&2.71&ISO~2^^^EAST||A^B").expect("ok");
    assert_eq!(feed.patient.ids.len(), 1);
    assert_eq!(
        problems(feed_of("PID|||\"\"^^^EAST||A^B")),
        ["101 at PID^1^3"]
    );
    assert_eq!(
        problems(feed_of("PID|||^^^EAST||A^B")),
        ["101 at PID^1^3^1^1"]
    );
}

#[test]
fn v2_r_014_a_merge_pairs_ids_of_one_domain() {
    let pid = "PID|||5^^^EAST~6^^^&1.2.3.4.2000&ISO||A^B";
    let feed = merge_of(pid, "MRG|7^^^&1.2.3.4.2000&ISO~8^^^EAST").expect("ok");
    let pairs: Vec<_> = feed
        .merges
        .iter()
        .map(|m| (&*m.survivor.id, &*m.subsumed.id, m.repetition))
        .collect();
    assert_eq!(pairs, [("6", "7", 1), ("5", "8", 2)]);
}

#[test]
fn v2_r_014_a_merge_across_domains_or_into_itself_is_refused() {
    let pid = "PID|||5^^^EAST||A^B";
    assert_eq!(
        problems(merge_of(pid, "MRG|7^^^&1.2.3.4.2000&ISO")),
        ["204 at MRG^1^1^1^4"]
    );
    assert_eq!(
        problems(merge_of(pid, "MRG|5^^^EAST")),
        ["205 at MRG^1^1^1^1"]
    );
    assert_eq!(problems(merge_of(pid, "MRG|")), ["101 at MRG^1^1"]);
    let two = "MRG|7^^^EAST\rMRG|8^^^EAST";
    assert_eq!(problems(merge_of(pid, two)), ["100 at MRG^2"]);
}

#[test]
fn a_name_of_one_space_is_no_name_but_satisfies_pid_5() {
    let feed = feed_of("PID|||1^^^EAST|| ").expect("ok");
    assert!(feed.patient.names.is_empty());
}

#[test]
fn no_refusal_shows_patient_data() {
    let refusal = feed_of("PID|||SECRET^^^NOWHERE||A^B||SECRET|SECRET").expect_err("refused");
    let text = format!(
        "{refusal} {refusal:?} {}",
        hl7v2::ack::err_segments(&refusal.problems)
    );
    assert!(!text.contains("SECRET"), "{text}");
}

fn facts(peer: &Peer) -> AuditFacts<'_> {
    AuditFacts::success(peer, Side::Destination)
}

fn peer() -> Peer {
    Peer::unknown(([192, 0, 2, 7], 4000).into())
}

fn subject(event: &TransactionEvent) -> &str {
    event
        .objects
        .first()
        .and_then(|object| object.id.as_deref())
        .unwrap_or_default()
}

#[test]
fn a_merge_is_audited_as_deletion_of_one_id_and_update_of_the_other() {
    let text = "EVN||2026\rPID|||5^^^EAST||A^B\rMRG|7^^^EAST\r";
    let events = audit(&facts(&peer()), &message("A40", text));
    let found: Vec<_> = events
        .iter()
        .map(|event| (event.action, subject(event)))
        .collect();
    assert_eq!(
        found,
        [(Action::Delete, "7^^^EAST"), (Action::Update, "5^^^EAST")]
    );
}

#[test]
fn a_registration_is_audited_as_creation_with_both_ends_and_the_control_id() {
    let text = "EVN||2026\rPID|||5^^^EAST||A^B\rPV1||O\r";
    let events = audit(&facts(&peer()), &message("A04", text));
    let [event] = &events[..] else {
        panic!("one event")
    };
    assert_eq!(event.action, Action::Create);
    assert_eq!(event.transaction, ("ITI-8", "Patient Identity Feed"));
    assert_eq!(event.outcome, Outcome::Success);
    assert_eq!(
        (&*event.source.user_id, &*event.source.network_address),
        ("WARD|HIS", "192.0.2.7")
    );
    assert_eq!(event.destination.user_id, "REGION|PIX");
    assert!(event.clone().into_message().to_xml().contains("MSH-10"));
    assert_eq!(
        audit(&facts(&peer()), &message("A08", text))[0].action,
        Action::Update
    );
}

#[test]
fn on_both_sides_our_end_is_audited_with_our_address_and_the_other_with_its_own() {
    let message = message("A04", "EVN||2026\rPID|||5^^^EAST||A^B\rPV1||O\r");
    let local = ([198, 51, 100, 1], 3600).into();
    let peer = Peer { local, ..peer() };
    let addresses = |side| {
        let event = audit(&AuditFacts::success(&peer, side), &message).remove(0);
        [event.source, event.destination].map(|end| end.network_address)
    };
    assert_eq!(addresses(Side::Source), ["198.51.100.1", "192.0.2.7"]);
    assert_eq!(addresses(Side::Destination), ["192.0.2.7", "198.51.100.1"]);
}

#[test]
fn a_refused_message_is_audited_as_a_failure() {
    let refusal = feed_of("PID|||1^^^NOWHERE||A^B").expect_err("refused");
    let peer = peer();
    let facts = AuditFacts::refused(&peer, Side::Destination, &refusal);
    let events = audit(&facts, &message("A04", "PID|||1^^^NOWHERE||A^B\r"));
    assert_eq!(events[0].outcome, Outcome::MinorFailure);
    assert_eq!(
        events[0].outcome_description.as_deref(),
        Some("AE: 204 at PID^1^3^1^4")
    );
}

fn letters() -> impl Strategy<Value = String> {
    "[A-Za-z山田花子 ^|~\\\\&]{0,8}[a-z]"
}

fn record() -> impl Strategy<Value = PatientRecord> {
    let ids = proptest::collection::btree_set("[0-9A-Z^&|~]{1,12}", 1..4);
    (
        ids,
        letters(),
        letters(),
        "(19[0-9]{2}0[1-9]1[0-9])?",
        "[FMOU]?",
        "[IO](\r3N\\^389(\r\r\r7\\^山)?)?",
    )
        .prop_map(
            |(ids, family, given, birth_date, sex, visit)| PatientRecord {
                ids: ids
                    .into_iter()
                    .map(|id| Cx::new(id, Hd::oid(WEST)))
                    .collect(),
                names: vec![Xpn {
                    family,
                    given,
                    ..Xpn::default()
                }],
                birth_date,
                sex,
                visit,
                ..PatientRecord::default()
            },
        )
}

fn round_trip(feed: &Feed) -> Feed {
    let bytes = encode(feed, &Ends::default(), Charset::Utf8, "2.3.1").expect("encodes");
    decode(&Message::parse(&bytes).expect("parses"), &policy()).expect("decodes")
}

proptest! {
    #[test]
    fn decode_of_encode_is_the_same_feed(patient in record()) {
        for feed in [Feed::register(patient.clone()), Feed::admit(patient.clone())] {
            prop_assert_eq!(&round_trip(&feed), &feed);
        }
        // A40 has no PV1.
        let patient = PatientRecord { visit: String::new(), ..patient };
        let merge = Feed::merge(patient, Cx::new("gone", Hd::oid(WEST)));
        prop_assert_eq!(&round_trip(&merge), &merge);
    }

    #[test]
    fn any_text_is_decoded_or_refused(pid in "[ -~]{0,80}", mrg in "[ -~]{0,40}") {
        let text = format!("EVN||2026\rPID|{pid}\rMRG|{mrg}\r");
        let _ = decode(&message("A40", &text), &policy());
    }
}
