//! Shows HL7 v2 messages as trees: `cargo run -p hl7v2 --example show_tree -- a.hl7`
//!
//! Values are shown unescaped as they are: this prints patient data.

use hl7v2::{Component, Field, Message, Presence, Repetition, Segment};
use std::process::ExitCode;

const HELP: &str = "\
Shows HL7 v2 messages as trees: segments, numbered fields, repetitions, components and subcomponents.
What is empty is left out; the HL7 null is shown as \"\".

    show_tree FILE..      one message in each file, in the character set it declares; - reads standard input
    show_tree --help";

fn main() -> ExitCode {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() || files.iter().any(|file| file == "--help" || file == "-h") {
        println!("{HELP}");
        return if files.is_empty() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    let failed = files.iter().filter(|file| !show_file(file)).count();
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Whether it could be shown.
fn show_file(file: &str) -> bool {
    let shown = read(file)
        .map_err(|error| error.to_string())
        .and_then(|bytes| {
            let message = Message::parse(&bytes).map_err(|error| error.to_string())?;
            print!("{}", tree(file, &message));
            Ok(())
        });
    shown.map_err(|error| eprintln!("{file}: {error}")).is_ok()
}

fn read(file: &str) -> std::io::Result<Vec<u8>> {
    if file != "-" {
        return std::fs::read(file);
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut bytes).map(|_| bytes)
}

fn tree(file: &str, message: &Message) -> String {
    let header = message.header();
    let mut out = format!(
        "{file}\n{}^{} {}, version {}, {} segments, {}\n",
        header.message_code,
        header.trigger_event,
        header.structure,
        header.version,
        message.segment_count(),
        message.charset(),
    );
    if !message.tolerated().is_empty() {
        out += &format!("tolerated: {:?}\n", message.tolerated());
    }
    message
        .segments()
        .for_each(|segment| show(segment, &mut out));
    out
}

fn show(segment: Segment<'_>, out: &mut String) {
    let name = segment.name();
    match segment.sequence() {
        1 => *out += &format!("{name}\n"),
        n => *out += &format!("{name}({n})\n"),
    }
    for (n, field) in segment.fields().enumerate() {
        show_field(&format!("{name}-{}", n + 1), field, out);
    }
}

fn show_field(path: &str, field: Field<'_>, out: &mut String) {
    // MSH-1 and MSH-2 are not split.
    let plain = field.raw().len() < 6 && ["MSH-1", "MSH-2"].contains(&path);
    if plain {
        line(2, path, field.raw(), out);
        return;
    }
    let repeats = field.repetitions().nth(1).is_some();
    for (n, repetition) in field.repetitions().enumerate() {
        let path = match repeats {
            true => format!("{path}({})", n + 1),
            false => path.to_owned(),
        };
        show_repetition(&path, repetition, out);
    }
}

fn show_repetition(path: &str, repetition: Repetition<'_>, out: &mut String) {
    if repetition.component_count() == 1 {
        return show_component(2, path, repetition.component(1), out);
    }
    *out += &format!("  {path}\n");
    for (n, component) in repetition.components().enumerate() {
        show_component(4, &format!("{path}.{}", n + 1), component, out);
    }
}

fn show_component(indent: usize, path: &str, component: Component<'_>, out: &mut String) {
    if matches!(component.presence(), Presence::Absent | Presence::Empty) {
        return;
    }
    if component.subcomponents().nth(1).is_none() {
        return line(indent, path, &component.value(), out);
    }
    *out += &format!("{:indent$}{path}\n", "");
    for (n, raw) in component.subcomponents().enumerate() {
        if !raw.is_empty() {
            line(indent + 2, &format!("{path}.{}", n + 1), raw, out);
        }
    }
}

/// One value; what would break the line is shown as an escape.
fn line(indent: usize, path: &str, value: &str, out: &mut String) {
    let safe: String = value
        .chars()
        .map(|c| {
            if c.is_control() {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect();
    *out += &format!("{:indent$}{path:<width$} {safe}\n", "", width = 18 - indent);
}
