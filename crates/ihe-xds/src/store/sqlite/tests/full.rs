//! A disk that is full.

use super::super::super::RegisterError;
use super::super::super::database::Session;
use super::super::super::writer::{Job, Writer};
use super::*;
use futures_util::future::join_all;

/// Who is told that it is stored finds it again, and who is told that it is not does not, though they were committed together.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_some_and_loses_none_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("registry.db");
    let mut session = SqliteSession::open(&path).unwrap();
    session.prepare().unwrap();
    session.0.pragma_update(None, "max_page_count", 60).unwrap();
    let writer = Writer::start(session).unwrap();
    let patient_id = "P^^^&1.2.3&ISO".to_owned();
    let fed = writer.run(|answer| Job::AddPatient { patient_id, answer });
    fed.await.unwrap().unwrap();
    let attempts = (0..600).map(|number| {
        let mut sent = empty_submission(&format!("1.2.3.{number}"));
        sent.submission_set.comments = Some("so many words ".repeat(40).as_str().into());
        let submission = Box::new(sent.clone());
        let writer = &writer;
        async move {
            let register = |answer| Job::Register {
                submission,
                now: Utc::now(),
                answer,
            };
            (sent, writer.run(register).await.unwrap())
        }
    });
    let results = join_all(attempts).await;
    drop(writer);
    let store = SqliteStore::open(&path).await.unwrap();
    let (mut stored, mut refused) = (0, 0);
    for (sent, result) in results {
        let id = crate::iti18::Id::UniqueId(sent.submission_set.unique_id.clone());
        let query = crate::iti18::GetSubmissionSetAndContents::new(id);
        let found = store.query(query.into(), 10).await.unwrap();
        match result {
            Ok(()) => {
                stored += 1;
                assert!(found.submission_sets == [sent.submission_set]);
            }
            Err(RegisterError::Store(StoreError::Failed(_))) => {
                refused += 1;
                assert!(found.is_empty());
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(
        stored > 20 && refused > 20,
        "{stored} stored, {refused} refused"
    );
    let next = store.register(empty_submission("1.2.4"), Utc::now()).await;
    assert!(next.is_ok(), "there is room again");
}
