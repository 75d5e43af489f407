//! What identifiers are looked up by.

use super::super::form;
use aws_lc_rs::digest::{SHA256, digest};

/// The 16 bytes of a UUID's URN; the SHA-256 of any other text.
pub(crate) fn uuid_key(entry_uuid: &str) -> Vec<u8> {
    match form::uuid_of(entry_uuid) {
        Some(uuid) => uuid.to_vec(),
        None => digest(&SHA256, entry_uuid.as_bytes()).as_ref().to_vec(),
    }
}

/// The first 16 bytes of its SHA-256: nobody can make many that are equal, and the object says whether it is the one.
pub(crate) fn unique_id_key(unique_id: &str) -> Vec<u8> {
    let hash = digest(&SHA256, unique_id.as_bytes());
    hash.as_ref().iter().copied().take(16).collect()
}
