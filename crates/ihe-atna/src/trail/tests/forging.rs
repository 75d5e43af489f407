//! Changed checkpoints and stubs, removed ends, new signatures, and any flipped byte.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::forger::{Effort, Forger, Piece};
use super::*;
use crate::trail::checkpoint::Statement;
use crate::trail::files::{self, Listing};
use crate::trail::{Filed, FindingKind, prove};

#[tokio::test]
async fn only_a_filed_checkpoint_finds_that_the_end_was_removed() {
    let kept = kept().await;
    let segments = Listing::of(kept.path()).expect("listed").segments;
    let last = *segments.last().expect("a segment");
    fs::remove_file(kept.path().join(files::segment(last))).expect("removed");
    assert!(
        kept.verify().is_sound(),
        "said plainly in the documentation"
    );
    let report = kept.verify_filed();
    assert_eq!(report.filed, Filed::Contradicted);
    let finding = &report.findings[0];
    assert_eq!(
        (finding.kind, finding.first, finding.last),
        (FindingKind::Truncated, last, 300)
    );
    for first in &segments {
        let _ = fs::remove_file(kept.path().join(files::segment(*first)));
    }
    let report = kept.verify();
    assert_eq!(
        report.findings[0].kind,
        FindingKind::Missing,
        "nothing at all is left"
    );
}

#[tokio::test]
async fn only_a_filed_checkpoint_finds_who_has_the_key_and_signs_anew() {
    let kept = kept().await;
    let mut forger = Forger::of(kept.path());
    let (piece, place) = forger.holding(150);
    piece.records[place][60] ^= 1;
    forger.write(Effort::Key(&kept.signer));
    let report = kept.verify();
    assert!(
        report.is_sound(),
        "said plainly in the documentation: {report}"
    );
    let report = kept.verify_filed();
    assert_eq!(report.findings[0].kind, FindingKind::Rewritten);
    assert_eq!(
        (report.filed, report.unproven()),
        (Filed::Contradicted, 300)
    );
    let mut forger = Forger::of(kept.path());
    forger.segments.truncate(3);
    forger.write(Effort::Key(&kept.signer));
    assert_eq!(kept.verify_filed().findings[0].kind, FindingKind::Truncated);
}

#[tokio::test]
async fn what_comes_after_the_filed_checkpoint_is_an_unproven_tail() {
    let kept = another(100).await;
    let trail = kept.open();
    fill(&trail, 101, 145).await;
    trail.close().await.expect("closed");
    let report = kept.verify_filed();
    assert!(report.is_sound(), "{report}");
    assert_eq!((report.filed, report.unproven()), (Filed::Proven(100), 45));
    assert!(
        report.to_string().ends_with("unproven tail: 45 records"),
        "{report}"
    );
    // A change in the tail by who has the key contradicts nothing that was filed.
    let mut forger = Forger::of(kept.path());
    let (piece, place) = forger.holding(130);
    piece.records[place][60] ^= 1;
    let at = forger.checkpoint(kept.filed.number);
    let filed = forger.segments[at.0].1[at.1].clone();
    forger.write(Effort::Key(&kept.signer));
    let mut forger = Forger::of(kept.path());
    forger.segments[at.0].1[at.1] = filed;
    forger.write(Effort::Checks);
    assert_eq!(
        kept.verify_filed().filed,
        Filed::Contradicted,
        "checkpoints are chained, too"
    );
}

#[tokio::test]
async fn an_edited_removed_forged_or_moved_checkpoint_is_found() {
    let strange = signer();
    type Change<'a> = &'a dyn Fn(&mut Vec<Piece>, usize);
    let edit = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        move |pieces: &mut Vec<Piece>, at: usize| {
            let text = String::from_utf8_lossy(&pieces[at].body).into_owned();
            assert!(text.contains(&from));
            pieces[at].body = text.replacen(&from, &to, 1).into_bytes();
        }
    };
    let forge = |pieces: &mut Vec<Piece>, at: usize| {
        let text = String::from_utf8_lossy(&pieces[at].body).into_owned();
        let read = Checkpoint::parse(&text).expect("a checkpoint");
        let statement = Statement {
            trail: read.trail,
            number: read.number,
            previous: read.previous,
            sequence: read.sequence,
            chain: read.chain,
            root: read.root,
        };
        let forged = Checkpoint::sign(&statement, &strange).expect("signed");
        pieces[at].body = forged.to_string().into_bytes();
    };
    let changes: [Change<'_>; 7] = [
        &edit("clock: unknown", "clock: synchronised"),
        &edit("time: 20", "time: 19"),
        &edit("number: 5", "number: 6"),
        &edit("sequence: ", "sequence: 9"),
        &edit("signature: M", "signature: N"),
        &forge,
        &|pieces, at| drop(pieces.remove(at)),
    ];
    for (number, change) in changes.iter().enumerate() {
        let kept = kept().await;
        let mut forger = Forger::of(kept.path());
        let (segment, at) = forger.checkpoint(5);
        change(&mut forger.segments[segment].1, at);
        forger.write(Effort::Checks);
        let report = kept.verify();
        let first = report.findings.first().expect("found");
        assert_eq!(first.kind, FindingKind::Checkpoint, "{number}: {report}");
        assert!(first.first > 80 && first.last < 125, "{number}: {report}");
        assert!(report.findings.len() < 4, "{number}: {report}");
    }
    let kept = kept().await;
    let mut forger = Forger::of(kept.path());
    let (one, other) = (forger.checkpoint(5), forger.checkpoint(8));
    let text = forger.segments[one.0].1[one.1].body.clone();
    let later = std::mem::replace(&mut forger.segments[other.0].1[other.1].body, text);
    forger.segments[one.0].1[one.1].body = later;
    forger.write(Effort::Checks);
    assert_eq!(kept.verify().findings[0].kind, FindingKind::Checkpoint);
}

#[tokio::test]
async fn an_edited_forged_or_removed_stub_is_found() {
    for change in 0..4 {
        let kept = kept().await;
        let stub = kept
            .open()
            .retire(200, "old")
            .await
            .expect("retired")
            .expect("a stub");
        let path = kept.path().join(files::stub(stub.first, stub.last));
        let text = stub.to_string();
        let forged = match change {
            0 => text.replace("reason: old", "reason: not old"),
            1 => text.replace("from: 2027", "from: 2026"),
            2 => {
                // Another trail's stub, signed by its key.
                let other = another(300).await;
                let stub = other.open().retire(200, "old").await.expect("retired");
                stub.expect("a stub").to_string()
            }
            _ => String::new(),
        };
        if forged.is_empty() {
            fs::remove_file(path).expect("removed");
            let findings = kept.verify().findings;
            assert_eq!(findings[0].kind, FindingKind::Missing);
            assert_eq!((findings[0].first, findings[0].last), (1, stub.last));
        } else {
            fs::write(path, forged).expect("written");
            let report = kept.verify();
            assert_eq!(
                report.findings[0].kind,
                FindingKind::Stub,
                "{change}: {report}"
            );
            let name = files::stub(stub.first, stub.last);
            assert_eq!(report.findings[0].file, name);
        }
        assert_eq!(kept.verify_filed().filed, Filed::Contradicted);
    }
}

#[tokio::test]
async fn another_trails_segment_and_a_wrong_key_are_found() {
    let kept = kept().await;
    let other = another(300).await;
    let second = Listing::of(kept.path()).expect("listed").segments[1];
    let name = files::segment(second);
    fs::copy(other.path().join(&name), kept.path().join(&name)).expect("copied");
    let findings = kept.verify().findings;
    assert!(
        !findings.is_empty() && findings[0].file == name,
        "{findings:?}"
    );
    let report = verify(other.path(), &kept.key(), None, |_, _| {}).expect("verified");
    assert!(
        report
            .findings
            .iter()
            .all(|one| one.what.contains("a key that was not given"))
    );
    assert_eq!((report.signed, report.unproven()), (0, 300));
    let both = kept.key().and(other.key());
    assert!(
        verify(other.path(), &both, None, |_, _| {})
            .expect("verified")
            .is_sound()
    );
    assert!(verify(other.path(), &both, Some(&kept.filed), |_, _| {}).is_err());
}

#[tokio::test]
async fn progress_is_told_up_to_the_whole() {
    let kept = kept().await;
    let mut told = Vec::new();
    verify(kept.path(), &kept.key(), None, |done, total| {
        told.push((done, total))
    })
    .expect("verified");
    let (done, total) = *told.last().expect("told");
    assert_eq!(done, total);
    assert!(told.is_sorted());
}

/// Every file of a trail, its bytes, and whether its content matters.
fn files_of(kept: &Kept) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(kept.path()).expect("listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).expect("read");
        (path, bytes)
    };
    let mut all: Vec<_> = paths
        .map(read)
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    all.sort();
    all
}

fn harmless(kept: &Kept, path: &Path) -> bool {
    // Only indexes: they are made again, and a proof from a wrong one is not given.
    let index = path.extension().is_some_and(|end| end == "idx");
    if index {
        let (proof, found) = prove(kept.path(), 290, &kept.filed).expect("proven");
        proof
            .check(&found.to_bytes(), &kept.filed, &kept.key())
            .expect("proves");
    }
    index
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    #[test]
    fn any_flipped_byte_of_any_file_is_found_or_harmless(places in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 150)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let kept = runtime.block_on(async {
            let kept = kept().await;
            kept.open().retire(60, "old").await.expect("retired").expect("a stub");
            kept
        });
        let files = files_of(&kept);
        let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
        for (place, flip) in places {
            let mut at = place.index(total);
            let (path, bytes) = files.iter().find(|(_, bytes)| {
                let here = at < bytes.len();
                if !here { at -= bytes.len() }
                here
            }).expect("a file");
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            fs::write(path, &changed).expect("written");
            let report = verify(kept.path(), &kept.key(), Some(&kept.filed), |_, _| {});
            let found = report.map_or(true, |report| !report.is_sound() || report.torn > 0);
            prop_assert!(found || harmless(&kept, path), "{path:?} at {at} of {}", bytes.len());
            fs::write(path, bytes).expect("written");
        }
        prop_assert!(kept.verify_filed().is_sound());
    }
}
