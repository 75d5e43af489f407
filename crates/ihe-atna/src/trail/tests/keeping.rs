//! What is appended is read again, byte for byte, beside the writer and after a restart.

use super::*;
use crate::trail::{KeptRecord, TrailError};

async fn all(trail: &Trail) -> Vec<KeptRecord> {
    let (mut found, mut next) = (Vec::new(), 1);
    loop {
        let page = trail.read(next, 13).await.expect("read");
        assert!(page.len() <= 13);
        let Some(last) = page.last() else {
            return found;
        };
        next = last.sequence + 1;
        found.extend(page);
    }
}

fn expected(records: u64) -> Vec<KeptRecord> {
    let one = |sequence| KeptRecord {
        sequence,
        record: record(sequence),
    };
    (1..=records).map(one).collect()
}

#[tokio::test]
async fn records_are_read_in_order_over_all_segments_and_after_a_restart() {
    let kept = kept(300).await;
    let trail = kept.open();
    assert_eq!(*trail.end().borrow(), 300);
    assert_eq!(trail.first(), 1);
    assert_eq!(all(&trail).await, expected(300));
    fill(&trail, 301, 400).await;
    assert_eq!(all(&trail).await, expected(400));
    assert!(std::fs::read_dir(kept.path()).expect("listed").count() > 10);
    let report = {
        trail.close().await.expect("closed");
        kept.verify()
    };
    assert!(report.is_sound(), "{report}");
    assert_eq!(
        (report.records, report.last, report.signed),
        (400, 400, 400)
    );
}

#[tokio::test]
async fn atna_r_024_all_eight_bits_of_a_message_are_kept() {
    let dir = tempfile::tempdir().expect("a directory");
    let trail = Trail::open(dir.path(), signer(), small()).expect("opens");
    let raw: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let mut one = record(1);
    one.raw = raw.clone();
    trail.append(vec![one.clone()]).await.expect("appended");
    let read = trail.read(1, 1).await.expect("read");
    assert_eq!(read[0].record, one);
    assert_eq!(
        KeptRecord::from_bytes(&read[0].to_bytes()),
        Some(read[0].clone())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_the_log_and_each_learns_its_own_place() {
    let dir = tempfile::tempdir().expect("a directory");
    let limits = TrailLimits {
        queue: 3000,
        ..small()
    };
    let trail = Trail::open(dir.path(), signer(), limits).expect("opens");
    let mut callers = Vec::new();
    for caller in 0..8_u64 {
        let trail = trail.clone();
        callers.push(tokio::spawn(async move {
            let mut places = Vec::new();
            for number in 0..40 {
                let batch = vec![record(caller * 1000 + number); 1 + (number % 3) as usize];
                let count = batch.len() as u64;
                let last = trail.append(batch).await.expect("appended");
                places.push((caller * 1000 + number, last - count + 1..=last));
            }
            places
        }));
    }
    let mut total = 0;
    for caller in callers {
        for (number, places) in caller.await.expect("joined") {
            for place in places {
                let read = trail.read(place, 1).await.expect("read");
                assert_eq!(read[0].record, record(number));
                total += 1;
            }
        }
    }
    assert_eq!(*trail.end().borrow(), total);
}

#[tokio::test]
async fn a_reader_waits_for_the_end_and_reads_what_has_come() {
    let dir = tempfile::tempdir().expect("a directory");
    let trail = Trail::open(dir.path(), signer(), small()).expect("opens");
    let mut end = trail.end();
    assert!(trail.read(1, 10).await.expect("read").is_empty());
    let waiting = tokio::spawn({
        let trail = trail.clone();
        async move {
            end.wait_for(|end| *end >= 3).await.expect("open");
            trail.read(2, 10).await.expect("read")
        }
    });
    trail
        .append((1..=3).map(record).collect())
        .await
        .expect("appended");
    assert_eq!(waiting.await.expect("joined"), expected(3)[1..]);
}

#[tokio::test]
async fn a_record_over_the_limit_is_refused_with_all_of_its_batch() {
    let dir = tempfile::tempdir().expect("a directory");
    let limits = TrailLimits {
        record: 1000,
        ..small()
    };
    let trail = Trail::open(dir.path(), signer(), limits).expect("opens");
    let mut large = record(2);
    large.raw = vec![0; 1001];
    let refused = trail.append(vec![record(1), large]).await;
    assert!(matches!(
        refused,
        Err(TrailError::TooLarge {
            bytes: 1001,
            limit: 1000
        })
    ));
    assert_eq!(*trail.end().borrow(), 0);
    assert_eq!(trail.append(vec![record(1)]).await.expect("appended"), 1);
}

#[tokio::test]
async fn one_trail_has_a_directory_and_a_closed_one_lets_go() {
    let dir = tempfile::tempdir().expect("a directory");
    let trail = Trail::open(dir.path(), signer(), small()).expect("opens");
    let second = Trail::open(dir.path(), signer(), small());
    assert!(matches!(second, Err(TrailError::InUse(_))));
    trail.append(vec![record(1)]).await.expect("appended");
    trail.close().await.expect("closed");
    assert!(matches!(
        trail.append(vec![record(2)]).await,
        Err(TrailError::Closed)
    ));
    assert!(matches!(
        trail.retire(5, "closed").await,
        Err(TrailError::Closed)
    ));
    assert_eq!(trail.read(1, 9).await.expect("read").len(), 1);
    Trail::open(dir.path(), signer(), small()).expect("opens again");
}

#[tokio::test]
async fn checkpoints_are_signed_at_intervals_of_records_and_of_time_and_at_the_end() {
    let dir = tempfile::tempdir().expect("a directory");
    let signer = signer();
    let limits = TrailLimits {
        checkpoint_records: 10,
        checkpoint_interval: Duration::from_millis(50),
        ..TrailLimits::default()
    };
    let trail = Trail::open(dir.path(), signer.clone(), limits).expect("opens");
    let key = signer.key().expect("a key");
    let signed = || {
        let report = verify(dir.path(), &key, None, |_, _| {}).expect("verified");
        assert!(report.is_sound(), "{report}");
        (report.checkpoints, report.signed)
    };
    trail
        .append((1..=10).map(record).collect())
        .await
        .expect("appended");
    assert_eq!(signed(), (1, 10));
    trail.append(vec![record(11)]).await.expect("appended");
    assert_eq!(signed(), (1, 10));
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(signed(), (2, 11));
    trail.append(vec![record(12)]).await.expect("appended");
    trail.close().await.expect("closed");
    assert_eq!(signed(), (3, 12));
    let first = trail.checkpoint().await;
    assert!(matches!(first, Err(TrailError::Closed)));
}

#[tokio::test]
async fn a_checkpoint_on_demand_is_in_the_trail_when_it_is_answered() {
    let dir = tempfile::tempdir().expect("a directory");
    let signer = signer();
    let trail = Trail::open(dir.path(), signer.clone(), small()).expect("opens");
    let key = signer.key().expect("a key");
    for sequence in 0..3 {
        let filed = trail.checkpoint().await.expect("signed");
        assert_eq!(
            trail.checkpoint().await.expect("signed"),
            filed,
            "nothing came since"
        );
        assert_eq!((filed.sequence, filed.number), (sequence, sequence + 1));
        let report = verify(dir.path(), &key, Some(&filed), |_, _| {}).expect("verified");
        assert_eq!(report.filed, crate::trail::Filed::Proven(sequence));
        trail.append(vec![record(1)]).await.expect("appended");
    }
}
