//! `expected-failures/ENDPOINT.toml`: what is known to fail, with the reason. An unexpected pass is a surprise as well.

use crate::run::{Outcome, Verdict};
use serde::Deserialize;
use std::path::Path;

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// What is known to fail.
    #[serde(default)]
    pub failure: Vec<Failure>,
}

/// One known failure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The case's name, with `+variant` if it is one; a `*` at the end stands for every case that begins so.
    pub case: String,
    /// Why it fails, and whose fault that is.
    pub reason: String,
}

/// What nobody expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Surprise {
    /// It fails, and is not on the list.
    Fails(String),
    /// It is on the list, and passes.
    Passes(String),
    /// It is on the list, and there is no such case.
    Unknown(String),
}

impl std::fmt::Display for Surprise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Surprise::Fails(case) => write!(f, "{case} fails"),
            Surprise::Passes(case) => write!(
                f,
                "{case} passes, and is listed as an expected failure: take it off the list"
            ),
            Surprise::Unknown(case) => write!(
                f,
                "no case is called {case}: take it off the list of expected failures"
            ),
        }
    }
}

impl Expected {
    /// Reads the file.
    ///
    /// # Errors
    /// It cannot be read, or is not as above.
    pub fn read(path: &Path) -> Result<Expected, String> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Why a case is expected to fail.
    pub fn reason(&self, name: &str) -> Option<&str> {
        let listed = self.failure.iter().find(|failure| failure.fits(name));
        listed.map(|failure| failure.reason.as_str())
    }

    /// What nobody expected. An entry that fits no outcome is one only when everything was run (`whole`).
    pub fn surprises(&self, outcomes: &[Outcome], whole: bool) -> Vec<Surprise> {
        let mut surprises = Vec::new();
        for outcome in outcomes {
            let name = || outcome.name.clone();
            match (&outcome.verdict, self.reason(&outcome.name)) {
                (Verdict::Fail(_), None) => surprises.push(Surprise::Fails(name())),
                (Verdict::Pass, Some(_)) => surprises.push(Surprise::Passes(name())),
                _ => {}
            }
        }
        let strays = self
            .failure
            .iter()
            .filter(|failure| whole && !outcomes.iter().any(|outcome| failure.fits(&outcome.name)));
        surprises.extend(strays.map(|failure| Surprise::Unknown(failure.case.clone())));
        surprises
    }
}

impl Failure {
    fn fits(&self, name: &str) -> bool {
        match self.case.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == self.case,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::outcome;

    #[test]
    fn an_unexpected_failure_an_unexpected_pass_and_a_stray_entry_are_surprises() {
        let expected: Expected = toml::from_str(
            "[[failure]]\ncase='b*'\nreason='known'\n[[failure]]\ncase='c'\nreason='known'\n[[failure]]\ncase='d'\nreason='gone'",
        )
        .expect("a list");
        let outcomes = [
            outcome("a", Verdict::Fail("x".into())),
            outcome("b/1", Verdict::Fail("x".into())),
            outcome("c", Verdict::Pass),
        ];
        let surprises = expected.surprises(&outcomes, true);
        let names = ["a", "c", "d"].map(str::to_owned);
        let [a, c, d] = names;
        assert_eq!(
            surprises,
            [
                Surprise::Fails(a),
                Surprise::Passes(c),
                Surprise::Unknown(d)
            ]
        );
        assert_eq!(expected.surprises(&outcomes[1..2], false), []);
    }
}
