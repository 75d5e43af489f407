//! ITI-18 requests and responses.
#![no_main]

use ihe_xds::affinity::Rules;
use ihe_xds::iti18;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(body) = std::str::from_utf8(bytes) else {
        return;
    };
    let rules = Rules::default();
    if let Ok(request) = iti18::decode(body, &rules) {
        let written = iti18::encode(&request);
        let again = iti18::decode(&written, &rules).expect("what we write we read");
        assert!(
            iti18::encode(&again) == written,
            "the second writing differs"
        );
    }
    let _ = iti18::Response::decode(body);
});
