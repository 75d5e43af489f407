//! What a system under test answers, HTTP and MLLP: the suite's own extractors never panic over it.
#![no_main]

use ihe_conformance::look::Received;
use ihe_conformance::wire::{http, mllp};
use libfuzzer_sys::fuzz_target;

const SELECTORS: [&str; 8] = [
    "hl7 segments",
    "hl7 ERR[2]-3~.1.1",
    "hl7 MSH-1",
    "xml //soap:Value",
    "xml //*[@id='a']/name()",
    "document 1 sha1",
    "http header content-type",
    "text",
];

fuzz_target!(|bytes: &[u8]| {
    let mut received = vec![Received::message(bytes.to_vec())];
    if let Ok(message) = mllp::read_frame(&mut &bytes[..]) {
        received.push(Received::message(message));
    }
    if let Ok((head, bytes)) = http::read(&mut &bytes[..]) {
        received.push(Received {
            bytes,
            head: Some(head),
            ..Received::default()
        });
    }
    for received in received {
        for selector in SELECTORS {
            _ = received.values(selector);
        }
    }
});
