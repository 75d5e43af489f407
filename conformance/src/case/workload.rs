//! Workloads of `load`: steps that are done again and again. `cases/workloads/NAME.toml`.

use super::Step;
use super::load::{Fault, fault, files_of, source, unfold};
use crate::actors::Actor;
use serde::Deserialize;
use std::path::Path;

/// One workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its file's name.
    pub name: String,
    /// Who is loaded.
    pub actor: Actor,
    /// What is done, in words.
    pub says: String,
    /// Done once on every connection.
    pub before: Vec<Step>,
    /// Done again and again, and measured.
    pub steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    actor: Actor,
    says: String,
    #[serde(default)]
    before: Vec<toml::Table>,
    step: Vec<toml::Table>,
}

/// All workloads, by actor and name.
///
/// # Errors
/// All that is wrong with the files; a release has none.
pub fn workloads() -> Result<Vec<Workload>, Vec<Fault>> {
    let (mut read, mut faults) = (Vec::new(), Vec::new());
    for path in files_of("workloads") {
        match one(path) {
            Ok(workload) => read.push(workload),
            Err(what) => faults.push(fault(path, what)),
        }
    }
    read.sort_by(|a, b| (a.actor, &a.name).cmp(&(b.actor, &b.name)));
    if faults.is_empty() {
        Ok(read)
    } else {
        Err(faults)
    }
}

fn one(path: &Path) -> Result<Workload, String> {
    let file: File = toml::from_str(&source(path)?).map_err(|error| error.to_string())?;
    let steps = |tables: &[toml::Table]| {
        let mut steps = Vec::new();
        unfold(tables, Path::new(""), &source, 0, &mut steps)?;
        Ok::<_, String>(steps.into_iter().map(|(step, _)| step).collect())
    };
    let name = path.file_stem().unwrap_or_default();
    Ok(Workload {
        name: name.to_string_lossy().into_owned(),
        actor: file.actor,
        says: file.says,
        before: steps(&file.before)?,
        steps: steps(&file.step)?,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_workload_can_be_read() {
        let workloads = super::workloads().expect("no fault");
        assert!(!workloads.is_empty());
    }
}
