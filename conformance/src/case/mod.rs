//! Cases are data: TOML files with the bytes to send and what the answer must be. How to write one: docs/conformance.md.

mod load;
mod text;
mod varying;
mod workload;

pub use load::{Fault, all, read};
pub use text::{Repeat, Replace, Text};
pub use workload::{Workload, workloads};

use crate::actors::Actor;
use crate::judge::Assertion;
use crate::metamorphic::Variant;
use crate::step::Action;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its file's path under `cases/` without `.toml`, and the row's name: `pix-manager/query/an-unknown-id-is-ae-204`.
    pub name: String,
    /// One sentence: what holds when it passes.
    pub proves: String,
    /// The section of the Technical Framework (or other standard) that says so.
    pub section: String,
    /// Ids of `rules.toml`.
    pub rules: Vec<String>,
    /// Who is judged.
    pub actor: Actor,
    /// `ITI-9`.
    pub transaction: String,
    /// The option of the actor that must be declared.
    pub option: Option<String>,
    /// Whether a failure breaks a requirement.
    pub level: Level,
    /// What must be there; see [`Need`].
    pub needs: Vec<Need>,
    /// The case is run once more for each, with the same verdict expected (metamorphic testing).
    pub variants: Vec<Variant>,
    /// Nothing else may run beside it.
    pub alone: bool,
    /// Values it sets for its messages.
    pub values: BTreeMap<String, String>,
    /// What is done.
    pub steps: Vec<Step>,
}

/// Whether a failure breaks a requirement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The standard says "shall": a failure is a failure.
    #[default]
    Shall,
    /// The standard says "should", or testers differ: a failure is a warning.
    Should,
}

/// What a case cannot do without: it is skipped, and says so, when it is missing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The actor listens with TLS.
    Tls,
    /// The actor listens without TLS.
    Plain,
    /// The audit records of the system under test reach the suite.
    Audit,
    /// The endpoint file has this value.
    Value(String),
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is done, for reports; else the kind of the action.
    pub title: String,
    /// What is done.
    pub action: Action,
    /// What must hold of what comes back.
    pub expect: Vec<Assertion>,
    /// Values for later steps: name = selector.
    pub keep: BTreeMap<String, String>,
}
