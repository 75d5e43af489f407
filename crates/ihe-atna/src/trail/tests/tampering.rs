//! Each way to change a trail is found, and where it was.

use std::fs;

use super::forger::{Effort, Forger, Piece};
use super::*;
use crate::trail::files::{self, Listing};
use crate::trail::frame::Kind;
use crate::trail::{Filed, Finding, FindingKind};

/// A change by somebody without the key is found with and without a filed checkpoint, near a record.
fn found_near(kept: &Kept, sequence: u64, kinds: &[FindingKind]) -> Vec<Finding> {
    let report = kept.verify();
    let near = |finding: &&Finding| {
        kinds.contains(&finding.kind)
            && (finding.first..=finding.last).contains(&sequence)
            && finding.last - finding.first < 21
    };
    let first = report.findings.first().expect("found");
    assert!(near(&first), "{sequence}: {report}");
    if first.kind == FindingKind::Changed {
        let time = record(sequence).received;
        // Times of receipt are of 2027 here, those of checkpoints are of now.
        assert!(first.after.is_none_or(|after| after <= time));
        assert!(first.before.is_some() || sequence > 293, "the last group");
    }
    assert_eq!(kept.verify_filed().filed, Filed::Contradicted);
    report.findings
}

const CHANGED: &[FindingKind] = &[FindingKind::Changed];

/// Bytes of a rest: time 0..8, flags 8, length of the peer 9..11, peer, message.
#[tokio::test]
async fn a_changed_message_time_peer_or_flag_is_found_whatever_is_computed_anew() {
    for at in [0, 7, 8, 12, 60] {
        for effort in [Effort::Checks, Effort::Chain] {
            for sequence in [1, 137, 300] {
                let kept = kept(300).await;
                let mut forger = Forger::of(kept.path());
                let (piece, place) = forger.holding(sequence);
                piece.records[place][at] ^= 1;
                forger.write(effort);
                let findings = found_near(&kept, sequence, CHANGED);
                if matches!(effort, Effort::Chain) {
                    assert_eq!(
                        findings
                            .iter()
                            .filter(|one| one.kind == FindingKind::Changed && one.first <= sequence)
                            .count(),
                        1
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_deleted_record_is_found() {
    for effort in [Effort::Checks, Effort::Chain] {
        let kept = kept(300).await;
        let mut forger = Forger::of(kept.path());
        let (piece, place) = forger.holding(150);
        piece.records.remove(place);
        forger.write(effort);
        let kinds = [FindingKind::Changed, FindingKind::Missing];
        found_near(&kept, 150, &kinds);
    }
}

#[tokio::test]
async fn an_inserted_and_a_doubled_record_are_found() {
    for effort in [Effort::Checks, Effort::Chain] {
        for strange in [false, true] {
            let kept = kept(300).await;
            let mut forger = Forger::of(kept.path());
            let (piece, place) = forger.holding(150);
            let mut copy = piece.records[place].clone();
            if strange {
                copy.truncate(50);
            }
            piece.records.insert(place, copy);
            forger.write(effort);
            found_near(&kept, 150, CHANGED);
        }
    }
}

#[tokio::test]
async fn two_swapped_records_are_found() {
    for effort in [Effort::Checks, Effort::Chain] {
        let kept = kept(300).await;
        let mut forger = Forger::of(kept.path());
        let (piece, place) = forger.holding(150);
        let other = if place == 0 { 1 } else { place - 1 };
        piece.records.swap(place, other);
        forger.write(effort);
        found_near(&kept, 150, CHANGED);
        let kept = super::kept(300).await;
        let mut forger = Forger::of(kept.path());
        let (near, place) = forger.holding(100);
        let taken = near.records[place].clone();
        let (far, other) = forger.holding(250);
        let given = std::mem::replace(&mut far.records[other], taken);
        let (near, place) = forger.holding(100);
        near.records[place] = given;
        forger.write(effort);
        let findings = found_near(&kept, 100, CHANGED);
        let both = findings
            .iter()
            .any(|one| (one.first..=one.last).contains(&250));
        assert!(both, "{findings:?}");
    }
}

/// Changes the pieces of the segment that holds record 150.
fn change_pieces(kept: &Kept, effort: Effort<'_>, change: impl FnOnce(&mut Vec<Piece>, usize)) {
    let mut forger = Forger::of(kept.path());
    let holds = |piece: &Piece| {
        let end = piece.sequence + piece.records.len() as u64;
        piece.kind == Kind::Records && (piece.sequence..end).contains(&150)
    };
    for (_, pieces) in &mut forger.segments {
        if let Some(at) = pieces.iter().position(holds) {
            change(pieces, at);
            break;
        }
    }
    forger.write(effort);
}

#[tokio::test]
async fn whole_groups_removed_doubled_or_swapped_are_found() {
    let kinds = [
        FindingKind::Changed,
        FindingKind::Missing,
        FindingKind::Repeated,
    ];
    let near = |kept: &Kept| {
        let report = kept.verify();
        let first = report.findings.first().expect("found");
        let near = first.first < 165 && first.last > 135 && first.last - first.first < 21;
        assert!(near && kinds.contains(&first.kind), "{report}");
        assert_eq!(kept.verify_filed().filed, Filed::Contradicted);
    };
    for effort in [Effort::Checks, Effort::Chain] {
        let kept = kept(300).await;
        change_pieces(&kept, effort, |pieces, at| drop(pieces.remove(at)));
        near(&kept);
        let kept = super::kept(300).await;
        change_pieces(&kept, effort, |pieces, at| {
            pieces.insert(at, pieces[at].clone())
        });
        near(&kept);
        let kept = super::kept(300).await;
        change_pieces(&kept, effort, |pieces, at| {
            let next = (at + 1..pieces.len()).find(|next| pieces[*next].kind == Kind::Records);
            pieces.swap(at, next.expect("another"));
        });
        near(&kept);
    }
}

#[tokio::test]
async fn a_removed_segment_is_found_and_named() {
    let kept = kept(300).await;
    let segments = Listing::of(kept.path()).expect("listed").segments;
    let (gone, next) = (segments[2], segments[3]);
    fs::remove_file(kept.path().join(files::segment(gone))).expect("removed");
    let findings = kept.verify().findings;
    assert_eq!(findings[0].kind, FindingKind::Missing);
    assert_eq!((findings[0].first, findings[0].last), (gone, next - 1));
    assert_eq!(findings[0].after, Some(record(gone - 1).received));
    let before = findings[0].before.expect("a time");
    assert!(before >= record(next).received);
    assert_eq!(findings.len(), 1, "and nothing else: {findings:?}");
    let kept = super::kept(300).await;
    let mut forger = Forger::of(kept.path());
    forger.segments.remove(2);
    forger.write(Effort::Chain);
    assert!(!kept.verify().is_sound());
    fs::remove_file(kept.path().join(files::segment(1))).expect("removed");
    assert_eq!(kept.verify().findings[0].first, 1);
}

#[tokio::test]
async fn a_finished_segment_cut_short_is_found() {
    let kept = kept(300).await;
    let mut forger = Forger::of(kept.path());
    let pieces = &mut forger.segments[1].1;
    let dropped = pieces.split_off(pieces.len() - 6);
    let first = dropped
        .iter()
        .find(|piece| piece.kind == Kind::Records)
        .expect("records")
        .sequence;
    forger.write(Effort::Checks);
    let findings = kept.verify().findings;
    assert_eq!(
        (findings[0].kind, findings[0].first),
        (FindingKind::Missing, first)
    );
    let path = kept.path().join(files::segment(1));
    let bytes = fs::read(&path).expect("read");
    fs::write(path, &bytes[..bytes.len() - 10]).expect("written");
    assert_eq!(kept.verify().findings[0].kind, FindingKind::Damaged);
}
