//! Checkpoints, stubs, proofs, kept records: what is read is written the same again, to the byte.
#![no_main]

use ihe_atna::{Checkpoint, KeptRecord, Proof, Stub, TrailKey, TrailSigner};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some(record) = KeptRecord::from_bytes(bytes) {
        assert!(record.to_bytes() == bytes || record.record.peer.len() > 255);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(stub) = Stub::parse(text) {
        assert_eq!(stub.to_string(), text);
    }
    if let Ok(proof) = Proof::parse(text) {
        assert_eq!(proof.to_string(), text);
    }
    if let Ok(key) = TrailKey::from_pem(text) {
        TrailKey::from_pem(&key.to_pem()).expect("what we write we read");
    }
    let _ = TrailSigner::from_pem(text);
});
