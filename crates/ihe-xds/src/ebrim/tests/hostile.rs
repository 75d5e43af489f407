//! Bodies that are wrong or hostile: malformed or refused, in linear time (XDS-T-005).

use super::*;
use crate::error::DecodeError;
use std::time::{Duration, Instant};

const LISTED: &str = "<lcm:SubmitObjectsRequest xmlns:lcm='urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0' \
                      xmlns:rim='urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0'>\
                      <rim:RegistryObjectList>@</rim:RegistryObjectList></lcm:SubmitObjectsRequest>";

fn within(inside: &str) -> String {
    LISTED.replace('@', inside)
}

fn malformed(xml: &str) -> bool {
    let answer = iti42::decode(xml, &Rules::default());
    matches!(answer, Err(DecodeError::Malformed(_)))
}

/// Neither malformed nor accepted, and soon.
fn refused_soon(xml: &str) -> bool {
    let start = Instant::now();
    let answer = iti42::decode(xml, &Rules::default());
    start.elapsed() < Duration::from_secs(20) && matches!(answer, Err(DecodeError::Refused(_)))
}

#[test]
fn xds_t_005_what_is_not_the_xml_that_is_expected_is_malformed() {
    assert!(!malformed(&within("")));
    for inside in [
        "&e;",
        "&#1;",
        "&#xD800;",
        "\0",
        "\u{1}",
        "<x:y/>",
        "<rim:Association id='a' id='b'/>",
        "<rim:Slot",
        "</rim:RegistryObjectList><rim:RegistryObjectList>",
    ] {
        assert!(malformed(&within(inside)), "{inside}");
    }
    let body = within("");
    for end in ["<a/>", "text", "<!DOCTYPE a>", "&amp;"] {
        assert!(malformed(&format!("{body}{end}")), "{end}");
    }
    for cut in 0..body.len() {
        assert!(malformed(&body[..cut]), "{cut}");
    }
}

#[test]
fn xds_t_005_a_dtd_and_the_bomb_in_it_are_malformed() {
    let body = within("<rim:Association id='&e9;'/>");
    let entities: String = (1..10)
        .map(|n| format!("<!ENTITY e{n} '&e{0};&e{0};'>", n - 1))
        .collect();
    assert!(malformed(&format!(
        "<!DOCTYPE x [<!ENTITY e0 'x'>{entities}]>{body}"
    )));
    assert!(malformed(&format!(
        "<!DOCTYPE x SYSTEM 'http://127.0.0.1/x.dtd'>{body}"
    )));
    assert!(malformed(&body));
}

#[test]
fn xds_t_005_other_versions_of_the_namespaces_are_malformed() {
    let xml = iti42::encode(&sample());
    for (right, wrong) in [
        ("xsd:rim:3.0", "xsd:rim:2.1"),
        ("xsd:lcm:3.0", "xsd:rs:2.1"),
        ("xsd:rim:3.0", "xsd:RIM:3.0"),
        ("xmlns:rim=", "xmlns:other="),
    ] {
        assert!(malformed(&xml.replace(right, wrong)), "{wrong}");
    }
}

#[test]
fn xds_t_005_deep_nesting_is_malformed() {
    for depth in [200, 100_000] {
        let deep = format!(
            "{}{}",
            "<rim:Slot>".repeat(depth),
            "</rim:Slot>".repeat(depth)
        );
        assert!(malformed(&within(&deep)));
        assert!(malformed(&"<a>".repeat(depth)));
    }
}

#[test]
fn xds_t_005_more_than_20_000_objects_or_a_million_attributes_are_malformed() {
    assert!(!malformed(&within(
        &"<rim:ObjectRef id='a'/>".repeat(20_000)
    )));
    assert!(malformed(&within(
        &"<rim:ObjectRef id='a'/>".repeat(20_001)
    )));
    let label = "<rim:Classification classifiedObject='a' classificationNode='b'/>";
    assert!(malformed(&within(&label.repeat(20_001))));
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=''")).collect();
    assert!(malformed(&within(&format!("<rim:ObjectRef{attributes}/>"))));
}

#[test]
fn size_depth_count_and_attributes_are_limited() {
    let xml = iti42::encode(&sample());
    let refuses = |limits: Limits| submit_objects_request(&xml, &limits).is_err();
    let limits = Limits::default;
    assert!(!refuses(limits()));
    assert!(refuses(Limits {
        bytes: xml.len() - 1,
        ..limits()
    }));
    assert!(refuses(Limits {
        depth: 5,
        ..limits()
    }));
    assert!(refuses(Limits {
        elements: 50,
        ..limits()
    }));
    assert!(refuses(Limits {
        attributes: 2,
        ..limits()
    }));
    assert!(refuses(Limits {
        objects: 3,
        ..limits()
    }));
}

#[test]
fn a_hundred_thousand_slots_identifiers_codes_or_values_are_refused_in_linear_time() {
    let slots: String = (0..100_000)
        .map(|n| format!("<rim:Slot name='urn:x:{n}'/>"))
        .collect();
    let same =
        "<rim:Slot name='hash'><rim:ValueList><rim:Value>1</rim:Value></rim:ValueList></rim:Slot>";
    let scheme = schemes::document::UNIQUE_ID.scheme;
    let identifier = format!("<rim:ExternalIdentifier identificationScheme='{scheme}' value='1'/>");
    let code = format!(
        "<rim:Classification classificationScheme='{}'/>",
        schemes::document::EVENT.scheme
    );
    let values = format!(
        "<rim:Slot name='hash'><rim:ValueList>{}</rim:ValueList></rim:Slot>",
        "<rim:Value>1</rim:Value>".repeat(100_000)
    );
    let names = "<rim:Name><rim:LocalizedString value='x'/></rim:Name>";
    for inside in [
        slots,
        same.repeat(100_000),
        identifier.repeat(100_000),
        code.repeat(100_000),
        values,
        names.repeat(100_000),
        format!("<rim:Slot name='{}'/>", "x".repeat(8 << 20)),
    ] {
        let xml = within(&format!(
            "<rim:ExtrinsicObject id='a'>{inside}</rim:ExtrinsicObject>"
        ));
        assert!(refused_soon(&xml), "{}", &inside[..60]);
    }
}

#[test]
fn many_associations_and_many_slots_take_linear_time() {
    let mut submission = sample();
    let one = submission.associations[0].clone();
    for _ in 0..4000 {
        let mut more = one.clone();
        more.entry_uuid = crate::metadata::EntryUuid::random().into();
        submission.associations.push(more);
    }
    for n in 0..4000 {
        let slot = crate::metadata::Slot {
            name: format!("urn:x:{n}"),
            values: vec!["v".into()],
        };
        submission.documents[0].extra.push(slot);
    }
    let xml = iti42::encode(&submission);
    let start = Instant::now();
    assert_eq!(accepted(&xml), submission);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}
