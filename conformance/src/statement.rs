//! The IHE Integration Statement (ITI TF-1 appendix, "Integration Statements"): what a product claims, made from what passed.
//!
//! An actor is claimed when at least one of its cases passed and none failed; an option in the same way. A known failure
//! is a failure here. The vendor alone answers for a statement; this one says what it was made from.

use crate::actors::{ACTORS, Actor, Known};
use crate::endpoint::Product;
use crate::run::{Outcome, Verdict};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A run as `run --json` wrote it.
#[derive(Debug, Deserialize)]
pub struct Results {
    /// The endpoint file's name.
    pub endpoint: String,
    /// What it says of the product.
    pub product: Product,
    /// The suite's version.
    pub suite: String,
    /// When it began.
    pub began: String,
    /// What became of each case.
    pub cases: Vec<Outcome>,
}

/// Standards of the Japanese Ministry of Health, Labour and Welfare, and the profiles they take up.
const MHLW: [(&str, &str, &[&str]); 2] = [
    (
        "HS031",
        "Technical specifications of the information infrastructure for regional medical cooperation",
        &["(PIX)", "(PDQ)", "(XDS.b)", "(ATNA)", "(CT)"],
    ),
    (
        "HS026",
        "SS-MIX2 storage specification and guideline",
        &["(SS-MIX2)"],
    ),
];

/// What became of an actor's cases, or of an option's.
#[derive(Debug, Default)]
struct Standing {
    passed: usize,
    failed: Vec<String>,
    skipped: usize,
}

impl Standing {
    fn of<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Standing {
        let mut standing = Standing::default();
        for outcome in outcomes {
            match outcome.verdict {
                Verdict::Pass | Verdict::Warn(_) => standing.passed += 1,
                Verdict::Fail(_) => standing.failed.push(outcome.name.clone()),
                Verdict::Skipped(_) => standing.skipped += 1,
                Verdict::NotDeclared => {}
            }
        }
        standing
    }

    fn is_claimed(&self) -> bool {
        self.passed > 0 && self.failed.is_empty()
    }
}

/// One line of the table: an actor, and its options.
struct Line<'a> {
    known: &'static Known,
    actor: Standing,
    options: Vec<(&'a str, Standing)>,
}

fn lines(results: &Results) -> Vec<Line<'_>> {
    let of = |actor: Actor| {
        results
            .cases
            .iter()
            .filter(move |outcome| outcome.actor == actor)
    };
    let line = |known: &'static Known| {
        let options: BTreeSet<&str> = of(known.actor)
            .filter_map(|outcome| outcome.option.as_deref())
            .collect();
        let standing = |option: &str| {
            Standing::of(
                of(known.actor).filter(|outcome| outcome.option.as_deref() == Some(option)),
            )
        };
        Line {
            known,
            actor: Standing::of(of(known.actor).filter(|outcome| outcome.option.is_none())),
            options: options
                .into_iter()
                .map(|option| (option, standing(option)))
                .collect(),
        }
    };
    ACTORS.iter().map(line).collect()
}

/// The statement in Markdown.
pub fn markdown(results: &Results) -> String {
    let lines = lines(results);
    let product = &results.product;
    let mut text = format!(
        "# IHE Integration Statement\n\n| Vendor | Product | Version | Date |\n|---|---|---|---|\n| {} | {} | {} | {} |\n\n",
        cell(&product.vendor),
        cell(&product.name),
        cell(&product.version),
        results.began.get(..10).unwrap_or(&results.began)
    );
    text += "This product implements the transactions that the IHE IT Infrastructure Technical Framework requires of these actors, with these options:\n\n";
    text += "| Profile | Actor | Options | Cases passed |\n|---|---|---|---|\n";
    for line in lines.iter().filter(|line| line.actor.is_claimed()) {
        let options: Vec<&str> = line
            .options
            .iter()
            .filter(|(_, standing)| standing.is_claimed())
            .map(|(option, _)| *option)
            .collect();
        let passed: usize = line.actor.passed
            + line
                .options
                .iter()
                .filter(|(_, standing)| standing.is_claimed())
                .map(|(_, standing)| standing.passed)
                .sum::<usize>();
        let options = if options.is_empty() {
            "none".to_owned()
        } else {
            options.join(", ")
        };
        _ = writeln!(
            text,
            "| {} | {} | {options} | {passed} |",
            line.known.profile, line.known.title
        );
    }
    text += &standards(&lines);
    text += &not_claimed(&lines);
    if !product.deviations.is_empty() {
        text += "\n## Deviations and limits\n\n";
        for deviation in &product.deviations {
            _ = writeln!(text, "- {deviation}");
        }
    }
    _ = write!(
        text,
        "\nMade by ihe-conformance {} from its run against `{}` of {}. The vendor alone is responsible for this statement.\n",
        results.suite, results.endpoint, results.began
    );
    text
}

fn standards(lines: &[Line<'_>]) -> String {
    let mut text =
        "\n## Standards of the Ministry of Health, Labour and Welfare (Japan)\n\n".to_owned();
    for (number, title, profiles) in MHLW {
        let claimed: BTreeSet<&str> = lines
            .iter()
            .filter(|line| line.actor.is_claimed())
            .filter_map(|line| {
                profiles
                    .iter()
                    .find(|profile| line.known.profile.ends_with(**profile))
            })
            .map(|profile| profile.trim_matches(['(', ')']))
            .collect();
        let claimed: Vec<&str> = claimed.into_iter().collect();
        _ = match claimed.is_empty() {
            true => writeln!(text, "- {number} ({title}): nothing is claimed."),
            false => writeln!(
                text,
                "- {number} ({title}): the actors above of {}.",
                claimed.join(", ")
            ),
        };
    }
    text
}

fn not_claimed(lines: &[Line<'_>]) -> String {
    let mut text = String::new();
    for line in lines {
        let whole = std::iter::once((line.known.title.to_owned(), &line.actor));
        let options = line
            .options
            .iter()
            .map(|(option, standing)| (format!("{}, option {option}", line.known.title), standing));
        for (what, standing) in whole
            .chain(options)
            .filter(|(_, standing)| !standing.is_claimed())
        {
            _ = match (standing.failed.as_slice(), standing.skipped) {
                ([], 0) => continue,
                ([], skipped) => writeln!(text, "- {what}: {skipped} cases could not be tried."),
                (failed, _) => writeln!(
                    text,
                    "- {what}: {} failed: {}",
                    failed.len(),
                    failed.join(", ")
                ),
            };
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\n## Declared and not claimed\n\n{text}"),
    }
}

/// The statement as one page: the same words, from the Markdown above (headings, tables, lists, paragraphs).
pub fn html(results: &Results) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>IHE Integration Statement</title><style>{}</style></head><body><main class=\"statement\">\n",
        include_str!("report/page.css")
    );
    let markdown = markdown(results);
    let mut open = "";
    for line in markdown.lines() {
        let kind = match line {
            line if line.starts_with('|') => "table",
            line if line.starts_with("- ") => "ul",
            _ => "",
        };
        if kind != open {
            if !open.is_empty() {
                _ = writeln!(page, "</{open}>");
            }
            if !kind.is_empty() {
                _ = writeln!(page, "<{kind}>");
            }
        }
        let is_head = kind == "table" && open != "table";
        open = kind;
        page += &element(line, is_head);
    }
    page + "</main></body></html>\n"
}

fn element(line: &str, is_head: bool) -> String {
    let text = |text: &str| crate::report::escaped(text);
    match line {
        "" => String::new(),
        line if line.starts_with("|---") => String::new(),
        line if line.starts_with('|') => {
            let tag = if is_head { "th" } else { "td" };
            let cells = line.trim_matches('|').split(" | ");
            let cells: String = cells
                .map(|cell| format!("<{tag}>{}</{tag}>", text(cell.trim())))
                .collect();
            format!("<tr>{cells}</tr>\n")
        }
        line => match (
            line.strip_prefix("## "),
            line.strip_prefix("# "),
            line.strip_prefix("- "),
        ) {
            (Some(heading), _, _) => format!("<h2>{}</h2>\n", text(heading)),
            (_, Some(heading), _) => format!("<h1>{}</h1>\n", text(heading)),
            (_, _, Some(item)) => format!("<li>{}</li>\n", text(item)),
            _ => format!("<p>{}</p>\n", text(line)),
        },
    }
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::tests::outcome;

    fn results(cases: Vec<Outcome>) -> Results {
        Results {
            endpoint: "x".into(),
            product: Product {
                vendor: "V|W".into(),
                deviations: vec!["No <DHE>.".into()],
                ..Product::default()
            },
            suite: "1".into(),
            began: "2026-11-21T00:00:00Z".into(),
            cases,
        }
    }

    #[test]
    fn an_actor_is_claimed_by_passes_and_not_with_a_failure() {
        let passed = markdown(&results(vec![
            outcome("a", Verdict::Pass),
            outcome("b", Verdict::Warn("x".into())),
        ]));
        assert!(
            passed.contains("Cross-reference Manager | none | 2 |"),
            "{passed}"
        );
        assert!(
            passed.contains("HS031") && passed.contains("above of PIX."),
            "{passed}"
        );
        assert!(passed.contains("| V/W |") && passed.contains("No <DHE>."));
        let failed = markdown(&results(vec![
            outcome("a", Verdict::Pass),
            outcome("b", Verdict::Fail("x".into())),
        ]));
        assert!(!failed.contains("Manager | none"), "{failed}");
        assert!(failed.contains("1 failed: b"), "{failed}");
        let skipped = markdown(&results(vec![outcome("a", Verdict::Skipped("x".into()))]));
        assert!(
            skipped.contains("1 cases could not be tried")
                && skipped.contains("HS031 (Tech")
                && skipped.contains("nothing is claimed"),
            "{skipped}"
        );
    }

    #[test]
    fn an_option_is_claimed_by_its_own_cases() {
        let mut with = outcome("b", Verdict::Pass);
        with.option = Some("visits".into());
        let mut without = outcome("c", Verdict::Fail("x".into()));
        without.option = Some("continuation".into());
        let text = markdown(&results(vec![outcome("a", Verdict::Pass), with, without]));
        assert!(text.contains("| visits | 2 |"), "{text}");
        assert!(text.contains("option continuation: 1 failed: c"), "{text}");
    }

    #[test]
    fn the_page_says_the_same_and_escapes() {
        let page = html(&results(vec![outcome("a", Verdict::Pass)]));
        assert!(
            page.contains("<h1>IHE Integration Statement</h1>")
                && page.contains("<li>No &lt;DHE&gt;.</li>")
        );
        assert!(
            roxmltree::Document::parse(
                &page
                    .replace("<!DOCTYPE html>", "")
                    .replace("<meta charset=\"utf-8\">", "")
            )
            .is_ok()
        );
    }
}
