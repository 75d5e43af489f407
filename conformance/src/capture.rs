//! `--capture DIR`: the raw bytes of every step, to be handed to a monitor. They hold whatever the endpoint answered.

use crate::run::Outcome;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

/// Bytes of one case that are written; what is more is left out and said.
const MOST: usize = 64 * 1024 * 1024;

/// Writes `CASE/NN-request.bin` and so on, and an `index.txt` that says what each is.
///
/// # Errors
/// The folder cannot be written.
pub fn write(folder: &Path, outcomes: &[Outcome]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for outcome in outcomes.iter().filter(|outcome| !outcome.steps.is_empty()) {
        let place = folder.join(&outcome.name);
        fs::create_dir_all(&place)?;
        let (verdict, reason) = crate::report::words(&outcome.verdict);
        let mut index = format!(
            "{}\n{}\n{}; {}\n{verdict} {reason}\n\n",
            outcome.name,
            outcome.proves,
            outcome.section,
            outcome.rules.join(", ")
        );
        let (mut number, mut left) = (0, MOST);
        for (at, step) in outcome.steps.iter().enumerate() {
            _ = writeln!(
                index,
                "step {}: {} ({} hold)",
                at + 1,
                step.title,
                step.held
            );
            for wrong in &step.wrong {
                _ = writeln!(index, "  wrong: {wrong}");
            }
            for evidence in &step.evidence {
                number += 1;
                let name = format!("{number:02}-{}.bin", evidence.kind);
                if evidence.bytes.len() > left {
                    _ = writeln!(index, "  {name}: {} bytes, left out", evidence.bytes.len());
                    continue;
                }
                left -= evidence.bytes.len();
                fs::write(place.join(&name), &evidence.bytes)?;
                _ = writeln!(
                    index,
                    "  {name}: {} bytes, peer {}",
                    evidence.bytes.len(),
                    evidence.peer
                );
            }
        }
        fs::write(place.join("index.txt"), index)?;
    }
    Ok(())
}
