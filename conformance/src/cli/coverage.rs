//! `coverage`.

use super::{Failure, cases};
use clap::Args;
use ihe_conformance::coverage::{self, LOCK, Scan};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Coverage {
    /// Every rule with its words and all that shows it
    #[arg(long)]
    all: bool,
    /// Keep what is reached in coverage.lock, losses too
    #[arg(long)]
    write: bool,
    /// The project's sources, whose tests count
    #[arg(long, default_value = ".")]
    workspace: PathBuf,
}

impl Coverage {
    pub(crate) fn main(&self) -> Result<ExitCode, Failure> {
        let scan = Scan::of(&self.workspace).map_err(|error| {
            let workspace = self.workspace.display();
            format!("{workspace} is not the project's source folder (--workspace): {error}")
        })?;
        let cases: Vec<_> = cases()?
            .into_iter()
            .map(|case| (case.name, case.rules))
            .collect();
        let found = coverage::Coverage::new(coverage::rules(), &cases, scan);
        let shown = if self.all {
            coverage::listing
        } else {
            coverage::table
        };
        print!("{}", shown(&found));
        found.faults.iter().for_each(|fault| println!("{fault}"));
        let lost = self.compared(&found)?;
        Ok(ExitCode::from(u8::from(lost || !found.faults.is_empty())))
    }

    /// Writes the lock or tells what is otherwise than it says; whether anything was lost.
    fn compared(&self, found: &coverage::Coverage) -> Result<bool, Failure> {
        if self.write {
            coverage::write(&self.workspace, found)?;
            println!("{LOCK} is written");
            return Ok(false);
        }
        let lock = fs::read_to_string(self.workspace.join(LOCK)).map_err(|error| {
            format!("{LOCK}: {error}; `ihe-conformance coverage --write` makes it")
        })?;
        let changes = coverage::changes(&lock, found);
        changes.iter().for_each(|change| println!("{change}"));
        Ok(changes.iter().any(coverage::Change::is_loss))
    }
}
