//! An audit message of 1.8 KB read and written, beside its limits and its peers, in one run.
//!
//! `cargo bench -p ihe-atna --features yaserde --bench audit_message [-- ROUNDS]`. Limits: the bare
//! events and attributes of quick-xml, and a copy of the bytes. Peer: yaserde over the same model.
//! Medians of the rounds, interleaved; processor time (Linux: /proc/thread-self/schedstat).

use std::hint::black_box;
use std::time::Duration;

use ihe_atna::{AuditMessage, Human, Participant, ParticipantObject, Side, TransactionEvent};
use ihe_atna::{Coded, transactions};
use quick_xml::Reader;
use quick_xml::events::Event;

const BATCH: u128 = 1_000;
const ROUND: Duration = Duration::from_millis(60);
const READ_GOAL: Duration = Duration::from_micros(12);
const WRITE_GOAL: Duration = Duration::from_micros(3);

/// A PIX query by a person: 1.8 KB.
fn message() -> AuditMessage {
    let row = &transactions::ITI_9;
    let qpd =
        b"QPD|IHE PIX Query|QRY-20261121-000042|12345678^^^CLINIC&1.2.392.200119.6.105.42&ISO^PI";
    let event = TransactionEvent {
        source: Participant::new("CLINIC|CONSUMER", "10.20.30.40", true),
        destination: Participant::new("REGION|PIXMANAGER", "pix.example", false),
        human: Some(Human {
            user_id: "yamada".to_owned(),
            user_name: Some("alias<yamada@https://idp.example>".to_owned()),
            role: Some(Coded::new("112247003", "SNOMED", "Medical doctor")),
        }),
        purpose_of_use: Some(Coded::new("TREATMENT", "1.3.6.1.4.1.21367", "Treatment")),
        objects: vec![
            ParticipantObject::patient("12345678^^^CLINIC&1.2.392.200119.6.105.42&ISO^PI"),
            row.query("QRY-20261121-000042", qpd),
        ],
        ..TransactionEvent::of(row, Side::Source)
    };
    event.into_message()
}

fn bare_events(xml: &str) -> usize {
    let mut reader = Reader::from_str(xml);
    let mut found = 0;
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) | Event::Empty(start) => {
                for attribute in start.attributes() {
                    found += attribute.expect("an attribute").value.len();
                }
            }
            Event::Text(text) => found += text.len(),
            Event::Eof => return found,
            _ => {}
        }
    }
}

type Work<'a> = (&'static str, Box<dyn Fn() -> usize + 'a>);

fn works<'a>(message: &'a AuditMessage, xml: &'a str) -> Vec<Work<'a>> {
    let read = |read: AuditMessage| read.objects.len();
    vec![
        (
            "limit: copy of the bytes",
            Box::new(move || black_box(xml.to_owned()).len()),
        ),
        (
            "limit: quick-xml events and attributes",
            Box::new(move || bare_events(xml)),
        ),
        (
            "read",
            Box::new(move || read(AuditMessage::from_xml(xml).expect("readable"))),
        ),
        ("write", Box::new(move || message.to_xml().len())),
        #[cfg(feature = "yaserde")]
        (
            "peer: yaserde read",
            Box::new(move || read(yaserde::de::from_str(xml).expect("readable"))),
        ),
        #[cfg(feature = "yaserde")]
        (
            "peer: yaserde write",
            Box::new(move || yaserde::ser::to_string(message).expect("written").len()),
        ),
    ]
}

/// Processor time of this thread, so that other work on the machine does not count.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("schedstat");
    let first = text.split(' ').next().expect("a field");
    Duration::from_nanos(first.parse().expect("nanoseconds"))
}

/// One call, in picoseconds: the kernel counts in ticks of some milliseconds, so a round is long.
fn timed(work: &dyn Fn() -> usize) -> u128 {
    let (begin, mut calls) = (processor(), 0);
    loop {
        for _ in 0..BATCH {
            black_box(work());
        }
        calls += BATCH;
        let spent = processor() - begin;
        if spent >= ROUND {
            return spent.as_nanos() * 1000 / calls;
        }
    }
}

fn main() {
    let rounds = std::env::args()
        .find_map(|word| word.parse().ok())
        .unwrap_or(31);
    let message = message();
    let xml = message.to_xml();
    let works = works(&message, &xml);
    let mut times = vec![Vec::new(); works.len()];
    for _ in 0..rounds {
        for ((_, work), times) in works.iter().zip(&mut times) {
            times.push(timed(work));
        }
    }
    println!(
        "{} bytes, median of {rounds} rounds of {ROUND:?}",
        xml.len()
    );
    for ((name, _), mut times) in works.iter().zip(times) {
        times.sort_unstable();
        let median = times[times.len() / 2];
        let goal = match *name {
            "read" => format!("  (goal {READ_GOAL:?})"),
            "write" => format!("  (goal {WRITE_GOAL:?})"),
            _ => String::new(),
        };
        let micros = |picos: u128| picos as f64 / 1e6;
        let (median, fastest) = (micros(median), micros(times[0]));
        println!("{name:40} {median:8.3} us  fastest {fastest:8.3} us{goal}");
    }
}
