//! Faults, their places and their codes.

use crate::Message;
use crate::ack::ErrorCode;
use crate::datatype::{Fault, check};
use proptest::prelude::*;

type Place = (Option<usize>, Option<usize>, u16);

fn faults(data_type: &str, text: &str) -> Vec<Place> {
    let bytes = format!("MSH|^~\\&|A||||20260315||ADT^A08|1|P|2.5\rZZZ|{text}\r");
    let message = Message::parse(bytes.as_bytes()).unwrap();
    let field = message.segment("ZZZ").unwrap().field(1);
    let repetition = field.repetitions().next();
    let found = repetition.map_or(Vec::new(), |one| check(data_type, one));
    let place = |fault: Fault| (fault.component, fault.subcomponent, fault.code.number());
    found.into_iter().map(place).collect()
}

const TYPE: u16 = ErrorCode::DATA_TYPE.number();
const MISSING: u16 = ErrorCode::REQUIRED_FIELD_MISSING.number();

#[test]
fn sound_values_of_old_and_new_versions_have_no_faults() {
    for (data_type, text) in [
        (
            "CX",
            "0042^1^M11^HOSP&1.2.3&ISO^PI^FAC&1.9&ISO^20200101^2021",
        ),
        ("CX", "9999013"),
        ("CX", "9999013^^^^PI"),
        ("CX", "7^^^H&x&DNS"),
        ("XPN", "^^^^^^S"),
        ("XPN", "患者^太郎^^^^^L^I^^19700101&19991231"),
        ("XCN", "110^医師^一郎^^^^^^^L^^^^^I"),
        ("XTN", "(217)555-0100^PRN^PH"),
        ("XTN", "^PRN^PH^^81^3^55550100"),
        ("TS", "20111220224447.3399"),
        ("TS", "19700101000000^D"),
        ("MSG", "ACK"),
        ("MSG", "ADT^A08"),
        ("HD", "A^1.2.3^ISO"),
        ("EI", "1^A^f81d4fae-7dec-11d0-a765-00a0c91e6bf6^UUID"),
        ("CWE", "^text only"),
        ("CWE", "a^b^c^d^e^f^7^8^9^further^further"),
        ("NM", "-1.5"),
        ("SI", "1"),
        ("ID", "anything"),
        ("varies", "a^b"),
        ("ZZ", "20269999"),
    ] {
        assert_eq!(faults(data_type, text), [], "{data_type} {text}");
    }
}

#[test]
fn nothing_and_null_have_no_faults_on_any_level() {
    for data_type in ["CX", "TS", "NM", "DTM", "HD", "MSG"] {
        assert_eq!(faults(data_type, "\"\""), []);
        assert_eq!(faults(data_type, ""), []);
    }
    assert_eq!(faults("CX", "\"\"^^^\"\"^^^\"\""), []);
    assert_eq!(faults("CX", "7^^^A&\"\"&ISO"), []);
}

#[test]
fn bad_forms_are_102_where_they_stand() {
    for (data_type, text, place) in [
        ("TS", "19700231", (Some(1), None, TYPE)),
        ("DTM", "1970-02-01", (None, None, TYPE)),
        ("DT", "197002010930", (None, None, TYPE)),
        ("TM", "2430", (None, None, TYPE)),
        ("NM", "1,5", (None, None, TYPE)),
        ("SI", "-1", (None, None, TYPE)),
        ("CX", "7^^^^^^20200231", (Some(7), None, TYPE)),
        ("CX", "7^^^A&urn:oid:1.2&ISO", (Some(4), Some(2), TYPE)),
        ("HD", "A^1.2.x^ISO", (Some(2), None, TYPE)),
        ("EI", "1^A^1.2.x^ISO", (Some(3), None, TYPE)),
        (
            "PL",
            "a^b^c^d^e^f^g^h^i^1&A&no&UUID",
            (Some(10), Some(3), TYPE),
        ),
        ("XPN", "A^B^^^^^L^I^^1970&x", (Some(10), Some(2), TYPE)),
        ("CQ", "many^mg", (Some(1), None, TYPE)),
        ("TQ", "x&mg", (Some(1), Some(1), TYPE)),
    ] {
        assert_eq!(faults(data_type, text), [place], "{data_type} {text}");
    }
}

#[test]
fn required_components_are_101_once_anything_is_there() {
    assert_eq!(faults("CX", "^^^A"), [(Some(1), None, MISSING)]);
    assert_eq!(faults("XPN", "&van&Gogh^V"), [(Some(1), Some(1), MISSING)]);
    assert_eq!(faults("MSG", "^A08"), [(Some(1), None, MISSING)]);
    assert_eq!(
        faults("CX", "^^^A&x&ISO^PI^^bad"),
        [
            (Some(1), None, MISSING),
            (Some(4), Some(2), TYPE),
            (Some(7), None, TYPE)
        ]
    );
}

#[test]
fn every_type_of_the_fields_in_use_is_known() {
    let used = "AUI CE CNE CP CQ CWE CX DLD DLN DR EI EIP ELD ERL FC HD JCC LA1 LA2 MOC MSG NDL PL PRL PT QIP RI RPT SCV \
                SN SPS SRT TQ TS VID XAD XCN XON XPN XTN ED RP CF MO";
    for data_type in used.split_ascii_whitespace() {
        assert!(
            crate::datatype::elements(data_type).is_some(),
            "{data_type}"
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_checked_without_a_panic(text in r#"[0-9a"山 .\\^&|~+-]{0,60}"#, data_type in "[A-Z]{2,3}") {
        for data_type in ["CX", "XCN", "TS", "HD", "EI", "NM", "PL", "TQ", "XPN", &data_type] {
            faults(data_type, &text);
        }
    }
}
