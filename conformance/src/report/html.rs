//! One page that needs nothing else: no script, no font, no picture from outside.

use super::{Run, Tally, escaped, words};
use crate::run::{Outcome, Verdict};
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");

/// The page. What failed comes first and is open; what passed is folded.
pub fn html(run: &Run<'_>) -> String {
    let product = &run.endpoint.product;
    let title = format!("IHE conformance of {}", run.endpoint.name);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>\n<h1>{title}</h1>\n<p class=\"about\">{} {} {}<br>{} · {:.1} s · ihe-conformance {}</p>\n",
        escaped(&product.vendor),
        escaped(&product.name),
        escaped(&product.version),
        escaped(&run.began),
        run.seconds,
        env!("CARGO_PKG_VERSION"),
        title = escaped(&title),
    );
    page += &table(run);
    for known in run.actors() {
        let outcomes: Vec<&Outcome> = run
            .outcomes
            .iter()
            .filter(|outcome| outcome.actor == known.actor)
            .collect();
        if outcomes
            .iter()
            .all(|outcome| outcome.verdict == Verdict::NotDeclared)
        {
            continue;
        }
        _ = writeln!(
            page,
            "<section id=\"{}\"><h2>{}</h2><p class=\"profile\">{}</p>",
            known.key, known.title, known.profile
        );
        let (passed, other): (Vec<_>, Vec<_>) = outcomes
            .into_iter()
            .partition(|outcome| outcome.verdict == Verdict::Pass);
        let mut other = other;
        other.sort_by_key(|outcome| rank(run, outcome));
        page.extend(other.into_iter().map(|outcome| case(run, outcome)));
        _ = writeln!(
            page,
            "<details class=\"pass passes\"><summary><span class=\"word\">{} pass</span></summary><div>",
            passed.len()
        );
        page.extend(passed.into_iter().map(|outcome| case(run, outcome)));
        page += "</div></details>\n";
        page += "</section>\n";
    }
    page + "</main></body></html>\n"
}

/// What a reader should see first.
fn rank(run: &Run<'_>, outcome: &Outcome) -> u8 {
    match &outcome.verdict {
        Verdict::Fail(_) if run.expected.reason(&outcome.name).is_none() => 0,
        Verdict::Fail(_) => 1,
        Verdict::Warn(_) => 2,
        Verdict::Skipped(_) => 3,
        Verdict::NotDeclared => 4,
        Verdict::Pass => 5,
    }
}

fn table(run: &Run<'_>) -> String {
    let mut text = "<table><thead><tr><th>Actor</th><th>pass</th><th>fail</th><th>expected failures</th><th>warnings</th>\
                    <th>skipped</th><th>not declared</th></tr></thead><tbody>\n"
        .to_owned();
    for known in run.actors() {
        let tally = run.tally(|outcome| outcome.actor == known.actor);
        text += &row(
            &format!("<a href=\"#{}\">{}</a>", known.key, known.title),
            tally,
        );
    }
    text += &row("<strong>all</strong>", run.tally(|_| true));
    text + "</tbody></table>\n"
}

fn row(name: &str, tally: Tally) -> String {
    let cell = |class: &str, count: usize| match count {
        0 => "<td class=\"none\">0</td>".to_owned(),
        _ => format!("<td class=\"{class}\">{count}</td>"),
    };
    format!(
        "<tr><td>{name}</td>{}{}{}{}{}{}</tr>\n",
        cell("pass", tally.pass),
        cell("fail", tally.fail),
        cell("expected", tally.expected),
        cell("warn", tally.warn),
        cell("skipped", tally.skipped),
        cell("undeclared", tally.not_declared)
    )
}

fn case(run: &Run<'_>, outcome: &Outcome) -> String {
    let (mut word, reason) = words(&outcome.verdict);
    let known = run.expected.reason(&outcome.name);
    if matches!(outcome.verdict, Verdict::Fail(_)) && known.is_some() {
        word = "expected failure";
    }
    let class = word.replace(' ', "-");
    let open = if class == "fail" { " open" } else { "" };
    let mut text = format!(
        "<details class=\"{class}\"{open}><summary><span class=\"word\">{word}</span> <code>{}</code></summary><div>\n<p>{}</p>\n\
         <p class=\"cites\">{} · {}{}</p>\n",
        escaped(&outcome.name),
        escaped(&outcome.proves),
        escaped(&outcome.transaction),
        escaped(&outcome.section),
        outcome
            .rules
            .iter()
            .map(|rule| format!(" · <code>{}</code>", escaped(rule)))
            .collect::<String>(),
    );
    // What a step says is not said twice.
    if outcome.steps.iter().all(|step| step.wrong.is_empty()) && !reason.is_empty() {
        _ = writeln!(text, "<p class=\"reason\">{}</p>", escaped(reason));
    }
    if let Some(known) = known {
        _ = writeln!(text, "<p>Known: {}</p>", escaped(known));
    }
    if !outcome.steps.is_empty() {
        text += "<ol>";
        for step in &outcome.steps {
            let held = match step.held {
                0 => String::new(),
                1 => " – 1 assertion holds".to_owned(),
                n => format!(" – {n} assertions hold"),
            };
            _ = write!(text, "<li>{}{held}", escaped(&step.title));
            for wrong in &step.wrong {
                _ = write!(text, "<br><span class=\"wrong\">{}</span>", escaped(wrong));
            }
            text += "</li>";
        }
        _ = write!(
            text,
            "</ol><p class=\"cites\">{:.0} ms</p>",
            outcome.seconds * 1000.0
        );
    }
    text + "</div></details>\n"
}
