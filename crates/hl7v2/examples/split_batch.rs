//! Lists a batch file of any size, or writes each of its messages into a file: `cargo run --example split_batch -- --help`

use hl7v2::batch::{Found, Item, Options, Reader};
use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

const HELP: &str = "\
Usage: split_batch [--strict] [--into FOLDER] FILE...

Lists what batch files hold (HL7 v2.5 section 2.10.3): one line for each envelope segment and message with its byte offset,
and every problem. Files without envelope, with MLLP frames or with 0x1C at the end are read too. No patient data is printed.

  --into FOLDER  write each message to FOLDER/NAME-NUMBER.hl7, NAME being that of the file
  --strict       stop at the first problem of a file
  --help         this text

Ends with 1 if a file has a problem.";

#[derive(Default)]
struct Arguments {
    into: Option<PathBuf>,
    options: Options,
    files: Vec<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = arguments()? else {
        println!("{HELP}");
        return Ok(());
    };
    let mut problems = 0;
    for file in &arguments.files {
        problems += list(file, &arguments).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    std::process::exit(i32::from(problems > 0));
}

fn arguments() -> Result<Option<Arguments>, Box<dyn Error>> {
    let mut found = Arguments::default();
    let mut given = std::env::args_os().skip(1);
    while let Some(argument) = given.next() {
        match argument.to_str() {
            Some("--help" | "-h") => return Ok(None),
            Some("--strict") => found.options.strict = true,
            Some("--into") => {
                found.into = Some(given.next().ok_or("--into needs a folder")?.into())
            }
            Some(unknown) if unknown.starts_with("--") => {
                return Err(format!("unknown option {unknown}; see --help").into());
            }
            _ => found.files.push(argument.into()),
        }
    }
    Ok((!found.files.is_empty()).then_some(found))
}

/// Prints what a file holds; the number of problems in it.
fn list(file: &Path, arguments: &Arguments) -> Result<usize, Box<dyn Error>> {
    println!("{}", file.display());
    let mut problems = 0;
    for item in Reader::with_options(File::open(file)?, arguments.options) {
        match item? {
            Item::FileHeader(header) => println!("{:>12} FHS {}", header.offset, header.name),
            Item::BatchHeader(header) => println!("{:>12} BHS {}", header.offset, header.name),
            Item::Message(found) => message(&found, file, arguments)?,
            Item::BatchTrailer(trailer) => println!("{:>12} BTS", trailer.offset),
            Item::FileTrailer(trailer) => println!("{:>12} FTS", trailer.offset),
            Item::Problem(problem) => {
                problems += 1;
                println!("{:>12} problem: {}", problem.offset, problem.kind);
            }
            _ => {}
        }
    }
    Ok(problems)
}

fn message(found: &Found, file: &Path, arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let kind = match found.parse() {
        Ok(message) => {
            let header = message.header();
            format!("{}^{}", header.message_code, header.trigger_event)
        }
        Err(error) => error.to_string(),
    };
    let (offset, number) = (found.offset, found.number);
    println!(
        "{offset:>12} MSH {number}: {kind}, {} bytes",
        found.bytes.len()
    );
    if let Some(folder) = &arguments.into {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{name}-{number}.hl7")), &found.bytes)?;
    }
    Ok(())
}
