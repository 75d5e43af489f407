//! The queries by entryUUID or uniqueId (ITI TF-2 3.18.4.1.2.3.7.5 to .13).

use super::super::super::RegistryStore;
use super::super::build::*;
use super::archive::{Archive, code, counts, ends, uuids};
use super::ask;
use super::by_patient::xds_t_045_stops_at_the_first_object_too_many;
use crate::iti18::{
    Contents, GetAssociations, GetDocuments, GetDocumentsAndAssociations, GetFolderAndContents,
    GetFolders, GetFoldersForDocument, GetRelatedDocuments, GetSubmissionSetAndContents,
    GetSubmissionSets, Id, Ids, StoredQuery,
};
use crate::metadata::{AssociationType, DocumentEntry, SubmissionSetStatus};

pub(super) async fn run<S: RegistryStore>(store: &S) {
    let archive = Archive::register(store, 40).await;
    xds_t_043_gets_documents_of_any_status(store, &archive).await;
    gets_folders(store, &archive).await;
    gets_associations(store, &archive).await;
    gets_documents_and_associations(store, &archive).await;
    gets_submission_sets(store, &archive).await;
    gets_a_submission_set_and_its_contents(store, &archive).await;
    gets_a_folder_and_its_contents(store, &archive).await;
    gets_folders_for_a_document(store, &archive).await;
    gets_related_documents(store, &archive).await;
    one_unique_id_may_have_several_entries(store).await;
    xds_t_043_what_does_not_exist_is_left_out(store).await;
    let Archive {
        first,
        folder,
        sets,
        ..
    } = &archive;
    let ids = (&first.entry_uuid, &folder.entry_uuid, &sets[0].entry_uuid);
    for query in every_query(ids.0, ids.1, ids.2) {
        xds_t_045_stops_at_the_first_object_too_many(store, query).await;
    }
}

fn by_uuid(entries: &[&DocumentEntry]) -> Ids {
    let uuids = entries.iter().map(|one| one.entry_uuid.clone());
    Ids::EntryUuids(uuids.collect())
}

/// Each query of this file, for an entry, a Folder and a SubmissionSet.
fn every_query(entry: &str, folder: &str, set: &str) -> Vec<StoredQuery> {
    let ids = || Ids::EntryUuids(vec![entry.to_owned()]);
    let id = |uuid: &str| Id::EntryUuid(uuid.to_owned());
    let folders = Ids::EntryUuids(vec![folder.to_owned()]);
    let uuids = vec![entry.to_owned(), folder.to_owned()];
    vec![
        GetDocuments { ids: ids() }.into(),
        GetFolders { ids: folders }.into(),
        GetAssociations {
            uuids: uuids.clone(),
        }
        .into(),
        GetDocumentsAndAssociations { ids: ids() }.into(),
        GetSubmissionSets { uuids }.into(),
        GetSubmissionSetAndContents::new(id(set)).into(),
        GetFolderAndContents::new(id(folder)).into(),
        GetFoldersForDocument { id: id(entry) }.into(),
        GetRelatedDocuments::new(id(entry), AssociationType::ALL).into(),
    ]
}

async fn xds_t_043_gets_documents_of_any_status<S: RegistryStore>(store: &S, archive: &Archive) {
    let Archive { first, second, .. } = archive;
    let ids = by_uuid(&[second, first, second]);
    let found = ask(store, GetDocuments { ids }).await;
    assert_eq!(uuids(&found.documents), uuids([first, second]));
    assert_eq!(counts(&found), [0, 2, 0, 0]);
    let ids = Ids::UniqueIds(vec![second.unique_id.clone(), "9.9.9".into()]);
    let found = ask(store, GetDocuments { ids }).await;
    assert_eq!(uuids(&found.documents), uuids([second]));
}

async fn gets_folders<S: RegistryStore>(store: &S, archive: &Archive) {
    let folder = &archive.folder;
    let by_uuid = Ids::EntryUuids(vec![folder.entry_uuid.clone()]);
    let by_unique_id = Ids::UniqueIds(vec![folder.unique_id.clone()]);
    for ids in [by_uuid, by_unique_id] {
        let found = ask(store, GetFolders { ids }).await;
        assert_eq!(counts(&found), [0, 0, 1, 0]);
        assert_eq!(found.folders[0].codes, folder.codes);
    }
}

async fn gets_associations<S: RegistryStore>(store: &S, archive: &Archive) {
    let Archive {
        first,
        fourth,
        folder,
        sets,
        ..
    } = archive;
    let uuids = vec![first.entry_uuid.clone(), first.entry_uuid.clone()];
    let found = ask(store, GetAssociations { uuids }).await;
    let mut expected = [&sets[0].entry_uuid, &folder.entry_uuid, &fourth.entry_uuid]
        .map(|source| (source.as_str(), first.entry_uuid.as_str()));
    expected.sort_unstable();
    assert_eq!(ends(&found.associations), expected);
    assert_eq!(counts(&found), [0, 0, 0, 3]);
    let original = Some(SubmissionSetStatus::Original);
    let statuses = found
        .associations
        .iter()
        .map(|one| one.submission_set_status);
    assert_eq!(statuses.filter(|one| *one == original).count(), 1);
}

async fn gets_documents_and_associations<S: RegistryStore>(store: &S, archive: &Archive) {
    let ids = Ids::UniqueIds(vec![archive.first.unique_id.clone()]);
    let found = ask(store, GetDocumentsAndAssociations { ids }).await;
    assert_eq!(counts(&found), [0, 1, 0, 3]);
}

async fn gets_submission_sets<S: RegistryStore>(store: &S, archive: &Archive) {
    let Archive {
        first,
        third,
        folder,
        sets,
        ..
    } = archive;
    let uuids = vec![first.entry_uuid.clone(), folder.entry_uuid.clone()];
    let found = ask(store, GetSubmissionSets { uuids }).await;
    assert_eq!(counts(&found), [1, 0, 0, 2], "not the Folder's HasMember");
    assert_eq!(found.submission_sets[0].entry_uuid, sets[0].entry_uuid);
    let uuids = vec![third.entry_uuid.clone()];
    let found = ask(store, GetSubmissionSets { uuids }).await;
    assert_eq!(found.submission_sets[0].entry_uuid, sets[1].entry_uuid);
}

async fn gets_a_submission_set_and_its_contents<S: RegistryStore>(store: &S, archive: &Archive) {
    let Archive {
        second,
        folder,
        sets,
        ..
    } = archive;
    let set = &sets[0];
    for id in [
        Id::EntryUuid(set.entry_uuid.clone()),
        Id::UniqueId(set.unique_id.clone()),
    ] {
        let found = ask(store, GetSubmissionSetAndContents::new(id)).await;
        assert_eq!(counts(&found), [1, 2, 1, 5]);
    }
    let mut query = GetSubmissionSetAndContents::new(Id::UniqueId(set.unique_id.clone()));
    query.contents = Contents {
        format_codes: vec![code("pdf")],
        ..Contents::default()
    };
    let found = ask(store, query).await;
    let mut expected = [&second.entry_uuid, &folder.entry_uuid]
        .map(|target| (set.entry_uuid.as_str(), target.as_str()));
    expected.sort_unstable();
    assert_eq!(counts(&found), [1, 1, 1, 2]);
    assert_eq!(
        ends(&found.associations),
        expected,
        "both ends are returned"
    );
}

async fn gets_a_folder_and_its_contents<S: RegistryStore>(store: &S, archive: &Archive) {
    let Archive {
        folder,
        held,
        first,
        ..
    } = archive;
    let mut query = GetFolderAndContents::new(Id::UniqueId(folder.unique_id.clone()));
    let found = ask(store, query.clone()).await;
    assert_eq!(counts(&found), [0, 1, 1, 1]);
    assert_eq!(uuids(&found.documents), uuids([first]));
    assert_eq!(found.associations[0].entry_uuid, held.entry_uuid);
    query.contents.confidentiality_codes = vec![vec![code("V")]];
    assert_eq!(counts(&ask(store, query).await), [0, 0, 1, 0]);
}

async fn gets_folders_for_a_document<S: RegistryStore>(store: &S, archive: &Archive) {
    let of = |entry: &DocumentEntry| GetFoldersForDocument {
        id: Id::UniqueId(entry.unique_id.clone()),
    };
    let found = ask(store, of(&archive.first)).await;
    assert_eq!(counts(&found), [0, 0, 1, 0]);
    assert!(ask(store, of(&archive.second)).await.is_empty());
}

async fn gets_related_documents<S: RegistryStore>(store: &S, archive: &Archive) {
    let Archive {
        first,
        second,
        third,
        fourth,
        ..
    } = archive;
    let of = |entry: &DocumentEntry, kinds: &[AssociationType]| {
        let id = Id::EntryUuid(entry.entry_uuid.clone());
        GetRelatedDocuments::new(id, kinds.iter().copied())
    };
    let found = ask(store, of(first, &[AssociationType::Apnd])).await;
    assert_eq!(uuids(&found.documents), uuids([first, fourth]));
    assert_eq!(found.associations.len(), 1);
    let found = ask(store, of(second, &AssociationType::ALL)).await;
    assert_eq!(uuids(&found.documents), uuids([second, third]));
    assert_eq!(
        found.associations.len(),
        1,
        "HasMember relates no two entries"
    );
    assert!(
        ask(store, of(first, &[AssociationType::Rplc]))
            .await
            .is_empty()
    );
}

async fn one_unique_id_may_have_several_entries<S: RegistryStore>(store: &S) {
    let id = feed(store, 41).await;
    let one = document(&id);
    let mut again = document(&id);
    again.unique_id.clone_from(&one.unique_id);
    register(store, submission(&id, vec![one.clone()])).await;
    register(store, submission(&id, vec![again.clone()])).await;
    let ids = Ids::UniqueIds(vec![one.unique_id.clone()]);
    let found = ask(store, GetDocuments { ids }).await;
    assert_eq!(uuids(&found.documents), uuids([&one, &again]));
}

async fn xds_t_043_what_does_not_exist_is_left_out<S: RegistryStore>(store: &S) {
    for query in every_query(&uuid(), &uuid(), &uuid()) {
        assert!(ask(store, query).await.is_empty());
    }
}
