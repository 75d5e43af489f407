//! What was parsed is written as it came, for every type.

use crate::Separators;
use crate::datatype::*;
use proptest::prelude::*;

const SEPARATORS: Separators = Separators::DEFAULT;
const ODD: Separators = Separators {
    field: b'!',
    component: b'@',
    repetition: b'*',
    escape: b'%',
    subcomponent: b'$',
};

/// Text, what it is written as, and the components of the type that are composites themselves.
type Again = fn(&str, &Separators) -> (String, String);

macro_rules! again {
    ($($name:ident: [$($composite:literal),*]),+) => {
        [$((
            stringify!($name),
            (|text: &str, separators: &Separators| {
                let value = $name::parse(text, separators);
                let written = value.format(separators);
                assert_eq!($name::parse(&written, separators), value);
                (written, value.to_string())
            }) as Again,
            &[$($composite as usize),*] as &[usize],
        )),+]
    };
}

fn types() -> [(&'static str, Again, &'static [usize]); 16] {
    again!(
        Cx: [4, 6, 9, 10],
        Xpn: [1, 9, 10],
        Xcn: [2, 9, 14, 16, 17, 22, 23],
        Xon: [6, 8],
        Xad: [1, 12],
        Xtn: [],
        Ce: [],
        Cwe: [],
        Cne: [],
        Ei: [],
        Pl: [4, 10, 11],
        Msg: [],
        Pt: [],
        Vid: [2, 3],
        Dr: [],
        Ts: []
    )
}

/// The text without the delimiters at the end of the repetition and of composite components.
fn trimmed(text: &str, composite: &[usize]) -> String {
    let parts = text
        .split('^')
        .enumerate()
        .map(|(n, part)| match composite.contains(&(n + 1)) {
            true => part.trim_end_matches('&'),
            false => part,
        });
    let parts: Vec<&str> = parts.collect();
    parts.join("^").trim_end_matches('^').to_owned()
}

#[test]
fn what_nobody_named_is_kept() {
    for text in [
        "0042^1^M11^H&1.2&ISO&x^PI&sub^^20200101^^JPN&&ISO3166^A^new^^newer",
        r"a\.br\b\H\c\N\^\C2842\^\Zx\^\X41\^lone \ mark",
        "a&b&c^d&e",
        "&van&Beethoven^Ludwig",
        "\"\"^\"\"",
    ] {
        for (name, again, composite) in types() {
            let (written, _) = again(text, &SEPARATORS);
            assert_eq!(written, trimmed(text, composite), "{name}");
        }
    }
}

#[test]
fn a_changed_value_is_written_and_its_neighbours_stay_as_spelled() {
    let mut code = Cwe::parse(r"a\X41\^b\.br\c^L", &SEPARATORS);
    code.identifier = "new|".into();
    assert_eq!(code.to_string(), r"new\F\^b\.br\c^L");
}

#[test]
fn nothing_kept_can_end_a_field_or_a_segment() {
    for (name, again, _) in types() {
        let (written, _) = again(
            "a|b~c\rEVN^d&e|\n^^^^^^^^^^^^^^^^^^^^^^^^^^x|y\r~z",
            &SEPARATORS,
        );
        assert!(!written.contains(['|', '~', '\r', '\n']), "{name}");
    }
    let moved = Cx {
        assigning_authority: Hd::parse_field("a&b^1.2^ISO^x&y", &SEPARATORS),
        ..Cx::new("7", Hd::default())
    };
    assert_eq!(moved.to_string(), r"7^^^a\T\b&1.2&ISO&x\T\y");
}

#[test]
fn other_delimiters_mean_the_same() {
    let cx = Cx::parse("7%F%|^@@@A$1.2$ISO$x@PI%.br%@@@@@@more", &ODD);
    assert_eq!(cx.id, "7!|^");
    assert_eq!(cx.assigning_authority.universal_id, "1.2");
    assert_eq!(cx.to_string(), r"7!\F\\S\^^^A&1.2&ISO&x^PI\.br\^^^^^^more");
    assert_eq!(cx.format(&ODD), "7%F%|^@@@A$1.2$ISO$x@PI%.br%@@@@@@more");
}

#[test]
fn two_hundred_thousand_delimiters_costs_no_more_than_its_text() {
    for text in [
        "^".repeat(200_000),
        "&".repeat(200_000),
        r"\".repeat(200_000),
    ] {
        for (name, again, composite) in types() {
            let (written, _) = again(&text, &SEPARATORS);
            assert!(written == trimmed(&text, composite), "{name}");
        }
    }
}

proptest! {
    #[test]
    fn text_of_any_structure_is_written_as_it_came(text in r#"[a-c1"山 .\\XFSTRE^&]{0,80}"#) {
        for (name, again, composite) in types() {
            let (written, _) = again(&text, &SEPARATORS);
            prop_assert_eq!(&written, &trimmed(&text, composite), "{}", name);
        }
    }

    #[test]
    fn any_text_is_read_and_stays_what_it_was_read_as(text in any::<String>(), odd in any::<bool>()) {
        let separators = if odd { ODD } else { SEPARATORS };
        for (_, again, _) in types() {
            again(&text, &separators);
        }
    }

    #[test]
    fn values_survive_other_delimiters(text in r#"[a-c%@$!*|~.\\FSTRE^&]{0,40}"#) {
        for (name, again, _) in types() {
            let (odd, written) = again(&text, &ODD);
            let (_, from_written) = again(&written, &SEPARATORS);
            prop_assert_eq!(&from_written, &written, "{} {}", name, odd);
        }
    }

    #[test]
    fn addresses_round_trip(parts in proptest::array::uniform8(".*"), from in ".*", to in ".*") {
        let [street, name, number, line, city, zip, country, expiration_date] = parts;
        let street_address = Sad {
            street_or_mailing_address: street, street_name: name, dwelling_number: number, ..Sad::default()
        };
        let range = Dr { start: from, end: to, ..Dr::default() };
        let address = Xad {
            street_address, other_designation: line, city, zip_or_postal_code: zip, country, expiration_date,
            address_validity_range: (range != Dr::default()).then(|| Box::new(range)),
            ..Xad::default()
        };
        prop_assert_eq!(Xad::parse(&address.to_string(), &SEPARATORS), address);
    }

    #[test]
    fn names_of_staff_round_trip(parts in proptest::array::uniform8(".*"), own in ".*") {
        let [id_number, family, given, ns, name_type_code, representation, suffix, degree] = parts;
        let family_parts = FamilyParts { own_surname: own, ..FamilyParts::default() };
        let doctor = Xcn {
            family_parts: (family_parts != FamilyParts::default()).then(|| Box::new(family_parts)),
            assigning_authority: Hd::namespace(&ns),
            id_number, family, given, name_type_code, representation, suffix, degree,
            ..Xcn::default()
        };
        prop_assert_eq!(Xcn::parse(&doctor.to_string(), &SEPARATORS), doctor);
    }
}
