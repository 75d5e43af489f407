//! Coverage for a terminal.

use super::{Coverage, Covered, Mark, Standing};
use std::fmt::Write;

const COLUMNS: [&str; 6] = [
    "rules",
    "by case",
    "by test only",
    "untestable",
    "planned",
    "uncovered",
];

/// One line a sheet, the sum, and what else one must know.
pub fn table(coverage: &Coverage) -> String {
    let mut sheets: Vec<(&str, Vec<&Covered>)> = Vec::new();
    for covered in &coverage.rules {
        let sheet = covered.rule.sheet();
        match sheets.iter_mut().find(|(known, _)| *known == sheet) {
            Some((_, rules)) => rules.push(covered),
            None => sheets.push((sheet, vec![covered])),
        }
    }
    let mut text = line("sheet", COLUMNS);
    for (sheet, rules) in &sheets {
        text.push_str(&line(sheet, counts(rules)));
    }
    let all: Vec<&Covered> = coverage.rules.iter().collect();
    text.push_str(&line("all", counts(&all)));
    let peers = all.iter().filter(|covered| covered.needs_a_peer()).count();
    if peers > 0 {
        text.push_str(&format!("{peers} by test only need a peer: `make test`\n"));
    }
    text
}

fn line(name: &str, cells: [impl AsRef<str>; COLUMNS.len()]) -> String {
    let mut text = format!("{name:<8}");
    for (cell, column) in cells.iter().zip(COLUMNS) {
        text.push_str(&format!(
            "{:>width$}",
            cell.as_ref(),
            width = column.len() + 2
        ));
    }
    text.push('\n');
    text
}

fn counts(rules: &[&Covered]) -> [String; COLUMNS.len()] {
    let of = |standing| {
        let such = rules
            .iter()
            .filter(|covered| covered.standing() == standing);
        such.count().to_string()
    };
    [
        rules.len().to_string(),
        of(Standing::Case),
        of(Standing::Test),
        of(Standing::Untestable),
        of(Standing::Planned),
        of(Standing::Uncovered),
    ]
}

/// Every rule with its words, its section and all that shows it; then the table.
pub fn listing(coverage: &Coverage) -> String {
    let mut text = String::new();
    for covered in &coverage.rules {
        // Writing to a String cannot fail.
        let _ = describe(&mut text, covered);
    }
    text.push('\n');
    text.push_str(&table(coverage));
    text
}

fn describe(text: &mut String, covered: &Covered) -> std::fmt::Result {
    let rule = &covered.rule;
    let likely = if rule.mark == Mark::Likely {
        ", likely"
    } else {
        ""
    };
    let standing = covered.standing().word();
    writeln!(text, "{} {standing} ({}{likely})", rule.id, rule.section)?;
    writeln!(text, "    {}", rule.says)?;
    let twin = rule.same_as.iter().map(|id| ("as", id.clone()));
    let cases = covered.cases.iter().map(|case| ("case", case.clone()));
    let tests = covered.tests.iter().map(|test| {
        let peer = if test.needs_a_peer {
            " (needs a peer)"
        } else {
            ""
        };
        ("test", format!("{} in {}{peer}", test.name, test.path))
    });
    let untestable = rule
        .untestable
        .iter()
        .map(|why| ("untestable", why.clone()));
    let planned = rule.planned.iter().map(|what| ("planned", what.clone()));
    for (kind, what) in twin
        .chain(cases)
        .chain(tests)
        .chain(untestable)
        .chain(planned)
    {
        writeln!(text, "    {kind}: {what}")?;
    }
    Ok(())
}
