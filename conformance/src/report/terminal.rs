//! A line of progress while it runs, the verdicts that matter, and a table at the end.

use super::{Run, words};
use crate::run::{Outcome, Verdict, Watch};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

/// Prints what a person waits for: every verdict that is no pass, and how far it is.
#[derive(Debug)]
pub struct Progress {
    every: bool,
    live: bool,
}

impl Progress {
    /// `every`: a line for each pass as well.
    pub fn new(every: bool) -> Progress {
        Progress {
            every,
            live: std::io::stderr().is_terminal(),
        }
    }
}

impl Watch for Progress {
    fn done(&self, outcome: &Outcome, count: usize, of: usize) {
        let (word, reason) = words(&outcome.verdict);
        let mut out = std::io::stdout().lock();
        let shown = self.every || matches!(outcome.verdict, Verdict::Fail(_) | Verdict::Warn(_));
        if self.live {
            eprint!("\r\x1b[K");
        }
        if shown {
            _ = writeln!(out, "{word:<12} {}", outcome.name);
            if !reason.is_empty() {
                _ = writeln!(out, "             {reason}");
                _ = writeln!(out, "             {} ({})", outcome.proves, outcome.section);
            }
        }
        if self.live {
            eprint!("{count}/{of}");
            if count == of {
                eprint!("\r\x1b[K");
            }
            _ = std::io::stderr().flush();
        }
    }
}

/// The table at the end.
pub fn summary(run: &Run<'_>) -> String {
    let mut text = format!(
        "\n{:<26}{:>6}{:>6}{:>10}{:>6}{:>9}{:>14}\n",
        "actor", "pass", "fail", "expected", "warn", "skipped", "not declared"
    );
    let mut line = |name: &str, tally: super::Tally| {
        _ = writeln!(
            text,
            "{name:<26}{:>6}{:>6}{:>10}{:>6}{:>9}{:>14}",
            tally.pass, tally.fail, tally.expected, tally.warn, tally.skipped, tally.not_declared
        );
    };
    for known in run.actors() {
        line(known.key, run.tally(|outcome| outcome.actor == known.actor));
    }
    line("all", run.tally(|_| true));
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for outcome in run.outcomes {
        if let Verdict::Skipped(reason) = &outcome.verdict {
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason.clone(), 1)),
            }
        }
    }
    for (reason, count) in reasons {
        _ = writeln!(text, "skipped {count}: {reason}");
    }
    _ = writeln!(text, "{:.1} s", run.seconds);
    text
}
