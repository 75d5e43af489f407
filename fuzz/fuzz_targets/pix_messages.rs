//! ITI-8 and ITI-9 decoders behind the HL7 v2 parser.
#![no_main]

use hl7v2::Message;
use hl7v2::datatype::Hd;
use ihe_pix::{FeedPolicy, iti8, iti9};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    let policy = FeedPolicy::new([Hd::oid("1.2.3.4.1000"), Hd::oid("1.2.3.4.2000")]);
    let _ = iti8::decode(&message, &policy);
    if let Err(refusal) = iti9::decode(&message, &policy) {
        let answer = iti9::encode_response(&message, Err(&refusal));
        Message::parse(&answer).expect("our own answer parses");
    }
    let _ = iti9::decode_response(&message);
});
