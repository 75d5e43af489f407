//! codes.xml and TOML, the affinity domain's codes, MIME types and authorities.
#![no_main]

use ihe_xds::affinity::AffinityDomain;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = AffinityDomain::from_codes_xml(text);
        let _ = AffinityDomain::from_toml(text);
    }
});
