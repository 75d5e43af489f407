use super::{Cx, Hd, InvalidCx, Xpn};
use crate::Separators;
use proptest::prelude::*;

const SEPARATORS: Separators = Separators::DEFAULT;

#[test]
fn a_complete_identifier_is_read_and_written() {
    let cx = Cx::parse("0042^1^M11^HOSP&1.2.3&ISO^PI^FAC&9^20200101", &SEPARATORS);
    assert_eq!(
        (
            cx.id.as_str(),
            cx.check_digit.as_str(),
            cx.check_digit_scheme.as_str()
        ),
        ("0042", "1", "M11")
    );
    assert_eq!(
        cx.assigning_authority,
        Hd {
            namespace_id: "HOSP".into(),
            ..Hd::oid("1.2.3")
        }
    );
    assert_eq!(cx.to_string(), "0042^1^M11^HOSP&1.2.3&ISO^PI");
    assert_eq!(cx.to_xds(), "0042^^^&1.2.3&ISO");
}

#[test]
fn absent_parts_are_not_written_at_the_end() {
    assert_eq!(Cx::new("7", Hd::default()).to_string(), "7");
    assert_eq!(Cx::parse("7^^^^PI", &SEPARATORS).to_string(), "7^^^^PI");
    assert_eq!(Hd::namespace("A").to_string(), "A");
    assert_eq!(Hd::oid("1.2").to_field(), "^1.2^ISO");
}

#[test]
fn an_identifier_without_a_value_is_no_identifier() {
    assert_eq!("^^^&1.2&ISO".parse::<Cx>(), Err(InvalidCx));
    assert_eq!("".parse::<Cx>(), Err(InvalidCx));
    assert_eq!("\"\"".parse::<Cx>().unwrap().id, "\"\"");
}

#[test]
fn delimiters_inside_values_are_escaped() {
    let cx = Cx::new("a^b&c", Hd::namespace("x|y"));
    assert_eq!(cx.to_string(), r"a\S\b\T\c^^^x\F\y");
    assert_eq!(cx.to_string().parse::<Cx>().unwrap(), cx);
}

#[test]
fn v2_r_037_the_universal_id_decides_when_both_have_one() {
    let full = Hd {
        namespace_id: "HOSP".into(),
        ..Hd::oid("1.2.3")
    };
    assert!(full.same_authority(&Hd::oid("1.2.3")));
    assert!(full.same_authority(&Hd::namespace("HOSP")));
    assert!(full.same_authority(&Hd {
        universal_id: "1.2.3".into(),
        ..Hd::default()
    }));
    assert!(!full.same_authority(&Hd {
        namespace_id: "HOSP".into(),
        ..Hd::oid("1.2.4")
    }));
    assert!(!full.same_authority(&Hd::default()));
    assert!(!Hd::default().same_authority(&Hd::default()));
    assert!(!Hd::namespace("HOSP").same_authority(&Hd::oid("HOSP")));
    assert!(!full.same_authority(&Hd {
        universal_id_type: "DNS".into(),
        ..Hd::oid("1.2.3")
    }));
}

#[test]
fn names_keep_their_representation() {
    let name = Xpn::parse(
        "van Beethoven&van&Beethoven^Ludwig^^Jr^Dr^PhD^L^A",
        &SEPARATORS,
    );
    assert_eq!(
        (
            name.family.as_str(),
            name.given.as_str(),
            name.representation.as_str()
        ),
        ("van Beethoven", "Ludwig", "A")
    );
    assert_eq!(name.to_string(), "van Beethoven^Ludwig^^Jr^Dr^PhD^L^A");
    assert!(Xpn::parse("^^^^^^S", &SEPARATORS).is_empty());
    assert_eq!(Xpn::new("患者", "太郎").to_string(), "患者^太郎");
}

#[test]
fn debug_hides_who_it_is() {
    let cx = format!("{:?}", Cx::new("SECRET", Hd::oid("1.2.3")));
    assert!(!cx.contains("SECRET") && cx.contains("1.2.3"), "{cx}");
    let name = format!("{:?}", Xpn::new("SECRET", "SECRET"));
    assert!(!name.contains("SECRET"), "{name}");
}

proptest! {
    #[test]
    fn identifiers_round_trip(id in ".+", digit in ".*", ns in ".*", oid in "[0-9.]*", kind in ".*", code in ".*") {
        let authority = Hd { namespace_id: ns, universal_id: oid, universal_id_type: kind };
        let cx = Cx { check_digit: digit, identifier_type_code: code, ..Cx::new(id, authority) };
        prop_assert_eq!(cx.to_string().parse::<Cx>().unwrap(), cx);
    }

    #[test]
    fn designators_round_trip_in_both_forms(ns in ".*", oid in ".*", kind in ".*") {
        let hd = Hd { namespace_id: ns, universal_id: oid, universal_id_type: kind };
        prop_assert_eq!(&Hd::parse(&hd.to_string(), &SEPARATORS), &hd);
        prop_assert_eq!(&Hd::parse_field(&hd.to_field(), &SEPARATORS), &hd);
    }

    #[test]
    fn names_round_trip(parts in proptest::array::uniform8(".*")) {
        let [family, given, further, suffix, prefix, degree, name_type_code, representation] = parts;
        let name = Xpn { family, given, further, suffix, prefix, degree, name_type_code, representation };
        prop_assert_eq!(Xpn::parse(&name.to_string(), &SEPARATORS), name);
    }
}
