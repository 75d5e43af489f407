mod checked;
mod lossless;
mod times;

use super::{Cx, Hd, InvalidCx, Rest, Xad, Xcn, Xpn, Xtn};
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
    assert_eq!(cx.assigning_facility.to_string(), "FAC&9");
    assert_eq!(cx.effective_date, "20200101");
    assert_eq!(
        cx.to_string(),
        "0042^1^M11^HOSP&1.2.3&ISO^PI^FAC&9^20200101"
    );
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
    let parts = name.family_parts.clone().unwrap();
    assert_eq!(
        (
            parts.own_surname_prefix.as_str(),
            parts.own_surname.as_str()
        ),
        ("van", "Beethoven")
    );
    assert_eq!(
        name.to_string(),
        "van Beethoven&van&Beethoven^Ludwig^^Jr^Dr^PhD^L^A"
    );
    assert!(Xpn::parse("^^^^^^S", &SEPARATORS).is_empty());
    assert_eq!(Xpn::new("患者", "太郎").to_string(), "患者^太郎");
}

#[test]
fn debug_hides_who_it_is() {
    let cx = format!("{:?}", Cx::new("SECRET", Hd::oid("1.2.3")));
    assert!(!cx.contains("SECRET") && cx.contains("1.2.3"), "{cx}");
    let name = format!("{:?}", Xpn::new("SECRET", "SECRET"));
    assert!(!name.contains("SECRET"), "{name}");
    let further = format!("{:?}", Hd::parse("A&1.2&ISO&SECRET", &SEPARATORS));
    assert!(!further.contains("SECRET"), "{further}");
}

#[test]
fn the_null_is_neither_empty_nor_a_name() {
    let name = Xpn::parse("\"\"^TARO", &SEPARATORS);
    assert!(super::is_null(&name.family) && !name.is_empty());
    assert_eq!(name.to_string(), "\"\"^TARO");
    let address = Xad::parse("^\"\"", &SEPARATORS);
    assert_eq!(
        (address.other_designation.as_str(), address.city.as_str()),
        ("\"\"", "")
    );
    let null = Hd::namespace("\"\"");
    assert!(!null.is_empty() && !null.same_authority(&null) && !null.is_named_by(&null));
}

#[test]
fn v2_r_037_a_known_authority_is_named_by_either_name_or_by_all_three() {
    let known = Hd {
        namespace_id: "EAST".into(),
        ..Hd::oid("1.2.3")
    };
    let other_type = Hd {
        universal_id_type: "DNS".into(),
        ..Hd::oid("1.2.3")
    };
    let contradiction = Hd {
        namespace_id: "EAST".into(),
        ..Hd::oid("1.2.4")
    };
    for named in [&Hd::namespace("EAST"), &Hd::oid("1.2.3"), &known] {
        assert!(known.is_named_by(named), "{named}");
    }
    for not in [other_type, contradiction, Hd::default(), Hd::oid("EAST")] {
        assert!(!known.is_named_by(&not), "{not}");
    }
}

#[test]
fn japanese_doctors_carry_their_codes_at_10_and_15() {
    let text = "110^医師^一郎^^^^^^^L^^^^^I";
    let doctor = Xcn::parse(text, &SEPARATORS);
    assert_eq!(
        (
            doctor.name_type_code.as_str(),
            doctor.representation.as_str()
        ),
        ("L", "I")
    );
    assert_eq!(doctor.to_string(), text);
}

#[test]
fn a_street_keeps_its_parts() {
    let text = "1 Main St&Main St&1^^Town^^12345^^H^^^^A^19990101&20001231^19990101";
    let address = Xad::parse(text, &SEPARATORS);
    assert_eq!(address.street_address.dwelling_number, "1");
    assert_eq!(
        address.address_validity_range.as_ref().unwrap().end,
        "20001231"
    );
    assert_eq!(address.to_string(), text);
}

#[test]
fn telephones_are_read_in_the_old_form_and_in_the_new_one() {
    let old = Xtn::parse("(217)555-0100^PRN^PH", &SEPARATORS);
    assert_eq!(
        (old.telephone_number.as_str(), old.equipment_type.as_str()),
        ("(217)555-0100", "PH")
    );
    let new = Xtn::parse("^PRN^PH^^81^3^55550100", &SEPARATORS);
    assert_eq!(
        (new.country_code.as_str(), new.local_number.as_str()),
        ("81", "55550100")
    );
    let mail = Xtn::parse("^NET^Internet^a@example.org", &SEPARATORS);
    assert_eq!(
        (mail.email_address.as_str(), &*mail.number()),
        ("a@example.org", "")
    );
}

#[test]
fn equality_counts_further_components_and_not_spelling() {
    let read = |text: &str| Hd::parse_field(text, &SEPARATORS);
    assert_eq!(read(r"\X41\^1.2"), read("A^1.2"));
    assert_ne!(read("A^1.2^ISO^x"), read("A^1.2^ISO"));
    assert_eq!(read("A^1.2^ISO^x").rest, Rest::new("x"));
}

proptest! {
    #[test]
    fn identifiers_round_trip(id in ".+", digit in ".*", ns in ".*", oid in "[0-9.]*", kind in ".*", code in ".*") {
        let authority = Hd { namespace_id: ns, universal_id: oid, universal_id_type: kind, ..Hd::default() };
        let cx = Cx { check_digit: digit, identifier_type_code: code, ..Cx::new(id, authority) };
        prop_assert_eq!(cx.to_string().parse::<Cx>().unwrap(), cx);
    }

    #[test]
    fn designators_round_trip_in_both_forms(ns in ".*", oid in ".*", kind in ".*") {
        let hd = Hd { namespace_id: ns, universal_id: oid, universal_id_type: kind, ..Hd::default() };
        prop_assert_eq!(&Hd::parse(&hd.to_string(), &SEPARATORS), &hd);
        prop_assert_eq!(&Hd::parse_field(&hd.to_field(), &SEPARATORS), &hd);
    }

    #[test]
    fn names_round_trip(parts in proptest::array::uniform8(".*")) {
        let [family, given, further, suffix, prefix, degree, name_type_code, representation] = parts;
        let name = Xpn {
            family, given, further, suffix, prefix, degree, name_type_code, representation, ..Xpn::default()
        };
        prop_assert_eq!(Xpn::parse(&name.to_string(), &SEPARATORS), name);
    }
}
