//! Structure checks and groups of any message; the tables and paths of a caller.
#![no_main]

use hl7v2::Message;
use hl7v2::structure::{GroupPath, Layer, Profile, check, groups_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        tables(text);
    }
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    for profile in [Profile::hl7_2_5(), Profile::hl7_2_3_1(), Profile::ss_mix2()] {
        let few = check(&message, &profile.clone().most_findings(5));
        let report = check(&message, &profile);
        assert!(few.findings().len() <= 5 && report.findings().len() <= 1000);
        assert_eq!(few.is_capped(), report.findings().len() > 5);
        let tree = groups_of(&message, &profile);
        assert_eq!(tree.root().segments().count(), message.segments().count());
    }
});

fn tables(text: &str) {
    let layer = Layer {
        structures: text,
        events: text,
        segments: text,
        components: text,
        values: text,
        requirements: text,
    };
    let _ = Profile::from_tables("any", "2", &[layer]);
    if let Ok(path) = GroupPath::parse(text) {
        let again = path.to_string();
        assert_eq!(GroupPath::parse(&again).as_ref(), Ok(&path));
    }
}
