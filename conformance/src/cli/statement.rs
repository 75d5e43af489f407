//! `integration-statement`.

use super::Failure;
use clap::Args;
use ihe_conformance::statement::{self, Results};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Statement {
    /// What `run --json` wrote, of a run of all cases
    results: PathBuf,
    /// A page instead of Markdown
    #[arg(long)]
    html: bool,
}

impl Statement {
    pub(crate) fn main(&self) -> Result<ExitCode, Failure> {
        let named = |error: &dyn std::fmt::Display| {
            format!(
                "{}: {error} (`run --json` writes such a file)",
                self.results.display()
            )
        };
        let text = std::fs::read_to_string(&self.results).map_err(|error| named(&error))?;
        let results: Results = serde_json::from_str(&text).map_err(|error| named(&error))?;
        match self.html {
            true => print!("{}", statement::html(&results)),
            false => print!("{}", statement::markdown(&results)),
        }
        Ok(ExitCode::SUCCESS)
    }
}
