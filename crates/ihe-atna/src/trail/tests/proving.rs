//! Proofs of single records.

use super::*;
use crate::trail::files::{self, Listing};
use crate::trail::{KeptRecord, Proof, TrailError, prove};

#[tokio::test]
async fn every_record_is_proven_to_every_checkpoint_after_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let signer = signer();
    let trail = Trail::open(dir.path(), signer.clone(), small()).expect("opens");
    let key = signer.key().expect("a key");
    let mut filed = Vec::new();
    for to in [1, 2, 77, 256, 257, 600] {
        fill(
            &trail,
            filed.last().map_or(1, |one: &Checkpoint| one.sequence + 1),
            to,
        )
        .await;
        filed.push(trail.checkpoint().await.expect("signed"));
    }
    for checkpoint in &filed {
        for sequence in (1..=checkpoint.sequence).filter(|one| one % 41 < 2 || *one > 590) {
            let (proof, found) = trail.prove(sequence, checkpoint).await.expect("proven");
            assert_eq!(found.record, record(sequence));
            let read = Proof::parse(&proof.to_string()).expect("reads");
            assert_eq!(read, proof);
            read.check(&found.to_bytes(), checkpoint, &key)
                .expect("proves");
            let small = proof.to_string().matches(' ').count() <= 4 + 4 + 9;
            assert!(small, "{proof}");
        }
        let beyond = trail.prove(checkpoint.sequence + 1, checkpoint).await;
        assert!(matches!(beyond, Err(TrailError::NoRecord(_))));
    }
}

#[tokio::test]
async fn a_proof_proves_no_other_record_and_to_no_other_checkpoint() {
    let kept = kept(100).await;
    let trail = kept.open();
    let key = kept.key();
    let (proof, found) = trail.prove(40, &kept.filed).await.expect("proven");
    let not = |proof: &Proof, record: &KeptRecord, checkpoint: &Checkpoint| {
        let checked = proof.check(&record.to_bytes(), checkpoint, &key);
        assert!(
            matches!(checked, Err(TrailError::NotProven(_))),
            "{checked:?}"
        );
    };
    let mut changed = found.clone();
    changed.record.raw[20] ^= 1;
    not(&proof, &changed, &kept.filed);
    let mut later = found.clone();
    later.record.received += Duration::from_nanos(1);
    not(&proof, &later, &kept.filed);
    let mut elsewhere = found.clone();
    elsewhere.record.peer = "10.9.9.9:1".to_owned();
    not(&proof, &elsewhere, &kept.filed);
    let (other, _) = trail.prove(41, &kept.filed).await.expect("proven");
    not(&other, &found, &kept.filed);
    fill(&trail, 101, 110).await;
    let later = trail.checkpoint().await.expect("signed");
    not(&proof, &found, &later);
    let mut forged = kept.filed.clone();
    forged.root = later.root;
    not(&proof, &found, &forged);
    assert!(
        proof
            .check(
                &found.to_bytes(),
                &kept.filed,
                &signer().key().expect("a key")
            )
            .is_err()
    );
    proof
        .check(&found.to_bytes(), &kept.filed, &key)
        .expect("proves");
    assert!(proof.check(b"short", &kept.filed, &key).is_err());
}

#[tokio::test]
async fn a_record_is_proven_from_the_directory_while_the_repository_writes() {
    let kept = kept(200).await;
    let trail = kept.open();
    fill(&trail, 201, 210).await;
    let (proof, found) = prove(kept.path(), 150, &kept.filed).expect("proven");
    proof
        .check(&found.to_bytes(), &kept.filed, &kept.key())
        .expect("proves");
    let other = super::kept(200).await;
    let proven = prove(other.path(), 150, &kept.filed);
    assert!(matches!(proven, Err(TrailError::NotProven(_))));
}

#[tokio::test]
async fn records_are_proven_beside_retired_ones() {
    let kept = kept(400).await;
    let trail = kept.open();
    for before in [60, 170, 290] {
        trail
            .retire(before, "old")
            .await
            .expect("retired")
            .expect("a stub");
        let first = trail.first();
        for sequence in [first, first + 1, first + 30, 399, 400] {
            let (proof, found) = trail.prove(sequence, &kept.filed).await.expect("proven");
            proof
                .check(&found.to_bytes(), &kept.filed, &kept.key())
                .expect("proves");
        }
        let gone = trail.prove(first - 1, &kept.filed).await;
        assert!(matches!(gone, Err(TrailError::NoRecord(_))));
    }
    assert_eq!(Listing::of(kept.path()).expect("listed").stubs.len(), 3);
}

#[tokio::test]
async fn a_proof_from_a_changed_trail_is_not_given() {
    let kept = kept(200).await;
    let path = kept.path().join(files::segment(1));
    let mut forger = forger::Forger::of(kept.path());
    let (piece, at) = forger.holding(5);
    *piece.records[at].last_mut().expect("bytes") ^= 1;
    forger.write(forger::Effort::Chain);
    assert!(path.exists());
    let proven = prove(kept.path(), 150, &kept.filed);
    assert!(
        matches!(proven, Err(TrailError::NotProven(_))),
        "{proven:?}"
    );
}
