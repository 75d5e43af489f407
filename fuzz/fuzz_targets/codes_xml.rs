//! codes.xml, the affinity domain's code tables.
#![no_main]

use ihe_xds::affinity::codes_xml;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = codes_xml::parse(text);
    }
});
