//! Audit messages (DICOM PS3.15 A.5, RFC 3881): what was read and written reads back to the same.
#![no_main]

use ihe_atna::AuditMessage;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(message) = AuditMessage::from_xml(text) else {
        return;
    };
    let written = message.to_xml();
    let again = AuditMessage::from_xml(&written).expect("what we write we read");
    assert!(again.to_xml() == written, "the second writing differs");
});
