//! The record store contract, run for every store.

use chrono::{DateTime, Utc};

use crate::audit::{Action, Outcome, Participant, ParticipantObject, TransactionEvent};
use crate::codes;
use crate::store::{MemoryStore, ReceivedRecord, RecordStore, Search, StoredRecord};
use crate::syslog;

fn time(minute: u32) -> DateTime<Utc> {
    format!("2026-11-21T10:{minute:02}:00Z")
        .parse()
        .expect("a time")
}

fn record(
    minute: u32,
    patient: &str,
    transaction: &'static str,
    outcome: Outcome,
) -> ReceivedRecord {
    let mut message = TransactionEvent {
        event_id: codes::EVENT_QUERY,
        action: Action::Execute,
        transaction: (transaction, "name"),
        outcome,
        outcome_description: None,
        initiator_is_us: true,
        source: Participant::new("source", "127.0.0.1", true),
        destination: Participant::new("destination", "127.0.0.1", false),
        human: None,
        purpose_of_use: None,
        objects: vec![
            ParticipantObject::patient(patient),
            ParticipantObject::query(transaction, "name", "Q7", b"q"),
        ],
    }
    .into_message();
    message.event.date_time = time(minute).fixed_offset();
    message.source.id = "pix-manager".to_owned();
    let header = syslog::Header {
        timestamp: time(minute),
        host_name: "h".to_owned(),
        app_name: "a".to_owned(),
        process_id: "1".to_owned(),
    };
    ReceivedRecord::new("127.0.0.1:5", syslog::message(&header, &message.to_xml()))
}

async fn find<S: RecordStore>(store: &S, search: Search) -> Vec<u64> {
    let found = store.search(&search).await.expect("found");
    found
        .iter()
        .map(|record: &StoredRecord| record.sequence)
        .collect()
}

fn by_patient(patient: &str) -> Search {
    Search {
        patient: Some(patient.to_owned()),
        ..Search::default()
    }
}

/// What every store must do; public bodies for other stores can call the same.
async fn contract<S: RecordStore>(store: S) {
    let unreadable = ReceivedRecord::new("127.0.0.1:6", b"<34>no audit \xff\x00 message".to_vec());
    store
        .append(vec![
            record(1, "1^^^A&1.2&ISO^PI", "ITI-8", Outcome::Success),
            record(2, "1^^^&9.9&ISO", "ITI-9", Outcome::SeriousFailure),
        ])
        .await
        .expect("appended");
    store
        .append(vec![record(3, "2^^^&1.2&ISO", "ITI-9", Outcome::Success)])
        .await
        .expect("kept");
    store.append(vec![unreadable.clone()]).await.expect("kept");
    assert_eq!(store.count().await.expect("counted"), 4);

    assert_eq!(find(&store, Search::default()).await, [1, 2, 3, 4]);
    assert_eq!(
        find(&store, by_patient("1^^^&1.2&ISO")).await,
        [1],
        "namespace does not matter"
    );
    assert_eq!(
        find(&store, by_patient("1")).await,
        [1, 2],
        "a bare id is of any authority"
    );
    assert_eq!(find(&store, by_patient("1^^^&7.7&ISO")).await, [0; 0]);
    let of_type = |kind: &str| Search {
        event_type: Some(kind.to_owned()),
        ..Search::default()
    };
    assert_eq!(find(&store, of_type("ITI-9")).await, [2, 3]);
    let failed = Search {
        outcome: Some(8),
        ..Search::default()
    };
    assert_eq!(find(&store, failed).await, [2]);
    let when = Search {
        since: Some(time(2)),
        until: Some(time(3)),
        ..Search::default()
    };
    assert_eq!(
        find(&store, when).await,
        [2],
        "from (inclusive) to (exclusive)"
    );
    let both = Search {
        event_type: Some("ITI-9".to_owned()),
        ..by_patient("2^^^&1.2&ISO")
    };
    assert_eq!(find(&store, both).await, [3]);
    let page = |after| Search {
        limit: 2,
        after_sequence: after,
        ..Search::default()
    };
    assert_eq!(find(&store, page(None)).await, [1, 2]);
    assert_eq!(find(&store, page(Some(2))).await, [3, 4]);
    assert_eq!(find(&store, page(Some(4))).await, [0; 0]);

    let all = store.search(&Search::default()).await.expect("found");
    assert_eq!(all[3].raw, unreadable.raw, "bytes are kept as they came");
    assert_eq!(all[3].summary, None);
    assert_eq!(all[3].peer, "127.0.0.1:6");
    let summary = all[1].summary.clone().expect("readable");
    assert_eq!((summary.event_id.as_str(), summary.outcome), ("110112", 8));
    assert_eq!(summary.source_id, "pix-manager");
    assert_eq!(summary.patients, ["1^^^&9.9&ISO"]);
    assert_eq!(summary.objects, ["Q7"]);
    assert_eq!(summary.users, ["source", "destination"]);
    assert!(!summary.cut);
    let tail = store.tail(2).await.expect("read");
    assert_eq!(tail, [all[2].raw.clone(), all[3].raw.clone()]);
}

#[tokio::test]
async fn atna_iti_20_memory_store_keeps_the_contract() {
    contract(MemoryStore::new()).await;
}

#[test]
fn atna_r_023_a_cut_message_is_closed_to_be_read() {
    let whole = record(1, "1^^^&1.2&ISO", "ITI-8", Outcome::Success).raw;
    let mut read = 0;
    for length in 0..whole.len() {
        if let Some(summary) = super::RecordSummary::of(&whole[..length]) {
            assert!(summary.cut, "at {length}");
            assert_eq!(summary.event_id, "110112");
            read += 1;
        }
    }
    assert!(read > 500, "most cuts after the event are readable: {read}");
}

#[cfg(feature = "sqlite")]
mod sqlite {
    use super::*;
    use crate::store::SqliteStore;

    #[tokio::test]
    async fn atna_iti_20_sqlite_store_keeps_the_contract_and_its_records() {
        let dir = tempfile::tempdir().expect("directory");
        let path = dir.path().join("audit.db");
        contract(SqliteStore::open(&path).await.expect("made")).await;
        let again = SqliteStore::open(&path).await.expect("opened again");
        assert_eq!(again.count().await.expect("counted"), 4);
        assert_eq!(find(&again, by_patient("1^^^&1.2&ISO")).await, [1]);
    }

    #[tokio::test]
    async fn a_store_of_a_newer_version_is_refused_in_one_line() {
        let dir = tempfile::tempdir().expect("directory");
        let path = dir.path().join("audit.db");
        drop(SqliteStore::open(&path).await.expect("made"));
        let newer = rusqlite::Connection::open(&path).expect("opened");
        newer.pragma_update(None, "user_version", 2).expect("set");
        let refused = SqliteStore::open(&path)
            .await
            .expect_err("refused")
            .to_string();
        assert_eq!(refused, "record store: version 2 is newer than 1");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn concurrent_appends_are_all_kept() {
        let dir = tempfile::tempdir().expect("directory");
        let store = SqliteStore::open(dir.path().join("audit.db"))
            .await
            .expect("made");
        let mut tasks = tokio::task::JoinSet::new();
        for minute in 0..50 {
            let store = store.clone();
            let one = record(minute, "1^^^&1.2&ISO", "ITI-8", Outcome::Success);
            tasks.spawn(async move { store.append(vec![one]).await });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("joined").expect("appended");
        }
        assert_eq!(store.count().await.expect("counted"), 50);
    }
}
