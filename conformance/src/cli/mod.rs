//! The commands.

mod coverage;
mod endpoint;
mod list;
mod load;
mod make_ca;
mod run;
mod statement;

use clap::{Parser, Subcommand};
use ihe_conformance::actors::Actor;
use ihe_conformance::case::{self, Case};
use std::process::ExitCode;

/// Judges IHE actors by their bytes: point it at a port, get a verdict with the section that was broken.
#[derive(Parser)]
#[command(name = "ihe-conformance", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge a system
    Run(run::Run),
    /// The cases, by actor
    List(list::List),
    /// What a case sends, expects, and which section and rules it comes from
    Explain(list::Explain),
    /// Throughput and latency of an actor
    Load(load::Load),
    /// The IHE Integration Statement of what passed
    IntegrationStatement(statement::Statement),
    /// Which rule is shown by which case or test
    Coverage(coverage::Coverage),
    /// A test authority with good, expired, revoked and foreign certificates
    MakeCa(make_ca::MakeCa),
    /// Print the endpoint file of a running `regional-network serve`
    Endpoint(endpoint::Endpoint),
}

/// What went wrong, in one line that says what to do.
pub(crate) struct Failure(String);

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure(error.to_string())
    }
}

/// Exit codes: 0 all as expected, 1 a verdict is not, 2 it could not be run.
pub(crate) fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::Run(run) => run.main(),
        Command::List(list) => list.main(),
        Command::Explain(explain) => explain.main(),
        Command::Load(load) => load.main(),
        Command::IntegrationStatement(statement) => statement.main(),
        Command::Coverage(coverage) => coverage.main(),
        Command::MakeCa(make_ca) => make_ca.main(),
        Command::Endpoint(endpoint) => endpoint.main(),
    };
    ended.unwrap_or_else(|Failure(what)| {
        eprintln!("ihe-conformance: {what}");
        ExitCode::from(2)
    })
}

/// The suite's cases; a fault among them is a fault of this build.
pub(crate) fn cases() -> Result<Vec<Case>, Failure> {
    case::all().map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Failure(lines.join("\n"))
    })
}

/// For clap.
pub(crate) fn actor(name: &str) -> Result<Actor, String> {
    Actor::named(name).ok_or_else(|| {
        let known: Vec<&str> = ihe_conformance::actors::ACTORS
            .iter()
            .map(|known| known.key)
            .collect();
        format!("actors are {}", known.join(", "))
    })
}
