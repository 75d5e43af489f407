//! Reads every message file under the given folders and writes it again: the bytes must be the received ones, or, where the
//! text had to be repaired, read back as the same text. It also says for how many files the text *encoded anew* gives the
//! received bytes (a segment is inserted and removed again first, so that no kept bytes are used).
//!
//! `cargo run -p hl7v2 --example round_trip -- DIR..` Ends with 1 if a folder is missing, holds no message, or a file fails.

use hl7v2::Message;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if folders.is_empty() {
        eprintln!("NOTHING WAS CHECKED: name at least one folder or file");
        return ExitCode::FAILURE;
    }
    let failed: usize = folders.iter().map(|folder| check_folder(folder)).sum();
    match failed {
        0 => ExitCode::SUCCESS,
        failed => {
            eprintln!("{failed} FAILED");
            ExitCode::FAILURE
        }
    }
}

/// How many files failed; a folder without messages is one failure.
fn check_folder(folder: &Path) -> usize {
    let (mut exact, mut anew, mut repaired, mut other, mut failed) = (0, 0, 0, 0, 0);
    for file in files(folder) {
        match std::fs::read(&file).map(|bytes| check(&bytes)) {
            Ok(Verdict::Exact { encoded_anew }) => {
                exact += 1;
                anew += usize::from(encoded_anew);
                if !encoded_anew {
                    println!(
                        "{}: equal, but other bytes when encoded anew",
                        file.display()
                    );
                }
            }
            Ok(Verdict::Repaired(why)) => {
                repaired += 1;
                println!("{}: repaired, {why}", file.display());
            }
            Ok(Verdict::NoMessage(why)) => {
                other += 1;
                println!("{}: not a message, {why}", file.display());
            }
            Ok(Verdict::Failed(why)) => {
                failed += 1;
                println!("{}: FAILED, {why}", file.display());
            }
            Err(error) => {
                failed += 1;
                println!("{}: FAILED, {error}", file.display());
            }
        }
    }
    println!(
        "{}: {exact} equal byte for byte ({anew} of them also encoded anew), {repaired} repaired and canonical, {other} not messages, {failed} failed",
        folder.display()
    );
    if exact + repaired == 0 {
        eprintln!(
            "NOT CHECKED: {} is missing or holds no message",
            folder.display()
        );
        return failed + 1;
    }
    failed
}

enum Verdict {
    Exact { encoded_anew: bool },
    Repaired(String),
    NoMessage(String),
    Failed(String),
}

fn check(bytes: &[u8]) -> Verdict {
    let holds_message = bytes.windows(4).any(|four| four == b"MSH|");
    let message = match Message::parse(bytes) {
        Ok(message) => message,
        Err(error) if holds_message => return Verdict::Failed(error.to_string()),
        Err(error) => return Verdict::NoMessage(error.to_string()),
    };
    if message.received().as_deref() != Some(bytes) {
        return Verdict::Failed("the received bytes are lost".into());
    }
    let again = match message.to_bytes() {
        Ok(again) => again,
        Err(error) => return Verdict::Failed(error.to_string()),
    };
    if again == bytes {
        return Verdict::Exact {
            encoded_anew: encoded_anew(message).as_deref() == Some(bytes),
        };
    }
    let repaired = message.tolerated().iter().any(|note| note.is_repair());
    match Message::parse(&again) {
        Ok(read) if repaired && read.text() == message.text() => {
            Verdict::Repaired(format!("{:?}", message.tolerated()))
        }
        _ => Verdict::Failed("other bytes than received".into()),
    }
}

fn encoded_anew(mut message: Message) -> Option<Vec<u8>> {
    message.insert_segment(1, &new_segment(&message)).ok()?;
    message.remove_segment(1).ok()?;
    message.to_bytes().ok()
}

fn new_segment(message: &Message) -> String {
    format!("ZZZ{}", char::from(message.separators().field))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return if folder.is_file() {
            vec![folder.to_owned()]
        } else {
            Vec::new()
        };
    };
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.sort();
    let under = |path: PathBuf| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    };
    found.into_iter().flat_map(under).collect()
}
