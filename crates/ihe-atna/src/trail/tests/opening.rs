//! Opening a trail after a crash, a full disk, a newer release; and what is damaged is not opened.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use super::*;
use crate::trail::TrailError;
use crate::trail::files::{self, Listing};

fn last_segment(kept: &Kept) -> PathBuf {
    let segments = Listing::of(kept.path()).expect("listed").segments;
    kept.path()
        .join(files::segment(*segments.last().expect("a segment")))
}

fn flip(path: &PathBuf, at: usize) {
    let mut bytes = fs::read(path).expect("read");
    bytes[at] ^= 1;
    fs::write(path, bytes).expect("written");
}

#[tokio::test]
async fn an_end_that_a_crash_interrupted_is_cut_off_and_kept_beside() {
    let kept = kept(90).await;
    let path = last_segment(&kept);
    let whole = fs::read(&path).expect("read");
    // The next group, of which only a part reached the disk.
    let trail = kept.open();
    fill(&trail, 91, 93).await;
    trail.close().await.expect("closed");
    let longer = fs::read(&path).expect("read");
    for part in [1, 10, 24, 40, 300] {
        let mut torn = whole.clone();
        torn.extend_from_slice(&longer[whole.len()..whole.len() + part]);
        fs::write(&path, &torn).expect("written");
        let report = kept.verify_filed();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.torn, part as u64);
        let trail = kept.open();
        let cut = trail.cut().expect("cut").clone();
        assert_eq!((cut.bytes, cut.offset), (part as u64, whole.len() as u64));
        let aside = fs::read(kept.path().join(&cut.kept_as)).expect("kept");
        assert_eq!(aside, longer[whole.len()..whole.len() + part]);
        assert_eq!(*trail.end().borrow(), 90);
        trail.close().await.expect("closed");
        assert_eq!(fs::read(&path).expect("read"), whole);
        assert_eq!(kept.verify_filed().cuts, [cut.kept_as]);
    }
}

#[tokio::test]
async fn zeros_that_a_power_cut_left_at_the_end_are_cut_off() {
    let kept = kept(30).await;
    let path = last_segment(&kept);
    let mut file = OpenOptions::new().append(true).open(&path).expect("opened");
    file.write_all(&[0; 5000]).expect("written");
    let trail = kept.open();
    assert_eq!(trail.cut().map(|cut| cut.bytes), Some(5000));
    fill(&trail, 31, 40).await;
    trail.close().await.expect("closed");
    let report = kept.verify_filed();
    assert!(report.is_sound() && report.last == 40, "{report}");
}

#[tokio::test]
async fn damage_among_acknowledged_records_is_not_cut_off_but_refused() {
    let kept = kept(300).await;
    let path = last_segment(&kept);
    let whole = fs::read(&path).expect("read");
    for at in [5, 60, whole.len() / 2] {
        flip(&path, at);
        let before = fs::read(&path).expect("read");
        let opened = Trail::open(kept.path(), kept.signer.clone(), small());
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        match opened {
            Err(TrailError::Damaged {
                segment, offset, ..
            }) => {
                assert_eq!(segment, name);
                assert!(offset <= at as u64);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(fs::read(&path).expect("read"), before, "left as it was");
        flip(&path, at);
    }
    kept.open();
}

#[tokio::test]
async fn damage_in_an_older_segment_is_an_error_when_it_is_read_and_says_where_to_go_on() {
    let kept = kept(300).await;
    let path = kept.path().join(files::segment(1));
    flip(&path, 6000);
    let trail = kept.open();
    let mut next = 1;
    let (from, on) = loop {
        match trail.read(next, 5).await {
            Ok(page) => next = page.last().expect("records").sequence + 1,
            Err(TrailError::Damaged {
                sequence,
                next: Some(on),
                ..
            }) => break (sequence, on),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(from, next, "all before it was read");
    assert!(on > from && on < from + 8, "{from} {on}");
    let after = trail.read(on, 5).await.expect("read");
    assert_eq!(after[0].sequence, on);
    assert_eq!(after[0].record, record(on));
    let again = trail.read(on + 1, 5).await.expect("read");
    assert_eq!(again[0].sequence, on + 1);
}

#[tokio::test]
async fn a_message_that_looks_like_a_frame_does_not_pass_for_one() {
    let kept = kept(10).await;
    let path = last_segment(&kept);
    let segment = fs::read(&path).expect("read");
    // Another trail's segment as a message, and its write interrupted.
    let other = super::kept(10).await;
    let foreign = fs::read(last_segment(&other)).expect("read");
    let trail = kept.open();
    let mut message = record(11);
    message.raw = foreign;
    trail.append(vec![message]).await.expect("appended");
    trail.close().await.expect("closed");
    let longer = fs::read(&path).expect("read");
    fs::write(&path, &longer[..longer.len() - 1000]).expect("written");
    let trail = kept.open();
    assert_eq!(*trail.end().borrow(), 10);
    assert_eq!(
        trail.cut().map(|cut| cut.offset),
        Some(segment.len() as u64)
    );
}

#[tokio::test]
async fn a_newer_format_is_refused_in_one_line() {
    let kept = kept(3).await;
    let path = kept.path().join("VERSION");
    let text = fs::read_to_string(&path).expect("read");
    fs::write(&path, text.replace("version: 1", "version: 2")).expect("written");
    let opened = Trail::open(kept.path(), kept.signer.clone(), small());
    let error = opened.expect_err("refused").to_string();
    assert!(
        error.contains("format 2 is newer than 1") && !error.contains('\n'),
        "{error}"
    );
    fs::write(&path, text.replace("seed: ", "seed: 1")).expect("written");
    let opened = Trail::open(kept.path(), kept.signer.clone(), small());
    assert!(matches!(
        opened,
        Err(TrailError::Text {
            what: "VERSION",
            ..
        })
    ));
}

#[tokio::test]
async fn segments_without_version_and_a_version_without_segments_are_refused() {
    let kept = kept(100).await;
    let version = fs::read(kept.path().join("VERSION")).expect("read");
    fs::remove_file(kept.path().join("VERSION")).expect("removed");
    let opened = Trail::open(kept.path(), kept.signer.clone(), small());
    assert!(matches!(opened, Err(TrailError::Damaged { .. })));
    for first in Listing::of(kept.path()).expect("listed").segments {
        fs::remove_file(kept.path().join(files::segment(first))).expect("removed");
    }
    fs::write(kept.path().join("VERSION"), version).expect("written");
    let opened = Trail::open(kept.path(), kept.signer.clone(), small());
    assert!(matches!(opened, Err(TrailError::Damaged { .. })));
}

#[tokio::test]
async fn a_crash_while_the_trail_or_a_segment_was_made_is_put_right() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join(files::segment(1)), b"ATFB").expect("written");
    let signer = signer();
    let trail = Trail::open(dir.path(), signer.clone(), small()).expect("opens");
    fill(&trail, 1, 20).await;
    trail.close().await.expect("closed");
    fs::write(dir.path().join(files::segment(21)), b"ATFB").expect("written");
    let trail = Trail::open(dir.path(), signer, small()).expect("opens");
    assert_eq!(trail.cut().map(|cut| cut.bytes), Some(4));
    fill(&trail, 21, 30).await;
    assert_eq!(trail.read(15, 100).await.expect("read").len(), 16);
}

#[tokio::test]
async fn indexes_that_are_missing_wrong_or_damaged_are_made_again() {
    let kept = kept(300).await;
    let segments = Listing::of(kept.path()).expect("listed").segments;
    let index = |at: usize| kept.path().join(files::index(segments[at]));
    let made = fs::read(index(0)).expect("read");
    fs::remove_file(index(0)).expect("removed");
    flip(&index(1), 100);
    fs::copy(index(3), index(2)).expect("copied");
    let trail = kept.open();
    let (proof, found) = trail.prove(3, &kept.filed).await.expect("proven");
    proof
        .check(&found.to_bytes(), &kept.filed, &kept.key())
        .expect("proves");
    for sequence in 1..=300 {
        assert_eq!(
            trail.read(sequence, 1).await.expect("read")[0].sequence,
            sequence
        );
    }
    assert_eq!(fs::read(index(0)).expect("made again"), made);
}
