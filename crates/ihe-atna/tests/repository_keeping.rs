//! ITI-20 what becomes of records in the repository: indexed, retired, forwarded.

mod common;

use std::time::Duration;

use common::arr::{Arr, arr, close, connect, message, on, send};
use common::{Domain, Shelf, event};
use ihe_atna::{
    As, Forward, MemoryStore, RecordStore, RepositoryLimits, RetentionPolicy, Search, SyslogTls,
    Trail, TrailLimits, TrailSigner,
};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

#[tokio::test]
async fn atna_r_028_the_index_is_made_again_from_the_trail_and_says_how_far_it_is() {
    let domain = Domain::new("domain");
    let arr = arr(&domain, RepositoryLimits::default()).await;
    let mut stream = connect(&domain, arr.port).await;
    let messages: Vec<Vec<u8>> = (0..500).map(|one| message(&one.to_string())).collect();
    let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
    send(&mut stream, &messages).await;
    close(stream).await;
    assert!(arr.repository.caught_up(Duration::from_secs(10)).await);
    assert_eq!(arr.repository.lag(), ihe_atna::Lag::default());
    let found = arr.shelf.all().await;
    let mut shelf = arr.shelf.clone();
    // An index of another, longer trail, and one that is empty.
    for sequence in [9999, 0] {
        shelf.store = MemoryStore::new();
        let mut other = found[..1].to_vec();
        other[0].sequence = sequence;
        shelf.store.apply(other).await.expect("applied");
        let again = on(&domain, shelf.clone(), RepositoryLimits::default()).await;
        assert!(again.repository.caught_up(Duration::from_secs(10)).await);
        assert_eq!(shelf.all().await, found);
        again.stop.cancel();
    }
    arr.stop.cancel();
}

/// A shelf whose trail has small segments.
fn small() -> Shelf {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("directory");
    let (signer, _) = TrailSigner::generate().expect("key");
    let limits = TrailLimits {
        segment: 4096,
        ..TrailLimits::default()
    };
    let trail = Trail::open(dir.keep(), signer, limits).expect("trail");
    let store = MemoryStore::new();
    Shelf { trail, store }
}

async fn fill(arr: &Arr, domain: &Domain, count: u32) {
    let mut stream = connect(domain, arr.port).await;
    for one in 0..count {
        let xml = event(&format!("{one}^^^&1.2&ISO")).into_message().to_xml();
        send(
            &mut stream,
            &[format!("<85>1 - h a 1 m - {xml}").as_bytes()],
        )
        .await;
        stream.flush().await.expect("flushed");
        arr.shelf.wait_for(u64::from(one) + 1).await;
    }
    close(stream).await;
}

#[tokio::test]
async fn atna_r_028_retention_removes_forgets_and_records_itself() {
    let domain = Domain::new("domain");
    let arr = on(&domain, small(), RepositoryLimits::default()).await;
    fill(&arr, &domain, 40).await;
    assert!(arr.repository.caught_up(Duration::from_secs(10)).await);
    let who = As::system("records office");
    let none = RetentionPolicy::default();
    assert!(
        arr.repository
            .retire(&who, &none)
            .await
            .expect("done")
            .is_none()
    );
    let policy = RetentionPolicy {
        records: Some(10),
        ..RetentionPolicy::default()
    };
    let stub = arr
        .repository
        .retire(&who, &policy)
        .await
        .expect("retired")
        .expect("a stub");
    assert!(
        stub.first == 1 && stub.last <= 30 && stub.last > 20,
        "{}",
        stub.last
    );
    let kept = arr.shelf.all().await;
    assert_eq!(kept.first().map(|one| one.sequence), Some(stub.last + 1));
    let own = kept
        .last()
        .and_then(|one| one.summary.clone())
        .expect("recorded");
    assert_eq!(
        (own.event_id.as_str(), own.action.as_str(), own.outcome),
        ("110101", "D", 0)
    );
    assert_eq!(own.users, ["records office"]);
    let gone = Search {
        patient: Some("3".to_owned()),
        ..Search::default()
    };
    assert_eq!(arr.shelf.find(gone).await.len(), 0);
    arr.stop.cancel();
}

#[tokio::test]
async fn atna_r_026_records_are_forwarded_unchanged_by_a_rule_and_kept_until_then() {
    let domain = Domain::new("domain");
    let (near, far) = (small(), Shelf::new());
    let far = on(&domain, far, RepositoryLimits::default()).await;
    let near = on(&domain, near, RepositoryLimits::default()).await;
    let dir = tempfile::tempdir().expect("directory");
    let closed = free_port().await;
    let to_nobody = Forward {
        to: SyslogTls::to(format!("127.0.0.1:{closed}")),
        only: None,
        cursor: dir.path().join("nobody"),
    };
    let (repository, stop) = (near.repository.clone(), near.stop.clone());
    let waiting = tokio::spawn(async move { repository.forward(to_nobody, stop).await });
    fill(&near, &domain, 30).await;
    let policy = RetentionPolicy {
        records: Some(1),
        ..RetentionPolicy::default()
    };
    let who = As::system("arr");
    let kept = near.repository.retire(&who, &policy).await.expect("done");
    assert!(kept.is_none(), "nothing goes before it was forwarded");
    let forward = Forward {
        to: SyslogTls::to(format!("127.0.0.1:{}", far.port)),
        only: Some(Search {
            patient: Some("7^^^&1.2&ISO".to_owned()),
            ..Search::default()
        }),
        cursor: dir.path().join("far"),
    };
    let (repository, stop) = (near.repository.clone(), near.stop.clone());
    let running = tokio::spawn(async move { repository.forward(forward, stop).await });
    far.shelf.wait_for(1).await;
    assert_eq!(far.shelf.raw().await, near.shelf.raw().await[7..8]);
    for task in [waiting, running] {
        near.stop.cancel();
        task.await.expect("joined").expect("ended in order");
    }
    far.stop.cancel();
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    listener.local_addr().expect("address").port()
}
