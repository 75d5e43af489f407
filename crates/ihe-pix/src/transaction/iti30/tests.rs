use hl7v2::Message;
use hl7v2::ack::Refusal;
use hl7v2::charset::Charset;
use hl7v2::datatype::{Hd, Xpn};
use ihe_atna::{Action as Audited, Peer};
use proptest::prelude::*;

use super::*;
use crate::iti8::Ends;
use crate::transaction::{AuditFacts, Side};
use crate::{FeedPolicy, SourceRule};

const EAST: &str = "1.2.3.4.1000";
const WEST: &str = "1.2.3.4.2000";
const EVN: &str = "EVN||20260315093000||||20260315092500\r";

fn policy() -> FeedPolicy {
    let east = Hd {
        namespace_id: "EAST".into(),
        ..Hd::oid(EAST)
    };
    FeedPolicy::new([east, Hd::oid(WEST)])
}

fn msh(event: &str) -> String {
    let structure = Event::from_trigger(event).map_or("", Event::structure);
    let version = "1|P|2.5";
    format!("MSH|^~\\&|HIS|WARD|PIX|REGION|20260315||ADT^{event}^{structure}|{version}\r")
}

fn message(event: &str, rest: &str) -> Message {
    let text = format!("{}{EVN}{rest}", msh(event));
    Message::parse(text.as_bytes()).expect("parses")
}

fn feed(event: &str, rest: &str) -> Result<Feed, Refusal> {
    decode(&message(event, rest), &policy())
}

fn created(pid: &str) -> Result<Feed, Refusal> {
    feed("A28", &format!("{pid}\rPV1||N\r"))
}

fn actions(event: &str, rest: &str) -> Vec<Action> {
    feed(event, rest).expect("decoded").into_actions()
}

/// MSA-1 and the problems.
fn told<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.expect_err("refused").to_string()
}

fn changed(from: &str, to: &str, event: &str, rest: &str) -> Result<Feed, Refusal> {
    let text = format!("{}{EVN}{rest}", msh(event)).replace(from, to);
    decode(&Message::parse(text.as_bytes()).expect("parses"), &policy())
}

const PATIENT: &str = "PID|||7^^^EAST||YAMADA^TARO||19580312|M\rPV1||N\r";

#[test]
fn v2_r_070_create_update_and_change_of_id_are_taken_whatever_the_options() {
    let mut policy = policy();
    policy.management.merge = false;
    policy.management.link_unlink = false;
    for event in ["A28", "A31"] {
        assert!(decode(&message(event, PATIENT), &policy).is_ok(), "{event}");
    }
    let rest = "PID|||7^^^EAST||A^B\rMRG|6^^^EAST\r";
    assert!(decode(&message("A47", rest), &policy).is_ok());
}

#[test]
fn v2_r_071_required_fields_of_msh_are_ae_101() {
    for (from, place) in [
        ("|HIS|", "MSH^1^3"),
        ("|WARD|", "MSH^1^4"),
        ("|PIX|", "MSH^1^5"),
        ("|REGION|", "MSH^1^6"),
    ] {
        let found = told(changed(from, "||", "A28", PATIENT));
        assert!(found.starts_with(&format!("AE: 101 at {place}")), "{found}");
    }
    assert_eq!(
        told(changed("|20260315||", "|||", "A28", PATIENT)),
        "AE: 101 at MSH^1^7"
    );
    assert_eq!(
        told(changed("^ADT_A05|", "|", "A28", PATIENT)),
        "AE: 101 at MSH^1^9^1^3"
    );
    assert_eq!(
        told(changed("ADT_A05", "ADT_A01", "A28", PATIENT)),
        "AE: 103 at MSH^1^9^1^3"
    );
    assert_eq!(
        told(changed("|P|2.5", "|P|2.3.1", "A28", PATIENT)),
        "AR: 203 at MSH^1^12^1^1"
    );
}

#[test]
fn v2_r_071_a_continued_message_is_refused_and_what_is_not_used_is_ignored() {
    let continued = changed("|P|2.5", "|P|2.5||page-2", "A28", PATIENT);
    assert_eq!(told(continued), "AE: 102 at MSH^1^14");
    assert!(changed("|20260315||", "|20260315|token|", "A28", PATIENT).is_ok());
    assert!(changed("|P|2.5", "|P|2.5|||||JPN||ja||ITI-30^IHE", "A28", PATIENT).is_ok());
}

#[test]
fn v2_r_071_switched_character_sets_are_a_national_option() {
    let japanese = "|P|2.5||||||~ISO IR87||ISO 2022-1994";
    let found = told(changed("|P|2.5", japanese, "A28", PATIENT));
    assert_eq!(found, "AE: 103 at MSH^1^18^2");
    let mut policy = policy();
    policy.management.switched_character_sets = true;
    let name = Xpn::new("山田", "太郎");
    let patient = PatientRecord {
        names: vec![name.clone()],
        ..PatientRecord::identified(Cx::new("7", Hd::oid(WEST)))
    };
    let bytes = encode(&Feed::create(patient), &Ends::default(), Charset::Iso2022Jp);
    let message = Message::parse(&bytes.expect("encodes")).expect("parses");
    assert_eq!(message.raw("MSH-18"), Some("~ISO IR87"));
    let feed = decode(&message, &policy).expect("taken");
    assert_eq!(feed.patient.names, [name]);
}

#[test]
fn v2_r_072_without_the_option_every_message_is_answered_in_original_mode() {
    let message = message("A28", PATIENT);
    let text = message.text().replace("|P|2.5", "|P|2.5|||AL|AL");
    let asked = Message::parse(text.as_bytes()).expect("parses");
    assert!(decode(&asked, &policy()).is_ok());
    let reply = hl7v2::build::acknowledgement(&asked, hl7v2::ack::AckCode::Aa, &[]);
    let reply = Message::parse(&reply).expect("parses");
    assert_eq!(reply.raw("MSA-1"), Some("AA"), "and not CA");
}

#[test]
fn v2_r_073_evn_has_its_time_and_an_event_type_is_ignored() {
    let evn = |evn: &str| changed(EVN, &format!("{evn}\r"), "A28", PATIENT);
    assert_eq!(told(evn("EVN||")), "AE: 101 at EVN^1^2");
    assert_eq!(told(evn("EVN||yesterday")), "AE: 102 at EVN^1^2");
    assert_eq!(told(evn("EVN||2026||||13th")), "AE: 102 at EVN^1^6");
    assert!(evn("EVN|A28|2026").is_ok());
    let bytes = encode(
        &created(&PATIENT[..PATIENT.len() - 8]).expect("ok"),
        &Ends::default(),
        Charset::Utf8,
    );
    let ours = Message::parse(&bytes.expect("encodes")).expect("parses");
    assert_eq!(ours.raw("EVN-1"), None);
    assert!(ours.raw("EVN-2").is_some() && ours.raw("EVN-2") == ours.raw("EVN-6"));
}

#[test]
fn what_we_send_says_in_msh_21_which_profile_it_follows() {
    let patient = created("PID|||7^^^EAST||A^B").expect("ok").patient;
    let bytes = encode(&Feed::create(patient), &Ends::default(), Charset::Utf8);
    let ours = Message::parse(&bytes.expect("encodes")).expect("parses");
    assert_eq!(ours.raw("MSH-21"), Some("ITI-30^IHE"));
}

#[test]
fn v2_r_074_pid_needs_an_id_with_authority_and_a_family_name() {
    assert_eq!(told(created("PID|||||A^B")), "AE: 101 at PID^1^3");
    assert_eq!(told(created("PID|||7||A^B")), "AE: 204 at PID^1^3^1^4");
    assert_eq!(
        told(created("PID|||^^^EAST||A^B")),
        "AE: 101 at PID^1^3^1^1"
    );
    assert_eq!(told(created("PID|||7^^^EAST||")), "AE: 101 at PID^1^5");
    assert_eq!(
        told(created("PID|||7^^^EAST||^TARO")),
        "AE: 101 at PID^1^5^1^1"
    );
    let feed = created("PID||2|7^^^EAST^PI|4|A^B|||||X|||||||||19|20").expect("ok");
    assert_eq!(feed.patient.ids[0].identifier_type_code, "PI");
    assert!(feed.patient.ssn.is_empty() && feed.patient.driver_license.is_empty());
}

#[test]
fn v2_r_074_birth_dates_may_be_cut_and_sex_is_of_table_0001() {
    for birth in ["1958", "195803", "19580312"] {
        let feed = created(&format!("PID|||7^^^EAST||A^B||{birth}|N")).expect("ok");
        assert_eq!(feed.patient.birth_date, birth);
    }
    let found = told(created("PID|||7^^^EAST||A^B||19581399|X"));
    assert_eq!(found, "AE: 102 at PID^1^7, 103 at PID^1^8");
}

#[test]
fn v2_r_074_an_update_says_when_in_pid_33() {
    let patient = created("PID|||7^^^EAST||A^B").expect("ok").patient;
    let bytes = encode(&Feed::update(patient), &Ends::default(), Charset::Utf8);
    let ours = Message::parse(&bytes.expect("encodes")).expect("parses");
    assert!(ours.raw("PID-33").is_some() && ours.raw("PID-33") == ours.raw("EVN-6"));
    let nameless = PatientRecord::identified(Cx::new("7", Hd::oid(WEST)));
    let refused = encode(&Feed::create(nameless), &Ends::default(), Charset::Utf8);
    assert!(matches!(refused, Err(crate::Error::Misuse(_))));
}

#[test]
fn v2_r_075_an_unknown_person_has_one_id_and_an_alias() {
    let unknown = |ids: &str, codes: &str| {
        let between = "|".repeat(26);
        created(&format!("PID|||{ids}||Unknown^Male{between}Y|{codes}"))
    };
    assert!(unknown("T1^^^EAST", "AL").is_ok());
    let two = unknown("T1^^^EAST~T2^^^&1.2.3.4.2000&ISO", "AL");
    assert_eq!(told(two), "AE: 102 at PID^1^3");
    assert_eq!(told(unknown("T1^^^EAST", "")), "AE: 101 at PID^1^32");
    assert_eq!(told(unknown("T1^^^EAST", "US")), "AE: 103 at PID^1^32");
}

#[test]
fn v2_r_076_pv1_is_a_dummy() {
    assert_eq!(
        told(feed("A28", "PID|||7^^^EAST||A^B\r")),
        "AE: 100 at PV1^1"
    );
    assert_eq!(
        told(feed("A31", "PID|||7^^^EAST||A^B\rPV1||\r")),
        "AE: 101 at PV1^1^2"
    );
    let patient = created("PID|||7^^^EAST||A^B").expect("ok");
    let bytes = encode(&patient, &Ends::default(), Charset::Utf8).expect("encodes");
    let ours = Message::parse(&bytes).expect("parses");
    assert_eq!(ours.segment("PV1").map(|pv1| pv1.raw()), Some("PV1||N"));
}

#[test]
fn v2_r_077_each_id_goes_into_the_one_of_its_domain_and_type() {
    let pid = "PID|||7^^^EAST^PI~70^^^EAST^AN~9^^^&1.2.3.4.2000&ISO||A^B";
    let rest = format!("{pid}\rMRG|80^^^EAST^AN~8^^^EAST^PI~6^^^&1.2.3.4.2000&ISO\r");
    let feed = feed("A40", &rest).expect("ok");
    let pairs: Vec<_> = feed
        .merges
        .iter()
        .map(|pair| (&*pair.subsumed.id, &*pair.survivor.id))
        .collect();
    assert_eq!(pairs, [("80", "70"), ("8", "7"), ("6", "9")]);
    let merge = |mrg: &str| super::tests::feed("A40", &format!("PID|||7^^^EAST^PI||A^B\r{mrg}"));
    assert_eq!(told(merge("MRG|8^^^EAST^SS\r")), "AE: 204 at MRG^1^1^1^5");
    assert_eq!(
        told(merge("MRG|8^^^&1.2.3.4.2000&ISO\r")),
        "AE: 204 at MRG^1^1^1^4"
    );
    assert_eq!(told(merge("MRG|\r")), "AE: 101 at MRG^1^1");
    assert_eq!(told(merge("")), "AE: 100 at MRG^1");
    assert_eq!(
        told(merge("MRG|8^^^EAST\rMRG|9^^^EAST\r")),
        "AE: 100 at MRG^2"
    );
    assert_eq!(
        told(merge("MRG|7^^^EAST\r")),
        "AE: 205 at MRG^1^1^1^1",
        "a merge into itself"
    );
}

#[test]
fn v2_r_078_and_079_a_creation_registers_and_an_update_updates() {
    let [Action::Register { patient }] = &actions("A28", PATIENT)[..] else {
        panic!("one registration")
    };
    assert_eq!((&*patient.ids[0].id, &*patient.sex), ("7", "M"));
    assert!(matches!(
        actions("A31", PATIENT)[..],
        [Action::Update { .. }]
    ));
}

#[test]
fn v2_r_080_a_merge_is_lenient_and_carries_ids_only() {
    let rest = "PID|||7^^^EAST||A^B||19580312\rMRG|8^^^EAST\r";
    let [
        Action::Merge {
            patient,
            merges,
            lenient: true,
        },
    ] = &actions("A40", rest)[..]
    else {
        panic!("one lenient merge")
    };
    assert_eq!(
        *patient,
        PatientRecord::identified(merges[0].survivor.clone())
    );
    assert_eq!(merges[0].subsumed.id, "8");
}

#[test]
fn v2_r_081_a_change_of_id_replaces_one_id() {
    let rest = "PID|||7^^^EAST||A^B\rPD1\rMRG|8^^^EAST\r";
    let [Action::ChangeId { pairs }] = &actions("A47", rest)[..] else {
        panic!("one change")
    };
    assert_eq!((&*pairs[0].survivor.id, &*pairs[0].subsumed.id), ("7", "8"));
}

#[test]
fn v2_r_082_a_link_is_of_two_patients_with_all_their_ids() {
    let two = "PID|||1^^^EAST~2^^^&1.2.3.4.2000&ISO||A^B\rPID|||3^^^EAST|| \r";
    let ids = |action: &Action| match action {
        Action::Link { a, b } | Action::Unlink { a, b } => (a.id.clone(), b.id.clone()),
        other => panic!("{other:?}"),
    };
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let links: Vec<_> = actions("A24", two).iter().map(ids).collect();
    assert_eq!(links, [pair("1", "3"), pair("1", "2")]);
    let parted: Vec<_> = actions("A37", two).iter().map(ids).collect();
    assert_eq!(parted, [pair("1", "3"), pair("2", "3")]);
    let one = "PID|||1^^^EAST||A^B\r";
    assert_eq!(told(feed("A24", one)), "AE: 100 at PID^2");
    assert_eq!(told(feed("A24", "")), "AE: 100 at PID^1");
    assert_eq!(
        told(feed("A37", &format!("{one}{one}"))),
        "AE: 205 at PID^2^3"
    );
    assert_eq!(
        told(feed(
            "A24",
            &[one, "PID|||2^^^EAST||A^B\r", "PID|||3^^^EAST||A^B\r"].concat()
        )),
        "AE: 100 at PID^3"
    );
    assert_eq!(
        told(feed("A24", "PID|||1^^^EAST||A\rPID|||2^^^NOWHERE||A\r")),
        "AE: 204 at PID^2^3^1^4"
    );
}

#[test]
fn v2_r_082_parting_has_a_limit() {
    let ids: Vec<String> = (0..21).map(|n| format!("n{n}^^^EAST")).collect();
    let rest = |n: usize| format!("PID|||x^^^EAST||A\rPID|||{}||A\r", ids[..n].join("~"));
    assert_eq!(actions("A37", &rest(20)).len(), 20);
    assert_eq!(told(feed("A37", &rest(21))), "AE: 102 at PID^2^3");
}

#[test]
fn v2_r_083_an_option_not_supported_is_ar_201() {
    let mut policy = policy();
    policy.management.merge = false;
    let merge = "PID|||7^^^EAST||A^B\rMRG|8^^^EAST\r";
    let two = "PID|||1^^^EAST||A^B\rPID|||3^^^EAST|| \r";
    assert_eq!(
        told(decode(&message("A40", merge), &policy)),
        "AR: 201 at MSH^1^9^1^2"
    );
    assert!(decode(&message("A24", two), &policy).is_ok());
    policy.management.link_unlink = false;
    for event in ["A24", "A37"] {
        assert_eq!(
            told(decode(&message(event, two), &policy)),
            "AR: 201 at MSH^1^9^1^2"
        );
    }
    assert_eq!(told(feed("A01", PATIENT)), "AR: 201 at MSH^1^9^1^2");
}

#[test]
fn v2_r_084_persons_around_the_patient_and_unknown_content_never_fail_the_message() {
    let rest = "SFT|X\rPID|||7^^^EAST||A^B|||||||||||||||||||||||||||||||||||9\r\
                PD1|||CLINIC\rROL||AD|PP|^SUZUKI\rROL|||||||\rNK1|1|^HANAKO\rPV1||N|||||||||x\r\
                OBX|1|NM|3142-7^WEIGHT^LN||70|kg|||||F\rAL1|1||^PENICILLIN\rGT1\rZZZ|\"\"|1\r";
    assert_eq!(actions("A28", rest).len(), 1);
}

#[test]
fn v2_r_085_birth_order_and_the_mothers_name_reach_matching() {
    let pid = "PID|||7^^^EAST||A^B|MOTHER|2026|F|||TOWN||0312345678||||||||||||2";
    let patient = created(pid).expect("ok").patient;
    assert_eq!(
        (
            &*patient.mother_maiden_name,
            &*patient.birth_order,
            &*patient.phone_home,
            &*patient.address
        ),
        ("MOTHER", "2", "0312345678", "TOWN")
    );
}

#[test]
fn v2_r_086_the_address_of_an_ambulatory_patient_is_sent() {
    let mut patient = created("PID|||7^^^EAST||A^B").expect("ok").patient;
    patient.address = "1 Main St^^Springfield".into();
    let bytes = encode(&Feed::create(patient), &Ends::default(), Charset::Utf8).expect("encodes");
    let ours = Message::parse(&bytes).expect("parses");
    assert_eq!(ours.raw("PID-11"), Some("1 Main St^^Springfield"));
}

#[test]
fn v2_r_011_an_id_without_authority_gets_that_of_its_source() {
    let mut policy = policy();
    policy.sources.push(SourceRule {
        application: "HIS".into(),
        facility: "WARD".into(),
        authority: Hd::oid(WEST),
    });
    let rest = "PID|||7||A^B\rMRG|8\r";
    let feed = decode(&message("A47", rest), &policy).expect("ok");
    assert_eq!(feed.merges[0].subsumed, Cx::new("8", Hd::oid(WEST)));
}

#[test]
fn merges_and_links_are_audited_with_everybody_they_touch() {
    let peer = Peer::unknown(([192, 0, 2, 7], 4000).into());
    let audited = |event: &str, rest: &str, side| {
        let facts = AuditFacts::success(&peer, side);
        let events = audit(&facts, &message(event, rest));
        let ids = |event: &ihe_atna::TransactionEvent| {
            event
                .objects
                .iter()
                .filter_map(|o| o.id.clone())
                .collect::<Vec<_>>()
        };
        assert!(events.iter().all(|e| e.transaction.0 == "ITI-30"));
        assert!(
            events
                .iter()
                .all(|e| e.initiator_is_us == (side == Side::Source))
        );
        events
            .iter()
            .map(|e| (e.action, ids(e)))
            .collect::<Vec<_>>()
    };
    let id = |id: &str| vec![format!("{id}^^^EAST")];
    let merge = "PID|||7^^^EAST||A^B\rMRG|8^^^EAST\r";
    let both = [(Audited::Delete, id("8")), (Audited::Update, id("7"))];
    assert_eq!(audited("A40", merge, Side::Destination), both);
    assert_eq!(audited("A47", merge, Side::Source), both);
    let two = "PID|||1^^^EAST||A\rPID|||2^^^EAST||A\r";
    let linked = [(Audited::Update, [id("1"), id("2")].concat())];
    assert_eq!(audited("A24", two, Side::Destination), linked);
    assert_eq!(
        audited("A28", PATIENT, Side::Source),
        [(Audited::Create, id("7"))]
    );
    assert_eq!(
        audited("A31", PATIENT, Side::Source),
        [(Audited::Update, id("7"))]
    );
}

#[test]
fn no_refusal_shows_patient_data() {
    let refusal = created("PID|||SECRET^^^NOWHERE||^SECRET||SECRET|SECRET").expect_err("refused");
    let text = format!(
        "{refusal} {refusal:?} {}",
        hl7v2::ack::err_segments(&refusal.problems)
    );
    assert!(!text.contains("SECRET"), "{text}");
}

fn round_trip(feed: &Feed) -> Feed {
    let bytes = encode(feed, &Ends::default(), Charset::Utf8).expect("encodes");
    decode(&Message::parse(&bytes).expect("parses"), &policy()).expect("decodes")
}

proptest! {
    #[test]
    fn decode_of_encode_is_the_same_feed(
        one in "[0-9A-Z^&|~]{1,12}", other in "[a-z]{1,12}", family in "[A-Z山田 ^|~\\\\&]{0,8}[a-z]"
    ) {
        let (one, other) = (Cx::new(one, Hd::oid(WEST)), Cx::new(other, Hd::oid(WEST)));
        let patient = PatientRecord {
            names: vec![Xpn::new(family, "x")],
            birth_date: "1958".into(),
            ..PatientRecord::identified(one.clone())
        };
        for feed in [
            Feed::create(patient.clone()),
            Feed::update(patient),
            Feed::merge(one.clone(), other.clone()),
            Feed::change_id(one.clone(), other.clone()),
            Feed::link(one.clone(), other.clone()),
            Feed::unlink(one, other),
        ] {
            prop_assert_eq!(&round_trip(&feed), &feed);
        }
    }

    #[test]
    fn any_text_is_decoded_or_refused(pid in "[ -~]{0,80}", mrg in "[ -~]{0,40}") {
        for event in ["A28", "A40", "A24"] {
            let _ = feed(event, &format!("PID|{pid}\rPID|{mrg}\rMRG|{mrg}\rPV1||N\r"));
        }
    }
}
