//! Every sample of `tests/corpus` is read as its `.expect` file says. `CORPUS_UPDATE=1` writes what was found.

use hl7v2::Message;
use hl7v2::batch::{Item, Reader};
use hl7v2::charset::Charset;
use hl7v2::path::Path as Address;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Keys that `CORPUS_UPDATE` writes; everything else in an `.expect` file is written by people.
const MEASURED: [&str; 6] = [
    "outcome",
    "charset",
    "segments",
    "tolerated",
    "items",
    "problems",
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn samples() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for kind in ["standard", "legacy", "malformed", "vendor"] {
        let entries = fs::read_dir(folder().join(kind)).unwrap();
        found.extend(
            entries
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "hl7")),
        );
    }
    found.sort();
    found
}

/// The lines `key = value` of an `.expect` file.
fn expected(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect()
}

fn measured(bytes: &[u8], as_batch: bool) -> Vec<(String, String)> {
    let found = match as_batch {
        true => batch(bytes),
        false => message(bytes),
    };
    found
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn message(bytes: &[u8]) -> Vec<(&'static str, String)> {
    match Message::parse(bytes) {
        Err(error) => vec![("outcome", format!("{error:?}"))],
        Ok(message) => {
            let names: Vec<_> = message.segments().map(|segment| segment.name()).collect();
            let notes: Vec<_> = message
                .tolerated()
                .iter()
                .map(|note| format!("{note:?}"))
                .collect();
            vec![
                ("outcome", "ok".to_owned()),
                ("charset", message.charset().to_string()),
                ("segments", names.join(" ")),
                ("tolerated", notes.join(" ")),
            ]
        }
    }
}

fn batch(bytes: &[u8]) -> Vec<(&'static str, String)> {
    let (mut items, mut problems) = (Vec::new(), Vec::new());
    for item in Reader::new(bytes) {
        match item.unwrap() {
            Item::Problem(problem) => {
                problems.push(("problems", format!("{} {}", problem.offset, problem.kind)));
            }
            Item::Message(found) => {
                let segments = found
                    .parse()
                    .map_or(0, |message| message.segments().count());
                items.push(format!("Message({segments})"));
            }
            Item::FileHeader(_) => items.push("FHS".to_owned()),
            Item::BatchHeader(_) => items.push("BHS".to_owned()),
            Item::BatchTrailer(_) => items.push("BTS".to_owned()),
            Item::FileTrailer(_) => items.push("FTS".to_owned()),
            other => panic!("{other:?}"),
        }
    }
    let mut found = vec![("items", items.join(" "))];
    found.extend(problems);
    found
}

/// A value with its control characters written as `\u{d}`, as `.expect` files have them.
fn shown(value: &str) -> String {
    let mut out = String::new();
    for character in value.chars() {
        match character.is_control() {
            true => out.extend(character.escape_unicode()),
            false => out.push(character),
        }
    }
    out
}

/// What differs, one line each.
fn differences(sample: &Path) -> Vec<String> {
    let bytes = fs::read(sample).unwrap();
    let beside = sample.with_extension("expect");
    let text = fs::read_to_string(&beside).unwrap();
    let expected = expected(&text);
    let as_batch = expected.contains(&("read".to_owned(), "batch".to_owned()));
    let measured = measured(&bytes, as_batch);
    if std::env::var_os("CORPUS_UPDATE").is_some() {
        fs::write(&beside, updated(&text, &measured)).unwrap();
        return Vec::new();
    }
    let mut found = Vec::new();
    let wanted: Vec<_> = expected
        .iter()
        .filter(|(key, _)| MEASURED.contains(&key.as_str()))
        .cloned()
        .collect();
    if wanted != measured {
        found.push(format!("expected {wanted:?}, found {measured:?}"));
    }
    let message = Message::parse(&bytes).ok();
    for (key, value) in expected {
        if Address::parse(&key).is_ok() {
            let read = message
                .as_ref()
                .and_then(|message| message.value(&key))
                .map(|read| shown(&read));
            if read.as_deref() != Some(&value) {
                found.push(format!("{key}: expected {value:?}, found {read:?}"));
            }
        } else if key != "read" && !MEASURED.contains(&key.as_str()) {
            found.push(format!("{key}: neither a key nor an address"));
        }
    }
    found
}

/// The file with its measured lines replaced: comment and `read` first, then these, then the values.
fn updated(text: &str, measured: &[(String, String)]) -> String {
    let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let kept = text
        .lines()
        .filter(|line| !MEASURED.contains(&key(line).as_str()));
    let (values, head): (Vec<_>, Vec<_>) =
        kept.partition(|line| Address::parse(&key(line)).is_ok());
    let mut out = String::new();
    for line in head {
        writeln!(out, "{line}").unwrap();
    }
    for (key, value) in measured {
        writeln!(out, "{}", format!("{key} = {value}").trim_end()).unwrap();
    }
    for line in values {
        writeln!(out, "{line}").unwrap();
    }
    out
}

#[test]
fn every_sample_is_read_as_expected() {
    let samples = samples();
    let mut report = String::new();
    for sample in &samples {
        let name = sample.strip_prefix(folder()).unwrap().display().to_string();
        for difference in differences(sample) {
            writeln!(report, "{name}: {difference}").unwrap();
        }
    }
    assert!(samples.len() >= 80, "only {} samples", samples.len());
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn every_sample_has_a_row_in_the_readme() {
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for sample in samples() {
        let name = sample.strip_prefix(folder()).unwrap().with_extension("");
        let row = format!("| {} |", name.display().to_string().replace('\\', "/"));
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn every_message_of_the_corpus_is_read_alike_alone_and_in_a_batch() {
    for sample in samples() {
        let bytes = fs::read(&sample).unwrap();
        let Ok(alone) = Message::parse(&bytes) else {
            continue;
        };
        let envelope = ["BTS", "FTS", "BHS", "FHS"];
        let one = alone.segments_named("MSH").count() == 1;
        // Lines of two bytes a character are not found before decoding: a batch of them is refused.
        let wide = matches!(alone.charset(), Charset::Utf16 | Charset::Utf32);
        if !one
            || wide
            || alone
                .segments()
                .any(|segment| envelope.contains(&segment.name()))
        {
            continue;
        }
        let found = Reader::new(&bytes[..]).find_map(|item| match item.unwrap() {
            Item::Message(found) => Some(found),
            _ => None,
        });
        let raw = |message: &Message| {
            let all = message.segments().map(|segment| segment.raw().to_owned());
            all.collect::<Vec<_>>()
        };
        let read = found.unwrap().parse().unwrap();
        assert_eq!(raw(&read), raw(&alone), "{}", sample.display());
    }
}

#[test]
fn one_field_of_eight_megabytes_is_a_field() {
    let mut bytes = b"MSH|^~\\&|A|B|C|D|2026||MDM^T02|big|P|2.5\rOBX|1|ED|PDF||".to_vec();
    let start = bytes.len();
    bytes.resize(start + (8 << 20), b'A');
    bytes.extend_from_slice(b"||||||F\r");
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.raw("OBX-5").map(str::len), Some(8 << 20));
    assert_eq!(message.raw("OBX-11"), Some("F"));
}
