//! `run`: judges, prints what is no pass as it comes, and says at the end what it adds up to.

use super::{Failure, actor, cases};
use clap::Args;
use ihe_conformance::actors::Actor;
use ihe_conformance::capture;
use ihe_conformance::endpoint::Endpoint;
use ihe_conformance::expected::{Expected, Surprise};
use ihe_conformance::report::{self, Progress};
use ihe_conformance::run::{self, Plan};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

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
    /// Clients without a trigger: ask you to make them act (one case at a time)
    #[arg(long)]
    operator: bool,
    /// Cases at a time
    #[arg(long, default_value_t = 8)]
    jobs: usize,
    /// What is known to fail, with reasons (default: expected-failures/NAME.toml beside the endpoint file, if it is there)
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
    /// A line for each pass as well
    #[arg(long)]
    verbose: bool,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page for people
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the raw bytes of every step. They hold what the endpoint answers: use test patients only
    #[arg(long, value_name = "DIR")]
    capture: Option<PathBuf>,
}

/// How a report is written.
type Written = fn(&report::Run<'_>) -> String;

impl Run {
    pub(crate) fn main(&self) -> Result<ExitCode, Failure> {
        let mut endpoint = Endpoint::read(&self.endpoint)?;
        endpoint.operator = self.operator;
        let expected = self.expected(&endpoint)?;
        let cases = cases()?;
        let plan = Plan {
            actor: self.actor,
            cases: self.cases.clone(),
            jobs: if self.operator { 1 } else { self.jobs },
            evidence: self.capture.is_some(),
        };
        if plan.chosen(&cases).is_empty() {
            return Err(Failure::from(
                "no case fits: `ihe-conformance list` names them",
            ));
        }
        if let Some(folder) = &self.capture {
            eprintln!(
                "warning: {} will hold all that the endpoint answers; never run this where real patients are known",
                folder.display()
            );
        }
        let began = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let start = Instant::now();
        let outcomes = run::run(&cases, &endpoint, &plan, &Progress::new(self.verbose));
        let run = report::Run {
            endpoint: &endpoint,
            outcomes: &outcomes,
            expected: &expected,
            began,
            seconds: start.elapsed().as_secs_f64(),
        };
        print!("{}", report::summary(&run));
        self.write(&run)?;
        let whole = self.actor.is_none() && self.cases.is_empty();
        let surprises = expected.surprises(&outcomes, whole);
        // A failure was said when it came.
        for surprise in surprises
            .iter()
            .filter(|surprise| !matches!(surprise, Surprise::Fails(_)))
        {
            println!("unexpected: {surprise}");
        }
        Ok(if surprises.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn expected(&self, endpoint: &Endpoint) -> Result<Expected, Failure> {
        if let Some(file) = &self.expected {
            return Ok(Expected::read(file)?);
        }
        let beside = self
            .endpoint
            .parent()
            .unwrap_or(Path::new("."))
            .join("expected-failures")
            .join(format!("{}.toml", endpoint.name));
        match beside.exists() {
            true => Ok(Expected::read(&beside)?),
            false => Ok(Expected::default()),
        }
    }

    fn write(&self, run: &report::Run<'_>) -> Result<(), Failure> {
        let reports: [(&Option<PathBuf>, Written); 3] = [
            (&self.junit, report::junit),
            (&self.json, report::json),
            (&self.html, report::html),
        ];
        for (file, report) in reports {
            if let Some(file) = file {
                std::fs::write(file, report(run))
                    .map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        if let Some(folder) = &self.capture {
            capture::write(folder, run.outcomes)
                .map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        Ok(())
    }
}
