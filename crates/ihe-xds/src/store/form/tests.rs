use super::*;
use crate::metadata::tests::sample;
use crate::metadata::{
    AssociationType, Author, Code, LocalizedString, ObjectType, Slot, Status, SubmissionSetStatus,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// What attributes look like, and what they never look like.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        any::<u128>().prop_map(|n| format!("urn:uuid:{}", uuid::Uuid::from_u128(n))),
        any::<u128>().prop_map(|n| format!("2.25.{n}")),
        "[0-9.]{0,20}",
        "[0-9a-f]{0,44}",
        "urn:uuid:[0-9A-Fa-f-]{34,38}",
        ".{0,40}",
        any::<String>(),
    ]
    .boxed()
}

fn code() -> BoxedStrategy<Code> {
    (text(), text(), text(), title())
        .prop_map(|(code, scheme, display, name)| Code {
            language: name.as_ref().and_then(|name| name.language.clone()),
            translations: name.map(|name| name.translations).unwrap_or_default(),
            ..Code::new(code, scheme, display)
        })
        .boxed()
}

fn title() -> BoxedStrategy<Option<LocalizedString>> {
    let string = || (text(), option::of(text()), option::of(text()));
    let translation = string().prop_map(|(value, language, charset)| LocalizedString {
        value,
        language,
        charset,
        translations: Vec::new(),
    });
    let with_translations = (string(), vec(translation, 0..3));
    let titled =
        with_translations.prop_map(
            |((value, language, charset), translations)| LocalizedString {
                value,
                language,
                charset,
                translations,
            },
        );
    option::of(titled).boxed()
}

fn author() -> BoxedStrategy<Author> {
    let texts = || vec(text(), 0..3);
    (option::of(text()), texts(), texts(), texts(), texts())
        .prop_map(
            |(person, institutions, roles, specialties, telecommunications)| Author {
                person,
                institutions,
                roles,
                specialties,
                telecommunications,
            },
        )
        .boxed()
}

fn extra() -> BoxedStrategy<Vec<Slot>> {
    let slot = (text(), vec(text(), 0..4));
    vec(slot.prop_map(|(name, values)| Slot { name, values }), 0..4).boxed()
}

/// One to each, at most one to each, and lists.
type Texts = (Vec<String>, Vec<Option<String>>, Vec<Vec<String>>);

/// So many texts, of which an object takes what it needs.
fn texts() -> BoxedStrategy<Texts> {
    (
        vec(text(), 8),
        vec(option::of(text()), 12),
        vec(vec(text(), 0..4), 3),
    )
        .boxed()
}

prop_compose! {
    fn document()(
        (t, o, l) in texts(),
        codes in vec(code(), 5),
        lists in vec(vec(code(), 0..4), 2),
        (title, comments, authors, extra) in (title(), title(), vec(author(), 0..3), extra()),
        size in option::of(any::<u64>()),
        on_demand in any::<bool>(),
    ) -> DocumentEntry {
        DocumentEntry {
            entry_uuid: t[0].clone(),
            logical_id: o[0].clone(),
            unique_id: t[1].clone(),
            patient_id: t[2].clone(),
            status: Status::default(),
            object_type: if on_demand { ObjectType::OnDemand } else { ObjectType::Stable },
            mime_type: t[3].clone(),
            title,
            comments,
            authors,
            class_code: codes[0].clone(),
            confidentiality_codes: lists[0].clone(),
            creation_time: o[1].clone(),
            event_codes: lists[1].clone(),
            format_code: codes[1].clone(),
            hash: o[2].clone(),
            healthcare_facility_type_code: codes[2].clone(),
            home_community_id: o[3].clone(),
            language_code: t[4].clone(),
            legal_authenticator: o[4].clone(),
            practice_setting_code: codes[3].clone(),
            reference_ids: l[0].clone(),
            repository_unique_id: o[5].clone(),
            service_start_time: o[6].clone(),
            service_stop_time: o[7].clone(),
            size,
            source_patient_id: o[8].clone(),
            source_patient_info: l[1].clone(),
            type_code: codes[4].clone(),
            uri: o[9].clone(),
            extra,
        }
    }
}

prop_compose! {
    fn set()(
        (t, o, l) in texts(),
        content_type_code in code(),
        (title, comments, authors, extra) in (title(), title(), vec(author(), 0..3), extra()),
    ) -> SubmissionSet {
        SubmissionSet {
            entry_uuid: t[0].clone(),
            unique_id: t[1].clone(),
            patient_id: t[2].clone(),
            source_id: t[3].clone(),
            submission_time: t[4].clone(),
            content_type_code,
            authors,
            title,
            comments,
            intended_recipients: l[0].clone(),
            home_community_id: o[0].clone(),
            status: Status::default(),
            extra,
        }
    }
}

prop_compose! {
    fn folder()(
        (t, o, _) in texts(),
        codes in vec(code(), 0..4),
        (title, comments, extra) in (title(), title(), extra()),
    ) -> Folder {
        Folder {
            entry_uuid: t[0].clone(),
            unique_id: t[1].clone(),
            patient_id: t[2].clone(),
            title,
            comments,
            codes,
            last_update_time: None,
            home_community_id: o[0].clone(),
            status: Status::default(),
            logical_id: o[1].clone(),
            extra,
        }
    }
}

prop_compose! {
    fn association()(
        (t, o, _) in texts(),
        kind in 0..AssociationType::ALL.len(),
        status in option::of(any::<bool>()),
        documentation in option::of(code()),
        extra in extra(),
    ) -> Association {
        let original = |original| match original {
            true => SubmissionSetStatus::Original,
            false => SubmissionSetStatus::Reference,
        };
        Association {
            entry_uuid: t[0].clone(),
            association_type: AssociationType::ALL[kind],
            source: t[1].clone(),
            target: t[2].clone(),
            submission_set_status: status.map(original),
            previous_version: o[0].clone(),
            documentation,
            status: Status::default(),
            extra,
        }
    }
}

fn survives<T: Object + PartialEq>(object: &T) -> bool {
    decode::<T>(&encode(object)).is_ok_and(|read| read == *object)
}

proptest! {
    #[test]
    fn every_attribute_and_extra_slot_of_every_object_survives(
        document in document(), set in set(), folder in folder(), association in association(),
    ) {
        prop_assert!(survives(&document));
        prop_assert!(survives(&set));
        prop_assert!(survives(&folder));
        prop_assert!(survives(&association));
    }

    #[test]
    fn foreign_bytes_are_damaged_or_an_object_but_no_panic(bytes in vec(any::<u8>(), 0..600)) {
        let form = [&[VERSION], bytes.as_slice()].concat();
        for form in [bytes.as_slice(), form.as_slice()] {
            let _ = decode::<DocumentEntry>(form).map(|read| assert!(survives(&read)));
            let _ = decode::<SubmissionSet>(form).map(|read| assert!(survives(&read)));
            let _ = decode::<Folder>(form).map(|read| assert!(survives(&read)));
            let _ = decode::<Association>(form).map(|read| assert!(survives(&read)));
        }
    }

    #[test]
    fn a_form_with_a_changed_byte_is_damaged_or_an_object_but_no_panic(
        document in document(), place in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let mut form = encode(&document);
        let place = place.index(form.len());
        form[place] = byte;
        let _ = decode::<DocumentEntry>(&form);
    }
}

#[test]
fn a_form_cut_off_anywhere_too_long_or_of_another_version_is_damaged() {
    let form = encode(&sample().documents[0]);
    for length in 0..form.len() {
        let cut = decode::<DocumentEntry>(&form[..length]);
        assert!(matches!(cut, Err(StoreError::Damaged(_))), "{length}");
    }
    let long = decode::<DocumentEntry>(&[form.as_slice(), &[0]].concat());
    assert!(matches!(long, Err(StoreError::Damaged(_))));
    let mut other = form;
    other[0] = VERSION + 1;
    let other = decode::<DocumentEntry>(&other);
    assert!(matches!(other, Err(StoreError::Damaged(_))));
}

#[test]
fn a_list_that_claims_to_be_endless_takes_no_memory() {
    let mut form = vec![VERSION];
    put_number(u64::MAX, &mut form);
    let mut input = Input(&form[1..]);
    assert!(Vec::<Slot>::take(&mut input).is_none());
}

#[test]
fn a_form_is_a_fraction_of_the_xml_and_says_nothing_of_status() {
    let entry = &sample().documents[0];
    let objects = crate::metadata::Objects {
        documents: vec![entry.clone()],
        ..Default::default()
    };
    let xml = crate::ebrim::objects_to_xml(&objects).len();
    let form = encode(entry);
    assert!(form.len() * 5 < xml, "{} of {xml}", form.len());
    let deprecated = DocumentEntry {
        status: Status::Deprecated,
        ..entry.clone()
    };
    assert!(encode(&deprecated) == form);
}

/// Rows written by this release are read by later ones: this is what version 1 is.
#[test]
fn version_1_stays_what_it_is() {
    let association = Association {
        entry_uuid: "urn:uuid:00112233-4455-6677-8899-aabbccddeeff".into(),
        association_type: AssociationType::Xfrm,
        source: "a".into(),
        target: "2.25.1".into(),
        submission_set_status: Some(SubmissionSetStatus::Reference),
        previous_version: None,
        documentation: None,
        status: Status::Approved,
        extra: vec![Slot {
            name: "urn:x".into(),
            values: vec!["beef".into()],
        }],
    };
    let mut expected = vec![1, (16 << 2 | 1) + 1];
    expected.extend((0..16).map(|n| n * 0x11));
    expected.extend([2, 5, b'a', 28, 0x2A, 0x25, 0xA1, 1, 1, 0, 0, 1]);
    expected.extend([21, b'u', b'r', b'n', b':', b'x', 1, 11, 0xBE, 0xEF]);
    assert_eq!(encode(&association), expected);
}
