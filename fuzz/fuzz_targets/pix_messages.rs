//! Decoders of ITI-8, 9, 10, 21, 22, 30 and 64 behind the HL7 v2 parser.
#![no_main]

use hl7v2::Message;
use hl7v2::charset::Charset;
use hl7v2::datatype::Hd;
use ihe_pix::iti8::Ends;
use ihe_pix::{FeedPolicy, Limits, iti8, iti9, iti10, iti21, iti22, iti30, iti64};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    let affinity = Hd::oid("1.2.3.4.2000");
    let mut policy = FeedPolicy::new([Hd::oid("1.2.3.4.1000"), affinity.clone()]);
    policy.management.switched_character_sets = true;
    let _ = iti8::decode(&message, &policy);
    if let Err(refusal) = iti9::decode(&message, &policy) {
        let answer = iti9::encode_response(&message, Err(&refusal));
        Message::parse(&answer).expect("our own answer parses");
    }
    let _ = iti9::decode_response(&message);
    if let Ok(feed) = iti30::decode(&message, &policy) {
        let _ = feed.into_actions();
    }
    if let Ok(told) = iti10::decode(&message, &Limits::default()) {
        let again = iti10::encode(&told, &Ends::default(), Charset::Utf8).expect("encodes");
        let again = Message::parse(&again).expect("our own message parses");
        let ids = iti10::decode(&again, &Limits::default()).expect("decodes").ids;
        assert_eq!(ids.len(), told.ids.len());
    }
    if let Ok(change) = iti64::decode(&message, &affinity, &Limits::default()) {
        iti64::encode(&change, &Ends::default(), Charset::Utf8).expect("encodes");
    }
    match iti22::decode(&message, &policy) {
        Err(refusal) => {
            let answer = iti22::encode_response(&message, Err(&refusal));
            Message::parse(&answer).expect("our own answer parses");
        }
        // One `@PID.3` is written as up to four parameters, of which there may be a hundred.
        Ok(query) if query.patient.ids.len() > 5 => {}
        Ok(query) => {
            let again = iti22::encode(&query, &iti8::Ends::default(), Charset::Utf8);
            let again = Message::parse(&again.expect("what was read can be asked")).expect("parses");
            let again = iti22::decode(&again, &policy).expect("our own query is served");
            assert!(again.patient == query.patient, "the same question");
        }
    }
    let _ = iti21::decode(&message, &policy);
    let _ = iti21::decode_cancel(&message);
    if let Ok(response) = iti21::decode_response(&message) {
        let answer = iti22::encode_response(&message, Ok(&response));
        Message::parse(&answer).expect("our own answer parses");
    }
});
