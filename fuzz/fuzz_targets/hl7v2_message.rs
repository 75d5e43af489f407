//! HL7 v2 message: every place of it is visited, an unchanged message gives back its bytes, and edits by number keep text
//! and index in step.
#![no_main]

use hl7v2::ack::AckCode;
use hl7v2::{EditError, Message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Message::parse(bytes) {
        Ok(message) => {
            visit(&message);
            give_back(&message, bytes);
            edit(message, bytes);
        }
        Err(reason) => {
            let answer = hl7v2::build::rejection_of_unparsable(&reason);
            Message::parse(&answer).expect("our own rejection parses");
        }
    }
});

fn visit(message: &Message) {
    for segment in message.segments() {
        assert!(segment.sequence() >= 1);
        assert_eq!(segment.fields().count(), segment.field_count());
        for field in segment.fields() {
            for component in field.repetitions().flat_map(|one| one.components()) {
                let _ = (component.value(), component.subcomponents().count());
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

fn give_back(message: &Message, bytes: &[u8]) {
    assert_eq!(message.received().as_deref(), Some(bytes));
    if !message.tolerated().iter().any(|note| note.is_repair()) {
        assert_eq!(message.to_bytes().as_deref(), Ok(bytes));
    }
}

/// A few edits chosen by the input.
fn edit(mut message: Message, bytes: &[u8]) {
    for pair in bytes.as_chunks::<2>().0.iter().rev().take(4) {
        let [kind, number] = pair.map(usize::from);
        let position = number % (message.segment_count() + 1);
        let Some(name) = message
            .segments()
            .nth(position)
            .map(|segment| segment.name().to_owned())
        else {
            message
                .push_segment(&new_segment(&message))
                .expect("appending is allowed");
            continue;
        };
        let path = format!(
            "{name}-{}({}).{}",
            number % 7 + 3,
            number % 3 + 1,
            number % 2 + 1
        );
        let done = match kind % 5 {
            0 => message.set(&path, "a|b^c\rd"),
            1 => message.remove(&path),
            2 => message.insert_repetition(&format!("{name}-{}", number % 7 + 3), "x"),
            3 => message.insert_segment(position, &new_segment(&message)),
            _ => message.remove_segment(position),
        };
        assert!(!matches!(
            done,
            Err(EditError::InvalidPath | EditError::BadSegmentName)
        ));
        in_step(&message);
    }
}

fn new_segment(message: &Message) -> String {
    format!("ZZ9{}x", char::from(message.separators().field))
}

/// Each segment has as many fields as its own text.
fn in_step(message: &Message) {
    let field = char::from(message.separators().field);
    for segment in message.segments() {
        let header = matches!(segment.name(), "MSH" | "BHS" | "FHS");
        let separators = segment.field_count().saturating_sub(usize::from(header));
        assert_eq!(segment.raw().matches(field).count(), separators);
    }
}
