use hl7v2::Message;
use hl7v2::ack::Refusal;
use hl7v2::charset::Charset;
use hl7v2::datatype::{Cx, Hd};
use ihe_atna::{Action, Peer};
use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::iti8::Ends;
use crate::transaction::{AuditFacts, Side};
use crate::{FeedPolicy, Limits};

fn policy() -> FeedPolicy {
    let east = Hd {
        namespace_id: "EAST".into(),
        ..Hd::oid("1.2.3.4.1000")
    };
    FeedPolicy::new([east, Hd::oid("1.2.3.4.2000")])
}

fn request(qpd: &str) -> Message {
    let text =
        format!("MSH|^~\\&|CON|WARD|PIX|REGION|2026||QBP^Q23^QBP_Q21|77|P|2.5\r{qpd}\rRCP|I\r");
    Message::parse(text.as_bytes()).expect("parses")
}

fn problems(qpd: &str) -> Vec<String> {
    let refusal = decode(&request(qpd), &policy()).expect_err("refused");
    assert_eq!(refusal.code.as_str(), "AE");
    refusal.problems.iter().map(ToString::to_string).collect()
}

/// The answer without MSH.
fn answer(request: &Message, outcome: Result<&Response, &Refusal>) -> Vec<String> {
    let bytes = encode_response(request, outcome);
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.starts_with("MSH|^~\\&|PIX|REGION|CON|WARD|"), "{text}");
    assert!(text.contains("|RSP^K23^RSP_K23|"), "{text}");
    text.split_terminator('\r')
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[test]
fn v2_r_030_other_ids_are_answered_aa_ok_with_full_authority() {
    let request = request("QPD|IHE PIX Query|T1|1^^^EAST");
    let ids = vec![
        Cx::new("9", Hd::oid("1.2.3.4.2000")),
        Cx::new("8", Hd::oid("1.2.3.4.2000")),
    ];
    let segments = answer(&request, Ok(&Response { ids }));
    assert_eq!(
        segments,
        [
            "MSA|AA|77",
            "QAK|T1|OK",
            "QPD|IHE PIX Query|T1|1^^^EAST",
            "PID|||9^^^&1.2.3.4.2000&ISO~8^^^&1.2.3.4.2000&ISO||~^^^^^^S",
        ]
    );
}

#[test]
fn v2_r_031_a_known_id_without_others_is_aa_nf_without_pid() {
    let segments = answer(
        &request("QPD|IHE PIX Query|T1|1^^^EAST"),
        Ok(&Response::default()),
    );
    assert_eq!(
        segments,
        ["MSA|AA|77", "QAK|T1|NF", "QPD|IHE PIX Query|T1|1^^^EAST"]
    );
}

#[test]
fn v2_r_032_unknown_id_in_known_domain_is_ae_204() {
    let refusal = unknown_id();
    let segments = answer(&request("QPD|IHE PIX Query|T1|1^^^EAST"), Err(&refusal));
    assert_eq!(segments[0], "MSA|AE|77");
    assert!(
        segments[1].starts_with("ERR||QPD^1^3^1^1|204^Unknown key identifier^HL70357|E|"),
        "{segments:?}"
    );
    assert_eq!(segments[2], "QAK|T1|AE");
    assert_eq!(segments.len(), 4, "no PID");
}

#[test]
fn v2_r_033_an_unknown_domain_of_the_id_is_204_at_component_4() {
    assert_eq!(
        problems("QPD|IHE PIX Query|T1|1^^^NOWHERE"),
        ["204 at QPD^1^3^1^4"]
    );
    assert_eq!(problems("QPD|IHE PIX Query|T1|1"), ["204 at QPD^1^3^1^4"]);
}

#[test]
fn v2_r_034_each_unknown_domain_asked_for_is_204_with_its_repetition() {
    let qpd = "QPD|IHE PIX Query|T1|1^^^EAST|^^^EAST~^^^NO~^^^&1.2.3.4.2000&ISO~^^^&9&ISO";
    assert_eq!(problems(qpd), ["204 at QPD^1^4^2", "204 at QPD^1^4^4"]);
    let all = "QPD|IHE PIX Query|T1|1^^^NO|^^^NO";
    assert_eq!(
        problems(all),
        ["204 at QPD^1^3^1^4", "204 at QPD^1^4^1"],
        "all are collected"
    );
}

#[test]
fn v2_r_036_no_domain_asked_for_means_all() {
    let query = decode(&request("QPD|IHE PIX Query|T1|1^^^EAST"), &policy()).expect("ok");
    assert!(query.domains.is_empty());
    assert_eq!(query.tag, "T1");
}

#[test]
fn v2_r_037_domains_are_completed_from_namespace_universal_id_or_both() {
    let full = policy().domains[0].authority.clone();
    for said in ["EAST", "&1.2.3.4.1000&ISO", "EAST&1.2.3.4.1000&ISO"] {
        let qpd = format!("QPD|IHE PIX Query|T1|1^^^{said}|^^^{said}");
        let query = decode(&request(&qpd), &policy()).expect("ok");
        assert_eq!(query.id.assigning_authority, full);
        assert_eq!(query.domains.first(), Some(&full));
    }
}

#[test]
fn v2_r_038_another_query_name_is_ae_103_at_qpd_1() {
    assert_eq!(
        problems("QPD|IHE PDQ Query|T1|1^^^EAST"),
        ["103 at QPD^1^1^1^1"]
    );
    let hl7 = "QPD|QRY_1001^Query for Corresponding Identifiers^IHEDEMO|T1|1^^^EAST";
    assert!(decode(&request(hl7), &policy()).is_ok());
}

#[test]
fn v2_r_002_missing_parts_of_the_query_are_all_listed() {
    let found = problems("QPD|||");
    assert_eq!(
        found[..3],
        ["101 at QPD^1^1", "101 at QPD^1^2", "101 at QPD^1^3"]
    );
    assert_eq!(
        problems("QPD|IHE PIX Query|T1|^^^EAST"),
        ["101 at QPD^1^3^1^1"]
    );
    assert_eq!(
        problems("QPD|IHE PIX Query|T1|1^^^EAST~2^^^EAST"),
        ["102 at QPD^1^3^2"]
    );
    assert_eq!(problems("ZZZ|1"), ["100 at QPD^1"]);
}

#[test]
fn the_query_is_echoed_with_the_separators_of_the_answer() {
    let text = "MSH|*~\\&|CON|WARD|PIX|REGION|2026||QBP*Q23|77|P|2.5\r\
                QPD|IHE PIX Query|T1|1***EAST\rRCP|I\r";
    let request = Message::parse(text.as_bytes()).expect("parses");
    let segments = answer(&request, Ok(&Response::default()));
    assert_eq!(segments[2], "QPD|IHE PIX Query|T1|1^^^EAST");
}

#[test]
fn an_answer_that_is_neither_ok_nor_nf_is_malformed() {
    let text = "MSH|^~\\&|A|B|C|D|2026||RSP^K23|1|P|2.5\rMSA|AA|77\rQAK|T1|XX\r";
    let reply = Message::parse(text.as_bytes()).expect("parses");
    assert!(matches!(decode_response(&reply), Err(Error::Malformed(_))));
}

#[test]
fn a_refusal_survives_encode_and_decode() {
    let refusal = decode(&request("QPD|IHE PIX Query|T1|1^^^NO|^^^NO"), &policy()).expect_err("no");
    let bytes = encode_response(&request("QPD|IHE PIX Query|T1|1^^^NO|^^^NO"), Err(&refusal));
    match decode_response(&Message::parse(&bytes).expect("parses")) {
        Err(Error::Refused(read)) => assert_eq!(read, refusal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_query_is_audited_with_the_patient_and_the_qpd_segment() {
    let peer = Peer::unknown(([192, 0, 2, 7], 4000).into());
    let request = request("QPD|IHE PIX Query|T1|1^^^EAST");
    let events = audit(&AuditFacts::success(&peer, Side::Destination), &request);
    let [event] = &events[..] else {
        panic!("one event")
    };
    assert_eq!(
        (event.action, event.transaction),
        (Action::Execute, ("ITI-9", "PIX Query"))
    );
    assert_eq!(event.objects.len(), 2);
    assert_eq!(event.objects[0].id.as_deref(), Some("1^^^EAST"));
    let xml = event.to_message().to_xml();
    // base64 of the QPD segment.
    assert!(
        xml.contains("UVBEfElIRSBQSVggUXVlcnl8VDF8MV5eXkVBU1Q="),
        "{xml}"
    );
}

proptest! {
    #[test]
    fn decode_of_encode_is_the_same_query(
        id in "[0-9A-Z^&|~山]{1,20}",
        domains in proptest::collection::vec("[0-2](\\.[1-9][0-9]{0,3}){1,4}", 0..3),
    ) {
        let domains = domains.iter().map(|oid| Hd::oid(oid)).collect();
        let query = Query { domains, ..Query::new(Cx::new(id, Hd::oid("1.2.3"))) };
        let bytes = encode(&query, &Ends::default(), Charset::Utf8).expect("encodes");
        let message = Message::parse(&bytes).expect("parses");
        prop_assert_eq!(decode_raw(&message, &Limits::default()).expect("decodes"), query);
    }
}
