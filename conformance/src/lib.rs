//! Judges any IHE endpoint by its bytes. The program is `ihe-conformance`; this is what it is made of.
//!
//! Nothing here comes from a crate of the workspace, so that a codec's bug cannot cancel itself: what these
//! extractors do not understand is a failure of the system under test. Blocking sockets, one thread a case.

pub mod actors;
pub mod authority;
pub mod capture;
pub mod case;
pub mod coverage;
pub mod endpoint;
pub mod expected;
pub mod judge;
pub mod load;
pub mod look;
pub mod metamorphic;
pub mod peer;
pub mod report;
pub mod run;
pub mod statement;
pub mod step;
pub mod values;
pub mod wire;

/// SHA-1 in lower-case hexadecimal, as DocumentEntry.hash is.
pub fn sha1(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    digest
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
