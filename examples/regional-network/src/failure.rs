//! What a command says when it cannot go on: one line, with every cause behind it.

use std::error::Error;
use std::fmt;

/// A failed step, told in one line
pub(crate) struct Failure(String);

/// The result of a command's step
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure that has no cause of its own
    pub(crate) fn new(text: impl Into<String>) -> Failure {
        Failure(text.into())
    }

    /// The same failure, with the name of the step before it
    pub(crate) fn within(self, step: &str) -> Failure {
        Failure(format!("{step}: {}", self.0))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says what was being done when an error came
pub(crate) trait Context<T> {
    /// Puts `doing` before the error and its causes
    fn context(self, doing: impl fmt::Display) -> Result<T>;
}

impl<T, E: Error> Context<T> for std::result::Result<T, E> {
    fn context(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|error| Failure(format!("{doing}: {}", chain(&error))))
    }
}

impl<T> Context<T> for Option<T> {
    fn context(self, doing: impl fmt::Display) -> Result<T> {
        self.ok_or_else(|| Failure(doing.to_string()))
    }
}

fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}
