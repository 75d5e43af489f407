//! Retiring old segments.

use std::fs;

use super::*;
use crate::trail::files::{self, Listing};
use crate::trail::{Filed, FindingKind, RetentionPolicy, Stub};

#[tokio::test]
async fn whole_segments_go_and_verify_passes_over_the_signed_stub() {
    let kept = kept(300).await;
    let trail = kept.open();
    assert_eq!(trail.retire(10, "too early").await.expect("looked"), None);
    let stub = trail
        .retire(150, "kept five years")
        .await
        .expect("retired")
        .expect("a stub");
    assert_eq!((stub.first, stub.reason.as_str()), (1, "kept five years"));
    assert!(stub.last < 150 && stub.last > 80, "{stub}");
    assert_eq!(trail.first(), stub.last + 1);
    assert_eq!(
        (stub.from, stub.until),
        (record(1).received, record(stub.last).received)
    );
    stub.check(&kept.key()).expect("signed");
    assert_eq!(Stub::parse(&stub.to_string()).expect("reads"), stub);
    let page = trail.read(1, 5).await.expect("read");
    assert_eq!(
        page[0].sequence,
        stub.last + 1,
        "retired records are passed over"
    );
    let more = trail
        .retire(200, "again")
        .await
        .expect("retired")
        .expect("a stub");
    assert_eq!(more.first, stub.last + 1);
    fill(&trail, 301, 320).await;
    trail.close().await.expect("closed");
    let report = kept.verify_filed();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.filed, Filed::Proven(300));
    assert_eq!(report.unproven(), 20);
    assert_eq!(report.stubs, [stub, more.clone()]);
    assert_eq!(report.records, 320 - more.last);
    let trail = kept.open();
    assert_eq!(trail.first(), more.last + 1);
    fill(&trail, 321, 330).await;
}

#[tokio::test]
async fn the_open_segment_never_goes() {
    let kept = kept(300).await;
    let trail = kept.open();
    let stub = trail
        .retire(u64::MAX, "all")
        .await
        .expect("retired")
        .expect("a stub");
    assert!(stub.last < 300);
    assert_eq!(trail.retire(u64::MAX, "all").await.expect("looked"), None);
    fill(&trail, 301, 302).await;
    trail.close().await.expect("closed");
    assert!(kept.verify_filed().is_sound());
}

#[tokio::test]
async fn a_policy_of_age_count_or_bytes_says_what_may_go() {
    let kept = kept(300).await;
    let trail = kept.open();
    let due = async |policy: RetentionPolicy| trail.due(&policy).await.expect("told");
    assert_eq!(due(RetentionPolicy::default()).await, None);
    let records = RetentionPolicy {
        records: Some(100),
        ..Default::default()
    };
    let before = due(records).await.expect("some");
    assert!(
        (100..=201).contains(&before) && 300 + 1 - before >= 100,
        "{before}"
    );
    let bytes = RetentionPolicy {
        bytes: Some(40_000),
        ..Default::default()
    };
    assert!(due(bytes).await.expect("some") > 100);
    // The test's records are of 2027.
    let age = |days: u64| RetentionPolicy {
        age: Some(Duration::from_secs(days * 86_400)),
        ..Default::default()
    };
    assert_eq!(due(age(0)).await, None);
    let mut old = record(1);
    old.received = now() - Duration::from_secs(10 * 86_400);
    let dir = tempfile::tempdir().expect("a directory");
    let trail = Trail::open(dir.path(), signer(), small()).expect("opens");
    for _ in 0..20 {
        trail.append(vec![old.clone(); 10]).await.expect("appended");
    }
    assert_eq!(trail.due(&age(11)).await.expect("told"), None);
    let before = trail.due(&age(9)).await.expect("told").expect("some");
    let stub = trail
        .retire(before, "nine days")
        .await
        .expect("retired")
        .expect("a stub");
    assert_eq!(stub.last + 1, before);
}

#[tokio::test]
async fn a_crash_in_the_middle_of_retiring_is_finished_at_the_next_opening() {
    let kept = kept(300).await;
    let segments = Listing::of(kept.path()).expect("listed").segments;
    let saved: Vec<_> = segments
        .iter()
        .map(|first| {
            (
                *first,
                fs::read(kept.path().join(files::segment(*first))).expect("read"),
            )
        })
        .collect();
    let trail = kept.open();
    let stub = trail
        .retire(200, "old")
        .await
        .expect("retired")
        .expect("a stub");
    trail.close().await.expect("closed");
    // The crash came after the stub, when some of the files were still there.
    for (first, bytes) in saved
        .iter()
        .filter(|(first, _)| (50..stub.last).contains(first))
    {
        fs::write(kept.path().join(files::segment(*first)), bytes).expect("written");
    }
    let report = kept.verify_filed();
    assert!(report.is_sound(), "{report}");
    let trail = kept.open();
    assert_eq!(trail.first(), stub.last + 1);
    let left = Listing::of(kept.path()).expect("listed").segments;
    assert!(left.iter().all(|first| *first > stub.last), "{left:?}");
    // Before the stub was renamed nothing is retired.
    trail.close().await.expect("closed");
    let name = files::stub(stub.first, stub.last);
    fs::rename(
        kept.path().join(&name),
        kept.path().join(format!("{name}.draft")),
    )
    .expect("renamed");
    for (first, bytes) in &saved {
        fs::write(kept.path().join(files::segment(*first)), bytes).expect("written");
    }
    assert!(kept.verify_filed().is_sound());
    assert_eq!(kept.open().first(), 1);
}

#[tokio::test]
async fn a_stub_that_our_key_did_not_sign_removes_nothing() {
    let kept = kept(300).await;
    let other = super::kept(300).await;
    let stub = other
        .open()
        .retire(200, "old")
        .await
        .expect("retired")
        .expect("a stub");
    let name = files::stub(stub.first, stub.last);
    fs::write(kept.path().join(name), stub.to_string()).expect("written");
    let trail = kept.open();
    assert_eq!(trail.first(), 1);
    assert_eq!(trail.read(1, 1).await.expect("read")[0].sequence, 1);
    let report = kept.verify();
    assert_eq!(report.findings[0].kind, FindingKind::Stub, "{report}");
}

#[tokio::test]
async fn a_checkpoint_filed_within_retired_records_cannot_be_compared() {
    let kept = kept(100).await;
    let trail = kept.open();
    fill(&trail, 101, 300).await;
    let later = trail.checkpoint().await.expect("signed");
    trail
        .retire(200, "old")
        .await
        .expect("retired")
        .expect("a stub");
    trail.close().await.expect("closed");
    let report = kept.verify_filed();
    assert!(report.is_sound(), "{report}");
    assert_eq!((report.filed, report.unproven()), (Filed::Retired, 300));
    let report = verify(kept.path(), &kept.key(), Some(&later), |_, _| {}).expect("verified");
    assert_eq!((report.filed, report.unproven()), (Filed::Proven(300), 0));
}
