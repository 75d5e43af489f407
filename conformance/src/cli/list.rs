//! `list` and `explain`.

use super::{Failure, actor, cases};
use clap::Args;
use ihe_conformance::actors::Actor;
use ihe_conformance::look;
use std::process::ExitCode;

#[derive(Args)]
pub(crate) struct List {
    /// Only this actor
    #[arg(long, value_parser = actor)]
    actor: Option<Actor>,
}

impl List {
    pub(crate) fn main(&self) -> Result<ExitCode, Failure> {
        let mut last = None;
        for case in cases()?
            .iter()
            .filter(|case| self.actor.is_none_or(|actor| actor == case.actor))
        {
            if last.replace(case.actor) != Some(case.actor) {
                println!("\n{} ({})", case.actor.known().title, case.actor);
            }
            println!(
                "  {:<72} {:<7} {}",
                case.name,
                case.transaction,
                case.rules.join(" ")
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Args)]
pub(crate) struct Explain {
    /// The case's name, as `list` prints it
    case: Option<String>,
    /// What assertions can look at, instead
    #[arg(long)]
    selectors: bool,
}

impl Explain {
    pub(crate) fn main(&self) -> Result<ExitCode, Failure> {
        if self.selectors {
            print!("{}", look::SELECTORS);
            return Ok(ExitCode::SUCCESS);
        }
        let name = self
            .case
            .as_deref()
            .ok_or("which case? `ihe-conformance list` names them")?;
        let cases = cases()?;
        let case = cases.iter().find(|case| case.name == name);
        let case = case.ok_or_else(|| {
            format!("no case is called {name}: `ihe-conformance list` names them")
        })?;
        println!("{}\n\n{}\n", case.name, case.proves);
        println!(
            "actor    {} ({})",
            case.actor.known().title,
            case.transaction
        );
        println!("section  {}", case.section);
        println!("rules    {}", case.rules.join(", "));
        if let Some(option) = &case.option {
            println!("option   {option}");
        }
        for (number, step) in case.steps.iter().enumerate() {
            println!("\nstep {}: {}", number + 1, step.title);
            println!("{}", step.action.shown());
            for assertion in &step.expect {
                println!("  expects {assertion}");
            }
            for (name, selector) in &step.keep {
                println!("  keeps   ${{{name}}} from {selector}");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
