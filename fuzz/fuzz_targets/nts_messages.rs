//! Network Time Security: records of key establishment, extension fields of questions.
#![no_main]

use ihe_ct::nts::{Keyring, Opened, Record, read_request, read_response};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| Keyring::new().expect("a ring"));

fuzz_target!(|bytes: &[u8]| {
    let _ = read_request(bytes);
    let _ = read_response(bytes);
    if let Ok(records) = Record::read(bytes) {
        assert_eq!(Record::read(&Record::message(&records)), Ok(records));
    }
    assert!(
        !matches!(KEYRING.open(bytes), Opened::Asked(_)),
        "without our cookie"
    );
    let mut question = vec![0x23; 48];
    question.extend(bytes);
    assert!(
        !matches!(KEYRING.open(&question), Opened::Asked(_)),
        "without our cookie"
    );
});
