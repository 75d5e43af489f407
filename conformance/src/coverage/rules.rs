//! The project's own list of rules, `conformance/rules.toml`.

use serde::Deserialize;

const LIST: &str = include_str!("../../rules.toml");

/// How sure it is that the Framework says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Mark {
    /// Read in the Framework.
    #[serde(rename = "C")]
    Certain,
    /// From an RFC, a neighbouring text or practice.
    #[serde(rename = "L")]
    Likely,
}

/// One rule of `rules.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `V2-R-030`: sheet, letter, number.
    pub id: String,
    /// Where it is said: `ITI TF-2 3.9.4.2.2.6`.
    pub section: String,
    /// What it says, in one sentence.
    pub says: String,
    /// How sure that is.
    pub mark: Mark,
    /// Why nothing can show it.
    pub untestable: Option<String>,
    /// What is to be built before it can be shown.
    pub planned: Option<String>,
    /// The rule that says the same of another transaction: its evidence counts here too.
    pub same_as: Option<String>,
}

impl Rule {
    /// `V2-R` of `V2-R-030`: the sheet a table shows it under.
    pub fn sheet(&self) -> &str {
        self.id
            .rsplit_once('-')
            .map_or(&self.id, |(sheet, _)| sheet)
    }
}

#[derive(Deserialize)]
struct List {
    rule: Vec<Rule>,
}

/// The rules in the order of the list, which is that of the sheets.
///
/// # Panics
/// When `rules.toml`, which is built in, is no list of rules: a test reads it.
pub fn rules() -> Vec<Rule> {
    parse(LIST).expect("rules.toml is a list of rules")
}

pub(super) fn parse(text: &str) -> Result<Vec<Rule>, toml::de::Error> {
    toml::from_str::<List>(text).map(|list| list.rule)
}
