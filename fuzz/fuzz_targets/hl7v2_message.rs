//! HL7 v2 message: every place of it is visited, and its own text parses to the same segments.
#![no_main]

use hl7v2::Message;
use hl7v2::ack::AckCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Message::parse(bytes) {
        Ok(message) => visit(&message),
        Err(reason) => {
            let answer = hl7v2::build::rejection_of_unparsable(&reason);
            Message::parse(&answer).expect("our own rejection parses");
        }
    }
});

fn visit(message: &Message) {
    for segment in message.segments() {
        for number in 0..=segment.field_count() {
            for repetition in segment.field(number).repetitions() {
                let component = repetition.component(1);
                let _ = (component.value(), component.subcomponent(2));
            }
        }
    }
    let _ = (
        message.header(),
        message.value("PID-3(2).4.2"),
        message.raw("MSH-9"),
    );
    let answer = hl7v2::build::acknowledgement(message, AckCode::Aa, &[]);
    Message::parse(&answer).expect("our own acknowledgement parses");
}
