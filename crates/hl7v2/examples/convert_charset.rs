//! Converts an HL7 message file to another character set and writes MSH-18 and MSH-20 anew:
//! `cargo run --example convert_charset -- --to iso-2022-jp in.hl7 out.hl7`

use hl7v2::charset::{Charset, Policy, Substitution};
use hl7v2::{Message, Separators};
use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;

const HELP: &str = "\
convert_charset --to SET [options] INPUT OUTPUT

SET is any name MSH-18 may have: iso-2022-jp, utf-8, shift_jis, 8859/2, 'GB 18030-2000', ..
Every changed character is listed by its place. OUTPUT must not exist yet.
  --strict           change no character: what SET does not have is an error
  --kanji-variants   write common variants of kanji SET does not have
  --replace C        at last write the character C
  --show             list the characters too (patient data)
  --help             this text";

struct Options {
    to: Charset,
    policy: Policy,
    show: bool,
    input: String,
    output: String,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, Box<dyn Error>> {
    let (mut to, mut policy, mut show, mut files) = (None, Policy::SPELL, false, Vec::new());
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--to" => {
                let name = value()?;
                let known = Charset::from_msh18(&name);
                to = Some(known.map_err(|error| format!("{name}: {error}"))?);
            }
            "--strict" => policy = Policy::REFUSE,
            "--kanji-variants" => policy.kanji_variants = true,
            "--replace" => policy.replacement = value()?.chars().next(),
            "--show" => show = true,
            option if option.starts_with("--") => return Err(format!("{option}?").into()),
            _ => files.push(argument),
        }
    }
    let [input, output] = <[String; 2]>::try_from(files).map_err(|_| "needs INPUT and OUTPUT")?;
    Ok(Options {
        to: to.ok_or("needs --to SET")?,
        policy,
        show,
        input,
        output,
    })
}

/// The text with MSH-18 and MSH-20 of the new set.
fn announced(text: &str, separators: &Separators, charset: Charset) -> String {
    let end = text.find(['\r', '\n']).unwrap_or(text.len());
    let (header, rest) = text.split_at(end);
    let field = char::from(separators.field);
    let mut fields: Vec<&str> = header.split(field).collect();
    let repetition = char::from(separators.repetition).to_string();
    let names = charset.msh18().replace('~', &repetition);
    for (number, value) in [(18, names.as_str()), (20, charset.msh20())] {
        if fields.len() < number && !value.is_empty() {
            fields.resize(number, "");
        }
        // MSH-1 is the separator itself, so MSH-n is the n-th part.
        if let Some(place) = fields.get_mut(number - 1) {
            *place = value;
        }
    }
    fields.join(&field.to_string()) + rest
}

/// `PID-5 of line 3` for every offset, in one pass; the offsets ascend.
fn places(text: &str, field: char, offsets: impl Iterator<Item = usize>) -> Vec<String> {
    let (mut name, mut number, mut line) = ("", 0, 0);
    let mut characters = text.char_indices().peekable();
    let mut fresh = true;
    let mut found = Vec::new();
    for offset in offsets {
        while let Some((at, character)) = characters.next_if(|(at, _)| *at <= offset) {
            if fresh {
                name = text.get(at..at + 3).unwrap_or("?");
                number = usize::from(name == "MSH");
                line += 1;
            }
            fresh = matches!(character, '\r' | '\n');
            number += usize::from(character == field);
        }
        found.push(format!("{name}-{number} of line {line}"));
    }
    found
}

fn list(text: &str, field: char, changes: &[Substitution], show: bool) {
    let places = places(text, field, changes.iter().map(|change| change.at));
    for (place, change) in places.iter().zip(changes) {
        match show {
            true => println!("{place}: {} -> {}", change.from, change.to()),
            false => println!("{place}"),
        }
    }
}

fn convert(options: &Options) -> Result<(), Box<dyn Error>> {
    let message = Message::parse(&std::fs::read(&options.input)?)?;
    let field = char::from(message.separators().field);
    let text = announced(message.text(), &message.separators(), options.to);
    let encoded = options
        .to
        .encode_with(&text, &options.policy)
        .map_err(|error| {
            let place = places(&text, field, std::iter::once(error.offset)).join("");
            format!("{place}: {} does not have the character", error.charset)
        })?;
    let mut output = OpenOptions::new();
    let mut output = output.write(true).create_new(true).open(&options.output)?;
    output.write_all(&encoded.bytes)?;
    list(&text, field, &encoded.substitutions, options.show);
    let (from, to) = (message.charset(), options.to);
    let changes = encoded.substitutions.len();
    println!("{from} to {to}, {changes} characters changed");
    Ok(())
}

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--help") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let done = options(std::env::args().skip(1)).and_then(|options| convert(&options));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("convert_charset: {error}");
            ExitCode::FAILURE
        }
    }
}
