use super::*;
use crate::affinity::Rules;
use crate::iti42;
use crate::metadata::tests::sample;
use crate::metadata::{Author, Code, LocalizedString, Status, Submission};
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn accepted(xml: &str) -> Submission {
    iti42::decode(xml, &Rules::default()).unwrap()
}

fn malformed(xml: &str) -> bool {
    submit_objects_request(xml, &Limits::default()).is_err()
}

#[test]
fn the_canonical_form_reads_back_equal() {
    let submission = sample();
    assert_eq!(accepted(&iti42::encode(&submission)), submission);
}

#[test]
fn any_prefix_a_default_namespace_comments_and_cdata_are_read_alike() {
    let submission = sample();
    let xml = iti42::encode(&submission);
    let other = xml
        .replace("<rim:", "<q7:")
        .replace("</rim:", "</q7:")
        .replace("xmlns:rim", "xmlns:q7");
    assert_eq!(accepted(&other), submission);
    let default = xml
        .replace("<rim:", "<")
        .replace("</rim:", "</")
        .replace("xmlns:rim", "xmlns");
    assert_eq!(accepted(&default), submission);
    let noisy = xml
        .replace(
            "<rim:Value>ja-JP</rim:Value>",
            "<rim:Value>ja<!-- x -->-<![CDATA[JP]]></rim:Value>",
        )
        .replace("><rim:Slot", ">\n  <?pi x?><rim:Slot");
    assert_eq!(accepted(&noisy), submission);
}

#[test]
fn a_label_beside_the_package_is_as_good_as_one_inside() {
    let submission = sample();
    let xml = iti42::encode(&submission);
    let start = xml.find("<rim:Classification classificationNode").unwrap();
    let end = start + xml[start..].find("/>").unwrap() + 2;
    let label = xml[start..end].to_owned();
    let list_end = "</rim:RegistryObjectList>";
    let moved = xml
        .replacen(&label, "", 1)
        .replace(list_end, &format!("{label}{list_end}"));
    assert_eq!(accepted(&moved), submission);
}

#[test]
fn upper_case_uuids_are_read_as_lower_case() {
    let submission = sample();
    let id = &submission.documents[0].entry_uuid;
    let upper = format!("urn:uuid:{}", id["urn:uuid:".len()..].to_ascii_uppercase());
    assert_eq!(
        accepted(&iti42::encode(&submission).replace(id, &upper)),
        submission
    );
}

#[test]
fn dtds_entities_bad_characters_and_broken_ends_are_malformed() {
    let body = "<lcm:SubmitObjectsRequest xmlns:lcm='urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0' \
                xmlns:rim='urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0'>\
                <rim:RegistryObjectList>@</rim:RegistryObjectList></lcm:SubmitObjectsRequest>";
    assert!(!malformed(&body.replace('@', "")));
    assert!(malformed(&format!("<!DOCTYPE x [<!ENTITY e 'x'>]>{body}")));
    for inside in [
        "&e;",
        "&#1;",
        "\u{1}",
        "<x:y/>",
        "<rim:Association id='a' id='b'/>",
        "<rim:Slot",
    ] {
        assert!(malformed(&body.replace('@', inside)), "{inside}");
    }
    assert!(malformed(&format!("{body}<a/>")));
    assert!(malformed(&format!("{body}text")));
    assert!(malformed(&body[..body.len() - 5]));
    assert!(malformed(""));
}

#[test]
fn size_depth_count_and_attributes_are_limited() {
    let xml = iti42::encode(&sample());
    let refuses = |limits: Limits| submit_objects_request(&xml, &limits).is_err();
    assert!(!refuses(Limits::default()));
    assert!(refuses(Limits {
        bytes: xml.len() - 1,
        ..Limits::default()
    }));
    assert!(refuses(Limits {
        depth: 5,
        ..Limits::default()
    }));
    assert!(refuses(Limits {
        elements: 50,
        ..Limits::default()
    }));
    assert!(refuses(Limits {
        attributes: 2,
        ..Limits::default()
    }));
    assert!(refuses(Limits {
        objects: 3,
        ..Limits::default()
    }));
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(malformed(&deep));
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

#[test]
fn xds_r_072_and_073_answers_have_statuses_and_object_types_and_stable_part_ids() {
    let submission = sample();
    let mut objects = Objects {
        submission_sets: vec![submission.submission_set],
        documents: submission.documents,
        folders: submission.folders,
        associations: submission.associations,
        references: vec!["urn:uuid:00000000-0000-4000-8000-000000000001".into()],
    };
    objects.documents[0].status = Status::Deprecated;
    objects.documents[0].home_community_id = Some("urn:oid:1.2.3".into());
    let xml = objects_to_xml(&objects);
    assert_eq!(xml, objects_to_xml(&objects));
    let count = |text: &str| xml.matches(text).count();
    assert_eq!(
        count("<rim:Classification "),
        count(schemes::object_type::CLASSIFICATION)
    );
    assert_eq!(
        count("<rim:ExternalIdentifier "),
        count(schemes::object_type::IDENTIFIER)
    );
    let number = 1 + objects.documents.len() + objects.folders.len() + objects.associations.len();
    assert_eq!(
        count(" status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:"),
        number
    );
    assert_eq!(objects_from_xml(&xml, &Limits::default()).unwrap(), objects);
}

fn text() -> impl Strategy<Value = String> {
    "[ -~ぁ-ん漢字\t\n\r]{1,40}".prop_filter("not empty", |text| !text.is_empty())
}

fn code() -> impl Strategy<Value = Code> {
    (text(), text(), text()).prop_map(|(code, scheme, display)| Code::new(code, scheme, display))
}

fn localized() -> impl Strategy<Value = Option<LocalizedString>> {
    let one =
        (text(), proptest::option::of("[a-z]{2}")).prop_map(|(value, language)| LocalizedString {
            value,
            language,
            ..LocalizedString::default()
        });
    proptest::option::of(one)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_written_is_read_back(
        codes in proptest::collection::vec(code(), 9..12),
        title in localized(),
        comments in localized(),
        extra in proptest::collection::vec(text(), 0..4),
        roles in proptest::collection::vec("[a-zぁ-ん&<>' ]{1,20}", 0..3),
        size in any::<u64>(),
    ) {
        let mut submission = sample();
        let entry = &mut submission.documents[0];
        entry.class_code = codes[0].clone();
        entry.type_code = codes[1].clone();
        entry.format_code = codes[2].clone();
        entry.confidentiality_codes = codes[3..6].to_vec();
        entry.event_codes = codes[6..].to_vec();
        entry.title = title.clone();
        entry.comments = comments.clone();
        entry.size = Some(size);
        entry.extra = vec![crate::metadata::Slot { name: "urn:x:extra".into(), values: extra }];
        entry.authors.push(Author { institutions: vec!["I".into()], roles, ..Author::default() });
        submission.submission_set.title = comments;
        submission.folders[0].comments = title;
        prop_assert_eq!(accepted(&iti42::encode(&submission)), submission);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(text in "[<>/a-z:='\"& !\\[\\]-]{0,200}") {
        let _ = submit_objects_request(&text, &Limits::default());
        let _ = objects_from_xml(&text, &Limits::default());
    }
}
