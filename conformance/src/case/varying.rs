//! The step of a case that its rows change: `varies = true`.

use crate::step::Action;
use std::path::{Path, PathBuf};

/// Such a step: its own keys, and the folder that its files are beside.
pub(super) struct Varying {
    pub(super) table: toml::Table,
    pub(super) beside: PathBuf,
}

impl Varying {
    /// The action with a row's keys over its own.
    pub(super) fn with(
        &self,
        over: toml::Table,
        source: &dyn Fn(&Path) -> Result<String, String>,
    ) -> Result<Action, String> {
        let mut table = self.table.clone();
        merge(&mut table, over);
        action(table, &self.beside, source)
    }
}

fn merge(table: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(toml::Value::Table(own)), toml::Value::Table(over)) => merge(own, over),
            (_, value) => _ = table.insert(key, value),
        }
    }
}

/// What the keys of a step say to do, its files read.
pub(super) fn action(
    table: toml::Table,
    beside: &Path,
    source: &dyn Fn(&Path) -> Result<String, String>,
) -> Result<Action, String> {
    let kind = kind(&table).to_owned();
    let mut action: Action = toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| format!("step {kind}: {error}"))?;
    for text in action.texts_mut() {
        text.load(source, beside)?;
    }
    Ok(action)
}

pub(super) fn kind(table: &toml::Table) -> &str {
    let kind = table.get("do").and_then(toml::Value::as_str);
    kind.unwrap_or("step")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_puts_its_keys_over_those_of_the_step_and_merges_tables() {
        let own = "do = 'http'\nchunks = 7\nheaders = { A = '1', B = '2' }";
        let varying = Varying {
            table: toml::from_str(own).expect("a step"),
            beside: PathBuf::new(),
        };
        let over = toml::from_str("chunks = 1\nheaders = { B = '3' }").expect("a row");
        let none = |path: &Path| Err(format!("no {}", path.display()));
        let Ok(Action::Http(step)) = varying.with(over, &none) else {
            panic!("a step of HTTP");
        };
        assert_eq!(step.chunks, 1);
        assert_eq!(
            (step.headers["A"].as_str(), step.headers["B"].as_str()),
            ("1", "3")
        );
        let wrong = toml::from_str("chunk = 1").expect("a row");
        assert!(varying.with(wrong, &none).is_err());
    }
}
