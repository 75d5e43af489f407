//! Prints the segments, fields and components of HL7 files: `cargo run --example show_tree -- a.hl7`

use hl7v2::{Message, Segment};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    for file in std::env::args().skip(1) {
        let message = Message::parse(&std::fs::read(&file)?).map_err(|e| format!("{file}: {e}"))?;
        println!(
            "{file}: {}, tolerated {:?}",
            message.charset(),
            message.tolerated()
        );
        message.segments().for_each(show);
    }
    Ok(())
}

fn show(segment: Segment<'_>) {
    println!("{} ({})", segment.name(), segment.sequence());
    for n in 1..=segment.field_count() {
        for (at, one) in segment.field(n).repetitions().enumerate() {
            let count = one.component_count();
            let values: Vec<_> = (1..=count).map(|n| one.component(n).value()).collect();
            println!(
                "  {}-{n}({}): {}",
                segment.name(),
                at + 1,
                values.join(" | ")
            );
        }
    }
}
