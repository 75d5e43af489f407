//! `run`: judges, prints each verdict as it comes, and says at the end what it adds up to.

use super::{Failure, actor, cases};
use clap::Args;
use ihe_conformance::actors::Actor;
use ihe_conformance::endpoint::Endpoint;
use ihe_conformance::run::{self, Outcome, Plan, Verdict, Watch};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct Run {
    /// What is judged: an endpoint file (TOML)
    #[arg(long, value_name = "FILE")]
    endpoint: PathBuf,
    /// Only this actor
    #[arg(long, value_parser = actor)]
    actor: Option<Actor>,
    /// Only cases that fit; `*` is anything; may be given more than once
    #[arg(long = "case", value_name = "GLOB")]
    cases: Vec<String>,
    /// Cases at a time
    #[arg(long, default_value_t = 8)]
    jobs: usize,
}

impl Run {
    pub(crate) fn main(&self) -> Result<ExitCode, Failure> {
        let endpoint = Endpoint::read(&self.endpoint)?;
        let cases = cases()?;
        let plan = Plan {
            actor: self.actor,
            cases: self.cases.clone(),
            jobs: self.jobs,
        };
        let outcomes = run::run(&cases, &endpoint, &plan, &Lines);
        let failed = outcomes
            .iter()
            .any(|outcome| matches!(outcome.verdict, Verdict::Fail(_)));
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// A line for each verdict.
struct Lines;

impl Watch for Lines {
    fn done(&self, outcome: &Outcome, count: usize, of: usize) {
        let (word, reason) = match &outcome.verdict {
            Verdict::Pass => ("pass", ""),
            Verdict::Fail(reason) => ("FAIL", reason.as_str()),
            Verdict::Warn(reason) => ("warn", reason.as_str()),
            Verdict::Skipped(reason) => ("skipped", reason.as_str()),
            Verdict::NotDeclared => ("not declared", ""),
        };
        println!("{count:>4}/{of} {word:<12} {}  {reason}", outcome.name);
    }
}
