//! ITI-42 and ITI-41 bodies: what is accepted is accepted again after our own encoder.
#![no_main]

use ihe_xds::affinity::Rules;
use ihe_xds::{iti41, iti42, iti43, registry_response};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = std::str::from_utf8(bytes) else {
        return;
    };
    let rules = Rules::default();
    if let Ok(submission) = iti42::decode(body, &rules) {
        let again = iti42::decode(&iti42::encode(&submission), &rules);
        assert!(again.is_ok(), "our own encoding is not accepted");
    }
    let _ = iti41::decode(body, &rules);
    let _ = iti43::Request::decode(body, &rules.limits);
    let _ = iti43::Response::decode(body);
    let _ = registry_response::decode(body);
});
