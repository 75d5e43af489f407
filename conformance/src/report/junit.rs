//! JUnit XML: a suite for each actor.

use super::{Run, escaped, words};
use crate::run::{Outcome, Verdict};
use std::fmt::Write;

/// The whole document. A warning and an expected failure pass here and say so in `system-out`; what was not declared is left out.
pub fn junit(run: &Run<'_>) -> String {
    let total = run.tally(|_| true);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" time=\"{:.3}\">\n",
        escaped(&run.endpoint.name),
        run.outcomes.len() - total.not_declared,
        total.fail,
        total.skipped,
        run.seconds
    );
    for known in run.actors() {
        let tally = run.tally(|outcome| outcome.actor == known.actor);
        let outcomes: Vec<&Outcome> = run
            .outcomes
            .iter()
            .filter(|outcome| {
                outcome.actor == known.actor && outcome.verdict != Verdict::NotDeclared
            })
            .collect();
        let seconds: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
        _ = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"{seconds:.3}\" timestamp=\"{}\">",
            known.key,
            outcomes.len(),
            tally.fail,
            tally.skipped,
            escaped(run.began.get(..19).unwrap_or(&run.began)),
        );
        for outcome in outcomes {
            text += &case(run, outcome);
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}

fn case(run: &Run<'_>, outcome: &Outcome) -> String {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3}\"",
        outcome.actor,
        escaped(&outcome.name),
        outcome.seconds
    );
    let (_, reason) = words(&outcome.verdict);
    let cited = format!(
        "{} ({}; {})",
        outcome.proves,
        outcome.section,
        outcome.rules.join(", ")
    );
    let inside = match (&outcome.verdict, run.expected.reason(&outcome.name)) {
        (Verdict::Fail(_), Some(known)) => format!(
            "<system-out>expected failure: {}: {}</system-out>",
            escaped(known),
            escaped(reason)
        ),
        (Verdict::Fail(_), None) => format!(
            "<failure message=\"{}\">{}</failure>",
            escaped(reason),
            escaped(&cited)
        ),
        (Verdict::Warn(_), _) => format!("<system-out>warning: {}</system-out>", escaped(reason)),
        (Verdict::Skipped(_), _) => format!("<skipped message=\"{}\"/>", escaped(reason)),
        (Verdict::Pass | Verdict::NotDeclared, _) => return format!("{head}/>\n"),
    };
    format!("{head}>{inside}</testcase>\n")
}
