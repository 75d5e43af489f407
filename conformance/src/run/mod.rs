//! A run: which cases, in what order, and what became of each.

mod runner;
mod scene;

pub use runner::{Plan, Watch, run};
pub use scene::{Scene, Trouble, Url};

use crate::actors::Actor;
use crate::case::{Case, Level};
use serde::{Deserialize, Serialize};

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict", content = "reason")]
pub enum Verdict {
    /// All assertions hold.
    Pass,
    /// A requirement is broken.
    Fail(String),
    /// What the standard recommends does not hold.
    Warn(String),
    /// It could not be tried here.
    Skipped(String),
    /// The endpoint does not declare the actor or the option.
    NotDeclared,
}

/// What became of one case, in one variant.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Outcome {
    /// The case's name, with `+variant` after it.
    pub name: String,
    /// Who was judged.
    pub actor: Actor,
    /// `ITI-9`.
    pub transaction: String,
    /// The option of the actor.
    pub option: Option<String>,
    /// The section that says so.
    pub section: String,
    /// Ids of `rules.toml`.
    pub rules: Vec<String>,
    /// What holds when it passes.
    pub proves: String,
    /// The verdict.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How long it took.
    pub seconds: f64,
    /// What was done.
    pub steps: Vec<Done>,
}

/// What became of one step.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Done {
    /// What was done.
    pub title: String,
    /// Assertions that hold.
    pub held: usize,
    /// What does not hold, or why nothing could be judged.
    pub wrong: Vec<String>,
    /// Raw bytes; not part of reports, only of `--capture`.
    #[serde(skip)]
    pub evidence: Vec<Evidence>,
}

/// Raw bytes of a step.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// `request`, `response` or `audit`.
    pub kind: &'static str,
    /// `host:port` of the peer.
    pub peer: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Outcome {
    /// Of a case that was not tried.
    pub fn untried(case: &Case, verdict: Verdict) -> Outcome {
        Outcome {
            name: case.name.clone(),
            actor: case.actor,
            transaction: case.transaction.clone(),
            option: case.option.clone(),
            section: case.section.clone(),
            rules: case.rules.clone(),
            proves: case.proves.clone(),
            verdict,
            seconds: 0.0,
            steps: Vec::new(),
        }
    }
}

/// The verdict when something is wrong.
fn wrong(level: Level, what: String) -> Verdict {
    match level {
        Level::Shall => Verdict::Fail(what),
        Level::Should => Verdict::Warn(what),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An outcome for tests of what is made of outcomes.
    pub(crate) fn outcome(name: &str, verdict: Verdict) -> Outcome {
        Outcome {
            name: name.to_owned(),
            actor: Actor::PixManager,
            transaction: "ITI-9".to_owned(),
            option: None,
            section: "ITI TF-2 3.9".to_owned(),
            rules: vec!["V2-R-030".to_owned()],
            proves: "Something holds.".to_owned(),
            verdict,
            seconds: 0.5,
            steps: Vec::new(),
        }
    }
}
