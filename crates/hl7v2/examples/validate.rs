//! Checks HL7 files, or the files of a folder: `cargo run --example validate -- --profile ss-mix2 DIR`

use hl7v2::ack::Problem;
use hl7v2::structure::{Profile, Report, check};
use hl7v2::{Message, ParseError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "validate [--profile auto|2.5|2.3.1|ss-mix2] FILE|FOLDER...

One line for each finding: file, place, code, severity, what to do. A folder is read with its folders.
auto (default) chooses by MSH-21 and MSH-12. Exit: 0 no errors, 1 errors found, 2 wrong use or nothing to read.";

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing has an error.
fn run(mut words: Vec<String>) -> Result<bool, String> {
    if words.iter().any(|word| word == "--help" || word == "-h") {
        println!("{HELP}");
        return Ok(true);
    }
    let mut profile = "auto".to_owned();
    if let Some(at) = words.iter().position(|word| word == "--profile") {
        profile = words.get(at + 1).cloned().unwrap_or_default();
        words.drain(at..(at + 2).min(words.len()));
    }
    let mut files = Vec::new();
    for word in &words {
        find(Path::new(word), &mut files).map_err(|error| format!("{word}: {error}"))?;
    }
    if files.is_empty() {
        return Err(HELP.to_owned());
    }
    let mut bad = 0;
    for file in &files {
        bad += usize::from(!file_is_good(file, &profile)?);
    }
    println!("{} files, {bad} not acceptable", files.len());
    Ok(bad == 0)
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    inside.sort();
    inside.iter().try_for_each(|path| find(path, files))
}

fn file_is_good(file: &Path, profile: &str) -> Result<bool, String> {
    let name = file.display();
    let bytes = std::fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    let report = match report(&bytes, profile)? {
        Ok(report) => report,
        Err(error) => {
            print(&name, &error.problem());
            println!("{name}: not a message");
            return Ok(false);
        }
    };
    for problem in report.findings() {
        print(&name, problem);
    }
    println!("{name}: {report}");
    Ok(report.is_acceptable())
}

fn report(bytes: &[u8], profile: &str) -> Result<Result<Report, ParseError>, String> {
    let message = match Message::parse(bytes) {
        Ok(message) => message,
        Err(error) => return Ok(Err(error)),
    };
    let profile = match profile {
        "auto" => Profile::of(&message),
        "2.5" => Profile::hl7_2_5(),
        "2.3.1" => Profile::hl7_2_3_1(),
        "ss-mix2" => Profile::ss_mix2(),
        other => return Err(format!("no profile {other:?}: auto, 2.5, 2.3.1 or ss-mix2")),
    };
    Ok(Ok(check(&message, &profile)))
}

fn print(file: &impl std::fmt::Display, problem: &Problem) {
    let place = problem.location.as_ref().map(ToString::to_string);
    println!(
        "{file}: {} {} {} {}",
        place.as_deref().unwrap_or("-"),
        problem.code.number(),
        problem.severity.as_str(),
        problem.diagnostic
    );
}
