//! The texts of checkpoints and proofs, and keys.

use std::io::Write;
use std::process::{Command, Stdio};

use super::*;
use crate::node::{ClockState, ClockStatus};
use crate::trail::{Proof, TrailError};

#[tokio::test]
async fn a_checkpoint_is_read_only_in_its_exact_form() {
    let kept = kept(30).await;
    let text = kept.filed.to_string();
    assert!(
        text.starts_with("Renkei audit trail checkpoint 1\ntrail: "),
        "{text}"
    );
    assert!(text.contains("\nsequence: 30\n") && text.contains("\nclock: unknown\n"));
    assert_eq!(Checkpoint::parse(&text).expect("reads"), kept.filed);
    let wrong = [
        text.replace('\n', "\r\n"),
        text.clone() + "\n",
        text.trim_end().to_owned(),
        format!(" {text}"),
        text.replace("sequence: 30", "sequence: 030"),
        text.replace("sequence: 30", "sequence: +30"),
        text.replace("sequence: ", "sequence:  "),
        text.replace("number: ", "Number: "),
        text.replace("clock: unknown", "clock: un\tknown"),
        text.replace(['a', 'b'], "A"),
        text.replace('Z', "+00:00"),
        text.replacen("checkpoint 1", "checkpoint 2", 1),
    ];
    for one in wrong {
        let read = Checkpoint::parse(&one);
        assert!(matches!(read, Err(TrailError::Text { .. })), "{one}");
    }
    let mut lines: Vec<_> = text.lines().collect();
    lines.swap(2, 3);
    assert!(Checkpoint::parse(&(lines.join("\n") + "\n")).is_err());
}

#[tokio::test]
async fn every_edit_of_a_checkpoint_that_can_be_read_breaks_its_signature() {
    let kept = kept(30).await;
    let text = kept.filed.to_string();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'1' { b'2' } else { b'1' };
        let edited = String::from_utf8(bytes).expect("text");
        if edited != text {
            let read = Checkpoint::parse(&edited);
            assert!(
                read.is_err_and(|_| true)
                    || Checkpoint::parse(&edited).is_ok_and(|one| one.check(&kept.key()).is_err()),
                "{edited}"
            );
        }
    }
}

#[test]
fn a_proof_is_read_only_in_its_exact_form() {
    let text = format!(
        "Renkei audit trail proof 1\ntrail: {}\nsequence: 2\nsize: 3\npath: {} {}\n",
        "0a".repeat(16),
        "ab".repeat(32),
        "cd".repeat(32)
    );
    assert_eq!(Proof::parse(&text).expect("reads").to_string(), text);
    for (from, to) in [
        ("sequence: 2", "sequence: 0"),
        ("sequence: 2", "sequence: 4"),
        ("size: 3", "size: 18446744073709551615"),
        ("path: ab", "path: AB"),
        (" cd", "  cd"),
        ("\nsize", "\n\nsize"),
    ] {
        let read = Proof::parse(&text.replacen(from, to, 1));
        assert!(matches!(read, Err(TrailError::Text { .. })), "{from} {to}");
    }
    let long = text.replace("path: ", "path: ab ");
    assert!(Proof::parse(&long).is_err());
    assert!(Proof::parse(&"x".repeat(70_000)).is_err());
}

/// Keys as others make them.
#[tokio::test]
async fn p256_and_ed25519_keys_sign_and_other_keys_are_refused() {
    let p256 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).expect("a key");
    let ed25519 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
    for pair in [p256, ed25519] {
        let dir = tempfile::tempdir().expect("a directory");
        let signer = TrailSigner::from_pem(&pair.serialize_pem()).expect("a signer");
        let key = TrailKey::from_pem(&pair.public_key_pem()).expect("a key");
        assert_eq!(signer.key().expect("a key").to_pem(), key.to_pem());
        let trail = Trail::open(dir.path(), signer, small()).expect("opens");
        fill(&trail, 1, 30).await;
        let filed = trail.checkpoint().await.expect("signed");
        filed.check(&key).expect("signed by it");
        let report = verify(dir.path(), &key, Some(&filed), |_, _| {}).expect("verified");
        assert!(report.is_sound(), "{report}");
    }
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("a key");
    assert!(matches!(
        TrailSigner::from_pem(&p384.serialize_pem()),
        Err(TrailError::Key(_))
    ));
    assert!(matches!(
        TrailKey::from_pem(&p384.public_key_pem()),
        Err(TrailError::Key(_))
    ));
    assert!(matches!(
        TrailSigner::from_pem("no key"),
        Err(TrailError::Key(_))
    ));
    assert!(matches!(
        TrailKey::from_pem("no key"),
        Err(TrailError::Key(_))
    ));
}

#[tokio::test]
async fn a_checkpoint_says_what_was_known_of_the_clock() {
    let dir = tempfile::tempdir().expect("a directory");
    let signer = signer().with_clock(|| ClockStatus {
        state: ClockState::Synchronised,
        offset_seconds: Some(-0.001_25),
        age: Some(Duration::from_secs(12)),
    });
    let trail = Trail::open(dir.path(), signer, small()).expect("opens");
    let filed = trail.checkpoint().await.expect("signed");
    assert_eq!(
        filed.clock,
        "synchronised, offset -0.001250 s, measured 12 s before"
    );
    assert!(now() - filed.time < chrono::TimeDelta::seconds(60));
}

#[tokio::test]
async fn a_new_key_signs_on_and_both_are_needed_to_verify() {
    let kept = kept(30).await;
    let second = signer();
    let trail = Trail::open(kept.path(), second.clone(), small()).expect("opens");
    fill(&trail, 31, 60).await;
    trail.close().await.expect("closed");
    assert!(!kept.verify().is_sound());
    let both = kept.key().and(second.key().expect("a key"));
    let both = TrailKey::from_pem(&both.to_pem()).expect("reads");
    let report = verify(kept.path(), &both, Some(&kept.filed), |_, _| {}).expect("verified");
    assert!(report.is_sound() && report.signed == 60, "{report}");
}

/// The signature is checked without our code: all lines before the last, and the base64 in it.
#[tokio::test]
#[ignore = "needs openssl"]
async fn openssl_checks_the_signature_of_a_checkpoint() {
    let kept = kept(30).await;
    let text = kept.filed.to_string();
    let (signed, last) = text
        .trim_end()
        .rsplit_once("signature: ")
        .expect("a signature");
    let write = |name: &str, text: &str| std::fs::write(kept.path().join(name), text);
    write("signed.txt", signed).expect("written");
    write("key.pem", &kept.key().to_pem()).expect("written");
    let mut decode = Command::new("openssl")
        .args(["base64", "-d", "-A", "-out", "signature.bin"])
        .current_dir(kept.path())
        .stdin(Stdio::piped())
        .spawn()
        .expect("openssl");
    decode
        .stdin
        .take()
        .expect("piped")
        .write_all(last.as_bytes())
        .expect("written");
    assert!(decode.wait().expect("ended").success());
    let check = [
        "dgst",
        "-sha256",
        "-verify",
        "key.pem",
        "-signature",
        "signature.bin",
        "signed.txt",
    ];
    let checked = Command::new("openssl")
        .args(check)
        .current_dir(kept.path())
        .output();
    let checked = checked.expect("openssl");
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stdout)
    );
}
