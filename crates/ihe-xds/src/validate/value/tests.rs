use super::*;
use crate::metadata::{Cx, Xcn, Xon, Xtn};
use proptest::prelude::*;

fn accepts(check: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
    good.iter()
        .for_each(|text| assert!(check(text), "should be accepted: {text}"));
    bad.iter()
        .for_each(|text| assert!(!check(text), "should be refused: {text}"));
}

#[test]
fn xds_r_009_a_patient_id_is_id_and_iso_authority_and_nothing_else() {
    let good = ["P1^^^&1.2.3&ISO", "a b^^^&2.16.840&ISO"];
    let bad = [
        "",
        "P1",
        "^^^&1.2.3&ISO",
        "P1^^^ns&1.2.3&ISO",
        "P1^^^&1.2.3&DNS",
        "P1^^^&1.2.3&ISO^PI",
        "P1^x^^&1.2.3&ISO",
        "P1^^^&&ISO",
        "P1^^^&1.02.3&ISO",
        "P1^^^1.2.3&ISO",
    ];
    accepts(is_cx, &good, &bad);
}

#[test]
fn a_dtm_is_a_time_that_exists() {
    let good = [
        "2004",
        "200412",
        "20041225",
        "2004122523",
        "200412252350",
        "20041225235050",
        "20240229",
    ];
    let bad = [
        "",
        "04",
        "20041",
        "20041301",
        "20230229",
        "20041225240000",
        "2004122512+0900",
        "20041225.1",
        "19000229",
        "00000101",
        "20230231",
        "20041225235960",
        "20041225236000",
        "20041232",
        "200400",
        "２００４",
    ];
    accepts(is_dtm, &good, &bad);
}

#[test]
fn an_oid_has_arcs_without_leading_zeros_and_64_characters_at_most() {
    let long = format!("1.{}", "2".repeat(63));
    accepts(
        is_oid,
        &["1.2", "0.9.2342", "1.3.6.1", "2.25.0", "129.6.58"],
        &["", "1", "1.", ".1", "1.02", "00.1", "1..2", "1.a", &long],
    );
    accepts(
        is_oid_urn,
        &["urn:oid:1.2"],
        &["1.2", "urn:oid:", "urn:uuid:1.2"],
    );
}

#[test]
fn people_institutions_and_telecommunications_have_their_components() {
    accepts(
        is_xcn,
        &["^Smitty^Gerald^^^", "Gerald Smitty", "11^A^B^^^^^^&1.2&ISO"],
        &["", "^^Gerald", "^A^^^^^^^&1.2&ISO"],
    );
    accepts(
        is_xon,
        &[
            "Clinic",
            "Clinic^^^^^&1.2.3&ISO^^^^45",
            "Parma Community^^^^^^^^^1.2.3",
        ],
        &[
            "",
            "^^^^^^^^^1.2.3",
            "Clinic^^^^^^^^^45",
            "Clinic^L",
            "A^^^^^^^^^1.2^x",
        ],
    );
    accepts(
        is_xtn,
        &[
            "^^Internet^a@example.org",
            "^NET^Internet^a@b",
            "^PRN^PH^^^03^5551212",
            "^PRS^PH^^31^^(042) 1123 4567",
            "^^FX^^^^+31 42 1123 4567",
        ],
        &[
            "",
            "a",
            "^^Internet",
            "^WPN^Internet^a@b",
            "^NET^PH^^^^1",
            "^^PH",
            "a^^PH^^^^1",
            "^^FX^^^^^^^^^+8131234",
            "^^PH^a@b^^^1",
        ],
    );
    accepts(
        is_recipient,
        &["Clinic|^Doe", "|^Doe", "||^^Internet^a@b"],
        &["", "||", "Clinic^L|", "A|^B|^^PH^^^^1|x"],
    );
}

#[test]
fn reference_ids_patient_info_and_the_other_forms() {
    accepts(
        is_cxi,
        &[
            "1^^^&1.2&ISO^urn:ihe:iti:xds:2013:accession",
            "2.16^^^^urn:ihe:iti:xdw:2013:workflowInstanceId",
            "1^^^ns^t",
        ],
        &[
            "",
            "1^^^&1.2&ISO",
            "^^^^t",
            "1^x^^^t",
            "1^^^&1.2&^t",
            "1^^^^t^x",
        ],
    );
    accepts(
        is_source_patient_info,
        &["PID-3|x", "PID-8|", "PID-39|a"],
        &[
            "PID-2|x", "PID-4|x", "PID-12|x", "PID-19|x", "PID-0|x", "PID-40|x", "PID-3", "3|x",
        ],
    );
    accepts(
        is_identifier,
        &["1.2^ext", "urn:uuid:x"],
        &["", "a b", "日本", &"x".repeat(129)],
    );
    accepts(
        is_language,
        &["ja", "ja-JP", "en-us"],
        &["", "j4", "ja_JP", "ja-", "abcdefghi"],
    );
    accepts(
        is_mime_type,
        &[
            "text/plain",
            "text/xml; charset=utf-8",
            "application/fhir+xml",
        ],
        &["", "text", "text/", "/x", "a b/c"],
    );
    accepts(
        is_sha1,
        &[
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
        ],
        &["da39", ""],
    );
    accepts(
        is_coded_string,
        &["Attending", "Primary Surgeon", "c^^^&1.2&ISO"],
        &["", "^^^&1.2&ISO", "c^x", "c^^^&x&ISO"],
    );
    accepts(is_uri, &["http://", "a.txt"], &["", "a b", "<a>"]);
}

#[test]
fn separators_are_escaped_and_formatting_is_not_allowed() {
    let good = [
        r"D\E\TP-1^^^&1.3.6&ISO",
        r"a\S\b\T\c^^^&1.2&ISO",
        r"\X0D\^^^&1.2&ISO",
    ];
    let bad = [
        r"a\b^^^&1.2&ISO",
        r"\H\a\N\^^^&1.2&ISO",
        r"\Z12\^^^&1.2&ISO",
        "a&b^^^&1.2&ISO",
        "a~b^^^&1.2&ISO",
        "a|b^^^&1.2&ISO",
    ];
    accepts(is_cx, &good, &bad);
    accepts(
        is_xcn,
        &[r"^O\S\Neill", "^van&der Berg"],
        &[r"^\H\x", "^A~^B", "^A|B"],
    );
    accepts(
        is_source_patient_info,
        &[r"PID-3|D\E\1^^^&1.3.6&ISO~2", "PID-7|"],
        &["PID-5|a|b", "PID-8|M~F"],
    );
}

#[test]
fn the_types_of_reference_ids_say_what_else_they_need() {
    accepts(
        is_cxi,
        &[
            "1^^^&1.2&ISO^urn:ihe:iti:xds:2013:referral",
            "1^^^&1.2&ISO^urn:ihe:iti:xds:2015:encounterId",
            "1.2.3^^^^urn:ihe:iti:xds:2016:studyInstanceUID",
            "1^^^^urn:ihe:iti:xds:2013:accession",
        ],
        &[
            "1^^^^urn:ihe:iti:xds:2013:order",
            "x^^^^urn:ihe:iti:xdw:2013:workflowInstanceId",
            "1.2^^^&1.2&ISO^urn:ihe:iti:xdw:2013:workflowInstanceId",
        ],
    );
}

#[test]
fn names_of_extra_metadata_are_urns_of_others() {
    accepts(
        is_extra_name,
        &["urn:example:extra", "URN:x:y", "urn:oid:1.2:z"],
        &[
            "",
            "mine",
            "urn:x",
            "urn::y",
            "urn:x:",
            "urn:x:a b",
            "urn:ihe:x",
            "URN:IHE:x",
            "http://x",
        ],
    );
}

proptest! {
    #[test]
    fn any_text_is_judged_and_every_escaped_text_comes_back(
        text in "[a-z0-9A-Z^&|~:./%é\\\\山 -]{0,40}",
        any in "\\PC{0,40}",
    ) {
        let checks = [
            is_uuid_urn, is_oid, is_oid_urn, is_dtm, is_language, is_sha1, is_size, is_mime_type, is_identifier, is_uri,
            is_urn, is_extra_name, is_coded_string, is_cx, is_cxi, is_recipient, is_source_patient_info, is_xcn, is_xon,
            is_xtn,
        ];
        for check in checks {
            let _ = (check(&text), check(&any));
        }
        if !text.is_empty() {
            assert_eq!(Cx::new(&text, "1.2.3").unwrap().id(), text.as_str());
            assert_eq!(Xcn::named(&text, &text).unwrap().family_name(), text.as_str());
            assert_eq!(Xon::named(&text).unwrap().name(), text.as_str());
            assert_eq!(Xtn::email(&text).unwrap().email_address().unwrap(), text.as_str());
        }
    }
}
