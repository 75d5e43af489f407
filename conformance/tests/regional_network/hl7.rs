//! ITI-8 and ITI-9 in HL7 v2.5 over MLLP (ITI TF-2 3.8, 3.9, appendix C).

use crate::domain::{Domain, NORTH, SOUTH, unique};
use conformance::{hl7, mllp};

/// A message whose header is good but for what the test changes.
pub(crate) fn message(kind: &str, version: &str, segments: &[&str]) -> (String, Vec<u8>) {
    let control_id = format!("CONF{}", unique());
    let header = format!(
        "MSH|^~\\&|CONFORMANCE|TEST|SERVER|DOMAIN|20261121120000+0000||{kind}|{control_id}|P|{version}\r"
    );
    let body: String = segments
        .iter()
        .map(|segment| format!("{segment}\r"))
        .collect();
    (control_id, format!("{header}{body}").into_bytes())
}

/// An A04 with these ids in PID-3.
pub(crate) fn feed(ids: &[String]) -> (String, Vec<u8>) {
    let name = format!("CONFORMANCE{}^TEST", unique());
    let pid = format!("PID|||{}||{name}||19700101|M", ids.join("~"));
    message(
        "ADT^A04^ADT_A01",
        "2.5",
        &["EVN||20261121120000+0000", &pid, "PV1||O"],
    )
}

pub(crate) fn id(domain: &str) -> String {
    format!("C{}^^^&{domain}&ISO", unique())
}

/// Sends, checks that the answer is an acknowledgement of this message, and returns it.
pub(crate) fn ask(domain: &Domain, key: &str, (control_id, bytes): &(String, Vec<u8>)) -> Vec<u8> {
    let answer = mllp::exchange(&mut domain.connect(key), bytes).expect("an answer");
    assert!(answer.starts_with(b"MSH|^~\\&|"), "no MSH first");
    assert_eq!(
        hl7::field(&answer, "MSA", 1, 2).as_deref(),
        Some(control_id.as_str()),
        "MSA-2"
    );
    assert_eq!(
        hl7::field(&answer, "MSH", 1, 5).as_deref(),
        Some("CONFORMANCE"),
        "MSH-5"
    );
    assert_eq!(
        hl7::field(&answer, "MSH", 1, 6).as_deref(),
        Some("TEST"),
        "MSH-6"
    );
    answer
}

fn verdict(domain: &Domain, message: &(String, Vec<u8>)) -> String {
    hl7::verdict(&ask(domain, "pix_v2", message))
}

pub(crate) fn iti_8_a_feed_is_accepted(domain: &Domain) {
    let answer = ask(domain, "pix_v2", &feed(&[id(NORTH)]));
    assert_eq!(hl7::verdict(&answer), "AA");
    assert!(String::from_utf8_lossy(&answer).contains("\rMSA|AA|"));
    assert!(answer.ends_with(b"\r"), "the last segment has no end");
}

pub(crate) fn iti_8_the_registry_accepts_a_feed(domain: &Domain) {
    let patient = id(domain.endpoint("affinity_domain"));
    assert_eq!(
        hl7::verdict(&ask(domain, "registry_feed", &feed(&[patient]))),
        "AA"
    );
}

pub(crate) fn iti_8_an_unknown_trigger_is_refused(domain: &Domain) {
    let pid = format!("PID|||{}||A^B", id(NORTH));
    let asked = message("ADT^A99^ADT_A99", "2.5", &["EVN||20261121", &pid]);
    assert_eq!(verdict(domain, &asked), "AR 201 MSH^1^9^1^2");
}

pub(crate) fn iti_8_an_unknown_message_type_is_refused(domain: &Domain) {
    let asked = message("ZZZ^Z01^ZZZ_Z01", "2.5", &["EVN||20261121"]);
    assert_eq!(verdict(domain, &asked), "AR 200 MSH^1^9^1^1");
}

pub(crate) fn iti_8_malformed_hl7_is_refused(domain: &Domain) {
    let mut stream = domain.connect("pix_v2");
    for malformed in [
        &b"this is no message"[..],
        b"",
        b"PID|||1\r",
        b"MSH",
        b"\xff\xfe\x00",
    ] {
        let answer = mllp::exchange(&mut stream, malformed).expect("an answer");
        assert!(answer.starts_with(b"MSH|^~\\&|"), "{malformed:?}");
        assert_eq!(
            hl7::field(&answer, "MSA", 1, 1).as_deref(),
            Some("AR"),
            "{malformed:?}"
        );
    }
    let (_, good) = feed(&[id(NORTH)]);
    let answer = mllp::exchange(&mut stream, &good).expect("the same connection goes on");
    assert_eq!(hl7::verdict(&answer), "AA");
}

pub(crate) fn iti_8_an_unknown_domain_is_refused(domain: &Domain) {
    let unknown = "1.2.3.4.9999";
    assert_eq!(verdict(domain, &feed(&[id(unknown)])), "AE 204 PID^1^3^1^4");
    let known = id(NORTH);
    assert_eq!(
        verdict(domain, &feed(&[known.clone(), id(unknown)])),
        "AE 204 PID^1^3^2^4"
    );
    let said = hl7::verdict(&query(domain, &known, ""));
    assert_eq!(
        said, "AE 204 QPD^1^3^1^1",
        "a refused feed left an id behind"
    );
}

pub(crate) fn iti_8_a_wrong_version_is_refused(domain: &Domain) {
    let pid = format!("PID|||{}||A^B", id(NORTH));
    let asked = message("ADT^A04^ADT_A01", "9.9", &["EVN||20261121", &pid, "PV1||O"]);
    let said = verdict(domain, &asked);
    assert!(said.starts_with("AR 203 MSH^1^12"), "{said}");
}

/// Asks for the ids of `id` in the domain `wanted`, or in all.
fn query(domain: &Domain, id: &str, wanted: &str) -> Vec<u8> {
    let wanted = if wanted.is_empty() {
        String::new()
    } else {
        format!("|^^^&{wanted}&ISO")
    };
    let tag = format!("TAG{}", unique());
    let qpd = format!("QPD|IHE PIX Query|{tag}|{id}{wanted}");
    let answer = ask(
        domain,
        "pix_v2",
        &message("QBP^Q23^QBP_Q21", "2.5", &[&qpd, "RCP|I"]),
    );
    assert_eq!(
        hl7::field(&answer, "MSH", 1, 9).as_deref(),
        Some("RSP^K23^RSP_K23")
    );
    assert_eq!(
        hl7::field(&answer, "QAK", 1, 1).as_deref(),
        Some(tag.as_str()),
        "QAK-1"
    );
    assert_eq!(
        hl7::field(&answer, "QPD", 1, 3).as_deref(),
        Some(id),
        "QPD is echoed"
    );
    answer
}

pub(crate) fn iti_9_ids_fed_together_are_found(domain: &Domain) {
    let (north, south) = (id(NORTH), id(SOUTH));
    assert_eq!(
        verdict(domain, &feed(&[north.clone(), south.clone()])),
        "AA"
    );
    let answer = query(domain, &north, SOUTH);
    assert_eq!(hl7::verdict(&answer), "AA");
    assert_eq!(hl7::field(&answer, "QAK", 1, 2).as_deref(), Some("OK"));
    let found = hl7::field(&answer, "PID", 1, 3).expect("PID-3");
    assert_eq!(hl7::component(&found, 1), hl7::component(&south, 1));
    assert!(
        hl7::component(&found, 4).ends_with(&format!("&{SOUTH}&ISO")),
        "{found}"
    );
    assert!(!found.contains('~'), "only the asked domain: {found}");
}

pub(crate) fn iti_9_an_unknown_id_is_refused(domain: &Domain) {
    let answer = query(domain, &id(NORTH), "");
    assert_eq!(hl7::verdict(&answer), "AE 204 QPD^1^3^1^1");
    assert_eq!(hl7::field(&answer, "QAK", 1, 2).as_deref(), Some("AE"));
    assert_eq!(hl7::count(&answer, "PID"), 0);
    assert_eq!(
        hl7::verdict(&query(domain, &id("1.2.3.4.9999"), "")),
        "AE 204 QPD^1^3^1^4"
    );
    assert_eq!(
        hl7::verdict(&query(domain, &id(NORTH), "1.2.3.4.9999")),
        "AE 204 QPD^1^4^1"
    );
}
