//! Metadata of all shapes: what is written is read back, and is written again alike.

use super::*;
use crate::metadata::{
    Association, AssociationType, Author, Code, DocumentEntry, Folder, LocalizedString, Slot,
    SubmissionSet, SubmissionSetStatus,
};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// Whatever XML must escape, CJK of both planes, a character that ends in the bytes of a forbidden one.
fn text() -> impl Strategy<Value = String> {
    "[ -~ぁ-ん漢字ｱ＆𠮷😀\u{fffd}\u{85}\t\n\r]{1,40}"
}

fn code() -> impl Strategy<Value = Code> {
    (text(), text(), text()).prop_map(|(code, scheme, display)| Code::new(code, scheme, display))
}

fn localized() -> impl Strategy<Value = Option<LocalizedString>> {
    let charset = of(select(vec!["UTF-8".to_owned(), "utf-8".to_owned()]));
    let language = || of("[a-z]{2}(-[A-Z]{2})?");
    let translation = (text(), "[a-z]{3}").prop_map(|(value, language)| LocalizedString {
        value,
        language: Some(language),
        ..LocalizedString::default()
    });
    let one = (text(), language(), charset, vec(translation, 0..2));
    of(
        one.prop_map(|(value, language, charset, translations)| LocalizedString {
            value,
            language,
            charset,
            translations,
        }),
    )
}

fn author() -> impl Strategy<Value = Author> {
    let many = || vec(text(), 0..3);
    (of(text()), many(), many(), many(), many()).prop_map(|parts| Author {
        person: parts.0,
        institutions: parts.1,
        roles: parts.2,
        specialties: parts.3,
        telecommunications: parts.4,
    })
}

fn uuid() -> impl Strategy<Value = String> {
    any::<u128>().prop_map(|bits| format!("urn:uuid:{}", uuid::Uuid::from_u128(bits)))
}

fn extra() -> impl Strategy<Value = Vec<Slot>> {
    vec(vec(text(), 0..3), 0..3).prop_map(|lists| {
        let named = lists.into_iter().enumerate();
        let slot = |(number, values)| Slot {
            name: format!("urn:x:<{number}>&\"é"),
            values,
        };
        named.map(slot).collect()
    })
}

fn status() -> impl Strategy<Value = Status> {
    select(vec![Status::Approved, Status::Deprecated])
}

fn document() -> impl Strategy<Value = DocumentEntry> {
    let ids = (uuid(), of(uuid()), text(), text(), of(text()), status());
    let codes = (vec(code(), 5), vec(code(), 0..3), vec(code(), 0..3));
    let slots = (
        vec(of(text()), 8),
        vec(text(), 0..3),
        vec(text(), 0..4),
        of(any::<u64>()),
    );
    let rest = (
        localized(),
        localized(),
        vec(author(), 0..3),
        extra(),
        text(),
        any::<bool>(),
    );
    (ids, codes, slots, rest).prop_map(|(ids, codes, slots, rest)| {
        let mut single = codes.0.into_iter();
        let mut code = || single.next().unwrap_or_default();
        let mut optional = slots.0.into_iter();
        let mut slot = || optional.next().flatten();
        DocumentEntry {
            entry_uuid: ids.0,
            logical_id: ids.1,
            unique_id: ids.2,
            patient_id: ids.3,
            home_community_id: ids.4,
            status: ids.5,
            class_code: code(),
            type_code: code(),
            format_code: code(),
            healthcare_facility_type_code: code(),
            practice_setting_code: code(),
            confidentiality_codes: codes.1,
            event_codes: codes.2,
            creation_time: slot(),
            hash: slot(),
            legal_authenticator: slot(),
            repository_unique_id: slot(),
            service_start_time: slot(),
            service_stop_time: slot(),
            source_patient_id: slot(),
            uri: slot(),
            reference_ids: slots.1,
            source_patient_info: slots.2,
            size: slots.3,
            title: rest.0,
            comments: rest.1,
            authors: rest.2,
            extra: rest.3,
            language_code: rest.4.clone(),
            mime_type: rest.4,
            object_type: [ObjectType::Stable, ObjectType::OnDemand][usize::from(rest.5)],
        }
    })
}

fn set() -> impl Strategy<Value = SubmissionSet> {
    let ids = (uuid(), text(), text(), text(), of(text()), status());
    let rest = (
        text(),
        code(),
        vec(author(), 0..2),
        localized(),
        localized(),
        vec(text(), 0..3),
        extra(),
    );
    (ids, rest).prop_map(|(ids, rest)| SubmissionSet {
        entry_uuid: ids.0,
        unique_id: ids.1,
        patient_id: ids.2,
        source_id: ids.3,
        home_community_id: ids.4,
        status: ids.5,
        submission_time: rest.0,
        content_type_code: rest.1,
        authors: rest.2,
        title: rest.3,
        comments: rest.4,
        intended_recipients: rest.5,
        extra: rest.6,
    })
}

fn folder() -> impl Strategy<Value = Folder> {
    let ids = (uuid(), text(), text(), of(text()), of(uuid()), status());
    let rest = (
        localized(),
        localized(),
        vec(code(), 0..3),
        of(text()),
        extra(),
    );
    (ids, rest).prop_map(|(ids, rest)| Folder {
        entry_uuid: ids.0,
        unique_id: ids.1,
        patient_id: ids.2,
        home_community_id: ids.3,
        logical_id: ids.4,
        status: ids.5,
        title: rest.0,
        comments: rest.1,
        codes: rest.2,
        last_update_time: rest.3,
        extra: rest.4,
    })
}

fn association() -> impl Strategy<Value = Association> {
    let set_status = vec![
        SubmissionSetStatus::Original,
        SubmissionSetStatus::Reference,
    ];
    let ids = (
        uuid(),
        uuid(),
        uuid(),
        select(AssociationType::ALL.to_vec()),
    );
    let rest = (
        of(select(set_status)),
        of(text()),
        of(code()),
        status(),
        extra(),
    );
    (ids, rest).prop_map(|(ids, rest)| Association {
        entry_uuid: ids.0,
        source: ids.1,
        target: ids.2,
        association_type: ids.3,
        submission_set_status: rest.0,
        previous_version: rest.1,
        documentation: rest.2,
        status: rest.3,
        extra: rest.4,
    })
}

fn objects() -> impl Strategy<Value = Objects> {
    let all = (
        vec(set(), 0..3),
        vec(document(), 0..3),
        vec(folder(), 0..3),
        vec(association(), 0..4),
    );
    (all, vec(uuid(), 0..3)).prop_map(|(all, references)| Objects {
        submission_sets: all.0,
        documents: all.1,
        folders: all.2,
        associations: all.3,
        references,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn all_that_is_written_is_read_back_and_written_again_alike(objects in objects()) {
        let xml = objects_to_xml(&objects);
        let back = objects_from_xml(&xml, &Limits::default()).unwrap();
        prop_assert_eq!(&back, &objects);
        prop_assert_eq!(objects_to_xml(&back), xml);
    }

    #[test]
    fn a_submission_that_is_accepted_is_the_one_that_was_written(
        codes in vec(code(), 9..12),
        (title, comments) in (localized(), localized()),
        extra in vec(text(), 0..4),
        roles in vec("[a-zぁ-ん&<>' ]{1,20}", 0..3),
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
        entry.extra = vec![Slot { name: "urn:x:extra".into(), values: extra }];
        entry.authors.push(Author { institutions: vec!["I".into()], roles, ..Author::default() });
        submission.submission_set.title = comments;
        submission.folders[0].comments = title;
        let xml = iti42::encode(&submission);
        let back = accepted(&xml);
        prop_assert_eq!(iti42::encode(&back), xml);
        prop_assert_eq!(back, submission);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(text in "[<>/a-z:='\"& !\\[\\]-]{0,200}") {
        let _either = submit_objects_request(&text, &Limits::default());
        let _either = objects_from_xml(&text, &Limits::default());
    }
}
