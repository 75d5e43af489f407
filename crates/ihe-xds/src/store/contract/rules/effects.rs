//! What an accepted submission changes, and what a refused one does not (ITI TF-2 3.42.4.1.3.1, 3.42.4.1.3.5).

use super::*;
use crate::iti18::GetDocuments;
use crate::metadata::{Author, LocalizedString, Slot, Status};

pub(super) async fn contract<S: RegistryStore>(fresh: &impl AsyncFn() -> S) {
    xds_r_050_one_error_of_many_objects_leaves_no_trace(&fresh().await).await;
    xds_r_051_everything_new_is_approved(&fresh().await).await;
    xds_r_052_the_replaced_entry_its_transformations_and_addenda_are_deprecated(&fresh().await)
        .await;
    xds_r_058_every_attribute_comes_back_as_it_was_sent(&fresh().await).await;
    xds_r_060_source_patient_info_is_not_changed_by_a_merge(&fresh().await).await;
}

async fn get<S: RegistryStore>(store: &S, entry: &DocumentEntry) -> DocumentEntry {
    let ids = Ids::EntryUuids(vec![entry.entry_uuid.clone()]);
    let query = GetDocuments { ids };
    let found = store.query(query.into(), MANY).await.expect("query");
    found.documents.into_iter().next().expect("the entry")
}

async fn xds_r_050_one_error_of_many_objects_leaves_no_trace<S: RegistryStore>(store: &S) {
    let id = feed(store, 1).await;
    let (old, held) = (registered(store, &id).await, folder(&id));
    register(store, filed(&id, &held, &[&old])).await;
    let before = folder_now(store, &held).await;
    let (mut sent, new) = related(AssociationType::Rplc, &old);
    put(
        &mut sent,
        AssociationType::HasMember,
        &held.entry_uuid,
        &new.entry_uuid,
    );
    let lost = link(AssociationType::Signs, &new.entry_uuid, &uuid());
    sent.associations.push(lost);
    let later = now() + chrono::TimeDelta::minutes(1);
    let refused = store.register(sent.clone(), later).await;
    assert!(matches!(refused, Err(RegisterError::Refused(_))));
    assert_eq!(status_of(store, &old).await, Status::Approved);
    assert_eq!(folder_now(store, &held).await, before);
    assert_eq!(count(store, &id).await, 1);
    assert!(
        touching(store, &sent.submission_set.entry_uuid)
            .await
            .is_empty()
    );
    sent.associations.pop();
    register(store, sent).await;
}

async fn xds_r_051_everything_new_is_approved<S: RegistryStore>(store: &S) {
    let id = feed(store, 1).await;
    let (entry, mut held) = (document(&id), folder(&id));
    held.status = Status::Deprecated;
    let mut sent = submission(&id, vec![entry.clone()]);
    let filed = filed(&id, &held, &[]);
    let set = sent.submission_set.entry_uuid.clone();
    sent.folders = filed.folders;
    let member = link(AssociationType::HasMember, &set, &held.entry_uuid);
    sent.associations.push(member);
    sent.documents[0].status = Status::Deprecated;
    sent.submission_set.status = Status::Deprecated;
    for association in &mut sent.associations {
        association.status = Status::Deprecated;
    }
    register(store, sent).await;
    assert_eq!(status_of(store, &entry).await, Status::Approved);
    assert_eq!(folder_now(store, &held).await.status, Status::Approved);
    let all = touching(store, &set).await;
    assert!(all.len() == 2 && all.iter().all(|one| one.status == Status::Approved));
}

async fn xds_r_052_the_replaced_entry_its_transformations_and_addenda_are_deprecated<
    S: RegistryStore,
>(
    store: &S,
) {
    let id = feed(store, 5).await;
    for kind in [AssociationType::Rplc, AssociationType::XfrmRplc] {
        let old = registered(store, &id).await;
        let (sent, addendum) = related(AssociationType::Apnd, &old);
        register(store, sent).await;
        let (sent, transformed) = related(AssociationType::Xfrm, &old);
        register(store, sent).await;
        let (sent, signature) = related(AssociationType::Signs, &old);
        register(store, sent).await;
        let (sent, of_addendum) = related(AssociationType::Xfrm, &addendum);
        register(store, sent).await;
        let (sent, new) = related(kind, &old);
        register(store, sent).await;
        for entry in [&old, &addendum, &transformed] {
            assert_eq!(
                status_of(store, entry).await,
                Status::Deprecated,
                "{kind:?}"
            );
        }
        for entry in [&signature, &of_addendum, &new] {
            assert_eq!(
                status_of(store, entry).await,
                Status::Approved,
                "{kind:?}: one step"
            );
        }
    }
}

async fn xds_r_058_every_attribute_comes_back_as_it_was_sent<S: RegistryStore>(store: &S) {
    let id = feed(store, 1).await;
    let code = |name: &str| Code {
        language: Some("ja".into()),
        translations: vec![LocalizedString::in_language(name, "en")],
        ..Code::new(name, "1.2.3.4.9", "表示名")
    };
    let mut title = LocalizedString::in_language("退院時サマリ <1> & \"2\"", "ja");
    title.translations = vec![LocalizedString::in_language("Summary", "en")];
    let author = Author {
        person: Some("11^Yamada^Hanako^^^^^^&1.2.3&ISO".into()),
        institutions: vec!["Clinic".into(), "Ward^^^^^&1.2.3&ISO^^^^5".into()],
        roles: vec!["Attending".into()],
        specialties: vec!["c^^^&1.2&ISO".into()],
        telecommunications: vec!["^^Internet^a@example.org".into()],
    };
    let entry = DocumentEntry {
        title: Some(title.clone()),
        comments: Some("a\nb".into()),
        authors: vec![
            author,
            Author {
                institutions: vec!["B".into()],
                ..Author::default()
            },
        ],
        class_code: code("class"),
        confidentiality_codes: vec![code("N"), code("R")],
        event_codes: vec![code("e1"), code("e2")],
        format_code: code("format"),
        healthcare_facility_type_code: code("facility"),
        practice_setting_code: code("practice"),
        type_code: code("type"),
        home_community_id: Some("urn:oid:1.2.3".into()),
        legal_authenticator: Some("^Suzuki".into()),
        reference_ids: vec!["1^^^&1.2&ISO^urn:ihe:iti:xds:2013:order".into()],
        service_start_time: Some("2020".into()),
        service_stop_time: Some("20210101".into()),
        source_patient_info: vec!["PID-5|山田^太郎^^^^^L^I".into(), "PID-8|M".into()],
        uri: Some("DOC001.XML".into()),
        extra: vec![Slot {
            name: "urn:x:extra".into(),
            values: vec!["1".into(), "2".into()],
        }],
        ..document(&id)
    };
    register(store, submission(&id, vec![entry.clone()])).await;
    let expected = DocumentEntry {
        logical_id: Some(entry.entry_uuid.clone()),
        ..entry.clone()
    };
    assert_eq!(get(store, &entry).await, expected);
    let mut held = folder(&id);
    (held.comments, held.title) = (Some(title.clone()), Some(title));
    held.codes = vec![code("f1"), code("f2")];
    register(store, filed(&id, &held, &[])).await;
    let back = folder_now(store, &held).await;
    assert_eq!(
        (back.title, back.comments, back.codes),
        (held.title, held.comments, held.codes)
    );
}

async fn xds_r_060_source_patient_info_is_not_changed_by_a_merge<S: RegistryStore>(store: &S) {
    let (old, new) = (feed(store, 1).await, feed(store, 2).await);
    let entry = DocumentEntry {
        source_patient_info: vec!["PID-3|4711^^^&1.2.3&ISO".into()],
        ..document(&old)
    };
    register(store, submission(&old, vec![entry.clone()])).await;
    let merge = vec![(new.clone(), old.clone())];
    store.merge_patients(merge).await.expect("merge");
    let back = get(store, &entry).await;
    assert_eq!(back.patient_id, new);
    assert_eq!(back.source_patient_info, entry.source_patient_info);
    assert_eq!(back.source_patient_id, Some(old));
}
