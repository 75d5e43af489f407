//! A file of the previous release is opened and knows what it knew.

use super::*;
use crate::ebrim::objects_to_xml;
use crate::iti18::{FindDocuments, GetAssociations, GetSubmissionSetAndContents, Id};
use crate::metadata::tests::sample;
use crate::metadata::{AssociationType, ObjectType, Status};
use rusqlite::params;

const OLD: &str = "OLD^^^&1.2.3.4.3000&ISO";

/// The sample as schema 1 kept it, the first document replaced by the second, and a patient merged into its patient.
fn schema_1(path: &Path) -> Submission {
    let mut sent = sample();
    let target = sent.documents[0].entry_uuid.clone();
    for association in &mut sent.associations {
        if association.association_type == AssociationType::Rplc {
            association.target.clone_from(&target);
        }
    }
    let patient = sent.submission_set.patient_id.clone();
    for entry in &mut sent.documents {
        entry.patient_id.clone_from(&patient);
        entry.logical_id = Some(entry.entry_uuid.clone());
    }
    sent.documents[0].status = Status::Deprecated;
    sent.folders[0].patient_id.clone_from(&patient);
    let file = Connection::open(path).unwrap();
    file.execute_batch(include_str!("schema_1.sql")).unwrap();
    let known = "INSERT INTO patients VALUES (?1, ?2)";
    file.execute(known, params![patient, None::<&str>]).unwrap();
    file.execute(known, params![OLD, patient]).unwrap();
    let set = &sent.submission_set;
    let objects = Objects {
        submission_sets: vec![set.clone()],
        ..Objects::default()
    };
    let sql = "INSERT INTO submission_sets VALUES (?1, ?2, ?3, ?4)";
    let xml = objects_to_xml(&objects);
    let values = params![set.entry_uuid, set.unique_id, set.patient_id, xml];
    file.execute(sql, values).unwrap();
    insert_documents(&file, &sent);
    insert_others(&file, &sent);
    sent
}

fn insert_documents(file: &Connection, sent: &Submission) {
    for entry in &sent.documents {
        let objects = Objects {
            documents: vec![entry.clone()],
            ..Objects::default()
        };
        let approved = entry.status == Status::Approved;
        let xml = objects_to_xml(&objects);
        let values = params![
            entry.entry_uuid,
            entry.unique_id,
            entry.patient_id,
            approved,
            xml
        ];
        let sql = "INSERT INTO documents VALUES (?1, ?2, ?3, ?4, ?5)";
        file.execute(sql, values).unwrap();
    }
}

fn insert_others(file: &Connection, sent: &Submission) {
    let folder = &sent.folders[0];
    let objects = Objects {
        folders: vec![folder.clone()],
        ..Objects::default()
    };
    let xml = objects_to_xml(&objects);
    let values = params![
        folder.entry_uuid,
        folder.unique_id,
        folder.patient_id,
        "20260102030405",
        xml
    ];
    let sql = "INSERT INTO folders VALUES (?1, ?2, ?3, ?4, ?5)";
    file.execute(sql, values).unwrap();
    for association in &sent.associations {
        let objects = Objects {
            associations: vec![association.clone()],
            ..Objects::default()
        };
        let xml = objects_to_xml(&objects);
        let values = params![
            association.entry_uuid,
            association.source,
            association.target,
            xml
        ];
        let sql = "INSERT INTO associations VALUES (?1, ?2, ?3, ?4)";
        file.execute(sql, values).unwrap();
    }
}

fn find(patient_id: &str) -> StoredQuery {
    FindDocuments {
        patient_id: patient_id.to_owned(),
        statuses: vec![Status::Approved, Status::Deprecated],
        object_types: vec![ObjectType::Stable],
        ..FindDocuments::default()
    }
    .into()
}

#[tokio::test]
async fn objects_of_schema_1_are_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.db");
    let sent = schema_1(&path);
    for _ in 0..2 {
        let store = SqliteStore::open(&path).await.unwrap();
        let found = store
            .query(find(&sent.submission_set.patient_id), 100)
            .await;
        assert!(
            found.unwrap().documents == sent.documents,
            "entries and their statuses"
        );
        assert!(
            store.query(find(OLD), 100).await.unwrap().is_empty(),
            "merged away"
        );
        assert_eq!(
            store.patient(OLD.into()).await.unwrap(),
            PatientState::Subsumed
        );
        let id = Id::UniqueId(sent.submission_set.unique_id.clone());
        let found = store
            .query(GetSubmissionSetAndContents::new(id).into(), 100)
            .await
            .unwrap();
        assert!(found.submission_sets == [sent.submission_set.clone()]);
        let updated = found.folders[0].last_update_time.as_deref();
        assert_eq!(updated, Some("20260102030405"));
        let uuids = vec![sent.documents[0].entry_uuid.clone()];
        let found = store
            .query(GetAssociations { uuids }.into(), 100)
            .await
            .unwrap();
        let touching = |one: &&crate::metadata::Association| {
            [&one.source, &one.target].contains(&&sent.documents[0].entry_uuid)
        };
        let expected = sent.associations.iter().filter(touching).count();
        assert_eq!(found.associations.len(), expected);
    }
}

#[tokio::test]
async fn what_schema_1_knew_is_refused_when_it_comes_again_and_new_things_are_taken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.db");
    let sent = schema_1(&path);
    let store = SqliteStore::open(&path).await.unwrap();
    let patient = sent.submission_set.patient_id.clone();
    assert!(store.register(sent, Utc::now()).await.is_err());
    let mut new = empty_submission("1.2.3.4.5");
    new.submission_set.patient_id = patient;
    assert!(store.register(new, Utc::now()).await.is_ok());
    drop(store);
    let file = Connection::open(&path).unwrap();
    let sql = "SELECT count(*) FROM sqlite_schema WHERE name IN ('documents', 'old_patients')";
    let left: i64 = file.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0, "the old tables are gone");
}

#[tokio::test]
async fn a_damaged_file_of_schema_1_is_refused_and_stays_what_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.db");
    schema_1(&path);
    let file = Connection::open(&path).unwrap();
    file.execute("UPDATE documents SET xml = '<spoilt'", [])
        .unwrap();
    let refused = SqliteStore::open(&path).await;
    assert!(matches!(refused, Err(StoreError::Damaged(_))));
    let version: i64 = file
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let count: i64 = file
        .query_row("SELECT count(*) FROM documents", [], |row| row.get(0))
        .unwrap();
    assert_eq!((version, count), (1, 2));
}
