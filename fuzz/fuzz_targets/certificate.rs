//! Certificates and revocation lists of peers and authorities (X.509, BER and DER).
#![no_main]

use std::io::Write;

use ihe_atna::{Certificate, TrustAnchors};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(certificate) = Certificate::read(bytes) {
        let again = Certificate::read(certificate.der()).expect("DER reads again");
        assert_eq!(again.der(), certificate.der());
        assert_eq!(again.names(), certificate.names());
        assert_eq!(again.roles(), certificate.roles());
        let _ = certificate.names_host("arr.hospital.example");
        if let Some(extension) = certificate.roles().first().and_then(|one| one.to_extension()) {
            assert!(extension.len() < 1024);
        }
    }
    // Lists come by file: only what looks like one is worth the disk.
    if bytes.starts_with(&[0x30, 0x82]) {
        let path = std::env::temp_dir().join(format!("renkei-fuzz-{}.crl", std::process::id()));
        let mut file = std::fs::File::create(&path).expect("a file");
        file.write_all(bytes).expect("written");
        let _ = TrustAnchors::default().and_revocation_lists_file(&path);
    }
});
