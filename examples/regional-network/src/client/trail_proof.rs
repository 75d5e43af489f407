//! `audit verify`, `audit checkpoint`, `audit prove`: that nobody changed the trail.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use ihe_atna::{Checkpoint, last_checkpoint};

use crate::config::Audit;
use crate::domain::audit;
use crate::failure::{Context, Result};
use crate::lock::Lock;
use crate::shown;

/// Reads all of it
pub(crate) fn verify(data: &Path, filed: Option<&Path>) -> Result<ExitCode> {
    let filed = filed.map(read).transpose()?;
    let shows = std::io::stderr().is_terminal();
    let progress = |done: u64, all: u64| {
        if shows && all > 0 {
            let _ = write!(
                std::io::stderr(),
                "\r{:3} %",
                done.saturating_mul(100) / all
            );
        }
    };
    let folder = audit::trail_folder(data);
    let report = ihe_atna::verify(&folder, &audit::key(data)?, filed.as_ref(), progress);
    let report = report.context(folder.display())?;
    if shows {
        eprintln!("\r     ");
    }
    println!("{report}");
    if report.is_sound() {
        println!(
            "sound; {} records at the end are not proven yet",
            report.unproven()
        );
        return Ok(ExitCode::SUCCESS);
    }
    println!("NOT SOUND");
    Ok(ExitCode::FAILURE)
}

/// Beside a running `serve` the last one it signed; else one over all there is
pub(crate) async fn checkpoint(data: &Path) -> Result<()> {
    let folder = audit::trail_folder(data);
    audit::exists(data)?;
    let checkpoint = match Lock::try_take(data)? {
        None => last_checkpoint(&folder).context(folder.display())?,
        Some(_lock) => {
            let trail = audit::open_trail(data, &Audit::default()).await?;
            let signed = trail.checkpoint().await.context(folder.display())?;
            trail.close().await.context(folder.display())?;
            Some(signed)
        }
    };
    let checkpoint = checkpoint.context("nothing was signed yet: try again in a minute")?;
    print!("{checkpoint}");
    Ok(())
}

/// Says what the record is, and writes what others need to check it
pub(crate) fn prove(
    data: &Path,
    sequence: u64,
    filed: Option<&Path>,
    output: Option<&Path>,
) -> Result<()> {
    let folder = audit::trail_folder(data);
    let checkpoint = match filed {
        Some(path) => read(path)?,
        None => last_checkpoint(&folder)
            .context(folder.display())?
            .context("nothing was signed yet: try again in a minute")?,
    };
    checkpoint
        .check(&audit::key(data)?)
        .context("the checkpoint")?;
    let (proof, kept) = ihe_atna::prove(&folder, sequence, &checkpoint).context("proving")?;
    let record = &kept.record;
    println!(
        "record {sequence}, received {} from {}",
        record.received,
        shown::safe(&record.peer)
    );
    println!("{}", shown::safe(&String::from_utf8_lossy(&record.raw)));
    println!(
        "proven: it was in the trail at checkpoint {} of {}",
        checkpoint.number, checkpoint.time
    );
    if let Some(output) = output {
        fs::create_dir_all(output).context(output.display())?;
        let files = [
            ("record", kept.to_bytes()),
            ("proof", proof.to_string().into_bytes()),
            ("checkpoint", checkpoint.to_string().into_bytes()),
        ];
        for (name, bytes) in files {
            fs::write(output.join(name), bytes).context(output.join(name).display())?;
        }
        println!("written to {}", output.display());
    }
    Ok(())
}

fn read(path: &Path) -> Result<Checkpoint> {
    let text = fs::read_to_string(path).context(path.display())?;
    Checkpoint::parse(&text).context(path.display())
}
