//! What a run leaves behind: a table for the terminal, JUnit XML and JSON for machines, a page for people.

mod html;
mod junit;
mod terminal;

pub use html::html;
pub use junit::junit;
pub use terminal::{Progress, summary};

use crate::actors::Known;
use crate::endpoint::Endpoint;
use crate::expected::Expected;
use crate::run::{Outcome, Verdict};
use serde::Serialize;

/// One run of the suite.
#[derive(Debug)]
pub struct Run<'a> {
    /// The system under test.
    pub endpoint: &'a Endpoint,
    /// What became of every case.
    pub outcomes: &'a [Outcome],
    /// What is known to fail.
    pub expected: &'a Expected,
    /// When it began, RFC 3339.
    pub began: String,
    /// How long it took.
    pub seconds: f64,
}

/// How many of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Tally {
    /// Passed.
    pub pass: usize,
    /// Failed, without those that are expected to.
    pub fail: usize,
    /// Failed as expected.
    pub expected: usize,
    /// Warned.
    pub warn: usize,
    /// Skipped, with a reason.
    pub skipped: usize,
    /// Of actors or options that are not declared.
    pub not_declared: usize,
}

impl Run<'_> {
    /// How many of each verdict, of the outcomes that fit.
    pub fn tally(&self, fits: impl Fn(&Outcome) -> bool) -> Tally {
        let mut tally = Tally::default();
        for outcome in self.outcomes.iter().filter(|outcome| fits(outcome)) {
            match &outcome.verdict {
                Verdict::Pass => tally.pass += 1,
                Verdict::Fail(_) if self.expected.reason(&outcome.name).is_some() => {
                    tally.expected += 1
                }
                Verdict::Fail(_) => tally.fail += 1,
                Verdict::Warn(_) => tally.warn += 1,
                Verdict::Skipped(_) => tally.skipped += 1,
                Verdict::NotDeclared => tally.not_declared += 1,
            }
        }
        tally
    }

    /// The actors that were looked at, in the order of every table.
    pub fn actors(&self) -> impl Iterator<Item = &'static Known> + '_ {
        let looked_at = |known: &&Known| {
            self.outcomes
                .iter()
                .any(|outcome| outcome.actor == known.actor)
        };
        crate::actors::ACTORS.iter().filter(looked_at)
    }
}

/// All of it, for machines.
pub fn json(run: &Run<'_>) -> String {
    let whole = serde_json::json!({
        "endpoint": run.endpoint.name,
        "product": run.endpoint.product,
        "suite": env!("CARGO_PKG_VERSION"),
        "began": run.began,
        "seconds": run.seconds,
        "total": run.tally(|_| true),
        "cases": run.outcomes,
    });
    serde_json::to_string_pretty(&whole).unwrap_or_default()
}

/// Text between tags or in quotes, in XML and HTML. What XML 1.0 cannot hold becomes U+FFFD.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push_str(&format!("&#{};", u32::from(c))),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The word for a verdict, and its reason.
pub fn words(verdict: &Verdict) -> (&'static str, &str) {
    match verdict {
        Verdict::Pass => ("pass", ""),
        Verdict::Fail(reason) => ("fail", reason),
        Verdict::Warn(reason) => ("warn", reason),
        Verdict::Skipped(reason) => ("skipped", reason),
        Verdict::NotDeclared => ("not declared", ""),
    }
}
