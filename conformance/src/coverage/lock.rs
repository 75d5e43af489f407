//! `conformance/coverage.lock`: what coverage was reached, one rule a line, so that it cannot shrink unseen.

use super::{Coverage, Standing};
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::io;
use std::path::Path;

/// The file, from the workspace's root.
pub const LOCK: &str = "conformance/coverage.lock";

/// How to mend it.
const MEND: &str = "mend the case, or accept it with `ihe-conformance coverage --write`";

/// What is otherwise than the lock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The rule is not listed any more.
    Vanished(String),
    /// The rule was shown better: id, what the lock says, what is.
    Shrunk(String, String, Standing),
    /// The rule is shown better, or is new: id, what is.
    Grown(String, Standing),
    /// The line (from 1) is no id with its standing.
    Unreadable(usize),
}

impl Change {
    /// Whether it is a loss: CI fails on it.
    pub fn is_loss(&self) -> bool {
        !matches!(self, Self::Grown(..))
    }
}

impl Display for Change {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vanished(id) => write!(out, "{id}: not in rules.toml any more; {MEND}"),
            Self::Shrunk(id, was, is) => {
                write!(out, "{id}: was shown by {was}, now {}; {MEND}", is.word())
            }
            Self::Grown(id, is) => {
                let write = "keep it with `ihe-conformance coverage --write`";
                write!(out, "{id}: now {}; {write}", is.word())
            }
            Self::Unreadable(line) => {
                write!(out, "{LOCK} line {line} is not `ID standing`; {MEND}")
            }
        }
    }
}

/// The text of the lock for this coverage.
pub fn locked(coverage: &Coverage) -> String {
    let mut text =
        "# What shows each rule of rules.toml: written by `ihe-conformance coverage --write`.\n"
            .to_owned();
    for covered in &coverage.rules {
        let word = covered.standing().word();
        text.push_str(&format!("{} {word}\n", covered.rule.id));
    }
    text
}

/// Writes the lock of the workspace in that folder.
///
/// # Errors
/// When the file cannot be written.
pub fn write(workspace: &Path, coverage: &Coverage) -> io::Result<()> {
    fs::write(workspace.join(LOCK), locked(coverage))
}

/// What is otherwise than `lock` says: losses first.
pub fn changes(lock: &str, coverage: &Coverage) -> Vec<Change> {
    let mut kept: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    let mut found = Vec::new();
    for (number, line) in lines(lock) {
        match line.split_once(' ') {
            Some((id, word)) if rank(word).is_some() => {
                kept.insert(id, (word, number));
            }
            _ => found.push(Change::Unreadable(number)),
        }
    }
    for covered in &coverage.rules {
        let id = &covered.rule.id;
        let was = kept.remove(id.as_str()).map(|(word, _)| word);
        found.extend(change(id, was, covered.standing()));
    }
    found.extend(kept.into_keys().map(|id| Change::Vanished(id.to_owned())));
    found.sort_by_key(|change| !change.is_loss());
    found
}

fn lines(lock: &str) -> impl Iterator<Item = (usize, &str)> {
    lock.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn change(id: &str, was: Option<&str>, is: Standing) -> Option<Change> {
    let now = rank(is.word())?;
    match was.and_then(|word| Some((word, rank(word)?))) {
        Some((word, before)) if now < before => {
            Some(Change::Shrunk(id.to_owned(), word.to_owned(), is))
        }
        Some((_, before)) if now == before => None,
        _ => Some(Change::Grown(id.to_owned(), is)),
    }
}

/// What a word of the lock is worth. A reason is worth more than nothing, and one reason as much as another.
fn rank(word: &str) -> Option<u8> {
    match word {
        "case" => Some(3),
        "test" => Some(2),
        "untestable" | "planned" => Some(1),
        "uncovered" => Some(0),
        _ => None,
    }
}
