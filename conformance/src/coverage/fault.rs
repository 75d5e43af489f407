//! What makes the coverage of rules untrue.

use std::fmt::{self, Display, Formatter};

/// One thing to mend, told in one line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// `rules.toml` lists the id twice.
    Twice(String),
    /// An entry of `rules.toml` contradicts itself: id, and how.
    Contradiction(String, &'static str),
    /// A case or test bears an id that `rules.toml` does not list: id, and who.
    Unlisted(String, String),
    /// Nothing shows the rule, and no reason is given.
    Uncovered(String),
    /// The rule is called untestable, and is shown all the same: id, and by whom.
    Tested(String, String),
    /// A test bears an id and asserts nothing.
    AssertsNothing(String),
    /// A function bears an id, and is neither a test nor called by one.
    NeverRun(String),
    /// The table of asserting functions names one that is not there or asserts nothing.
    Marker(String),
}

impl Display for Fault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice(id) => write!(out, "{id}: listed twice in rules.toml"),
            Self::Contradiction(id, how) => write!(out, "{id}: {how} in rules.toml"),
            Self::Unlisted(id, by) => write!(out, "{id}: borne by {by}, not listed in rules.toml"),
            Self::Uncovered(id) => write!(
                out,
                "{id}: no case and no test; write one, or give `untestable` or `planned` a reason"
            ),
            Self::Tested(id, by) => write!(out, "{id}: called untestable, but shown by {by}"),
            Self::AssertsNothing(test) => write!(
                out,
                "{test}: bears a rule id and asserts nothing; see coverage/markers.rs"
            ),
            Self::NeverRun(function) => {
                write!(out, "{function}: bears a rule id, and no test runs it")
            }
            Self::Marker(function) => write!(
                out,
                "{function}: coverage/markers.rs says that it asserts, and it does not"
            ),
        }
    }
}
