//! An operator's order, and its answer in words.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::domain;
use crate::failure::{Context, Failure, Result};
use crate::shown;
use crate::wire::{Demographics, Event, Order, Reply, Review};

/// Has the order done and prints the answer; denied is a failure
pub(crate) async fn run(
    data: &Path,
    config: Option<&Path>,
    order: &Order,
    json: bool,
) -> Result<ExitCode> {
    match domain::operate(data, config, order).await? {
        Reply::Denied(why) => return Err(Failure::new(shown::safe(&why))),
        Reply::Done => println!("done"),
        Reply::Reviews(reviews) if json => print_json(&reviews)?,
        Reply::History(events) if json => print_json(&events)?,
        Reply::Reviews(reviews) => print!("{}", reviews_text(&reviews)),
        Reply::History(events) => print!("{}", history_text(&events)),
    }
    Ok(ExitCode::SUCCESS)
}

fn print_json(value: &impl serde::Serialize) -> Result<()> {
    println!(
        "{}",
        serde_json::to_string_pretty(value).context("writing JSON")?
    );
    Ok(())
}

fn reviews_text(reviews: &[Review]) -> String {
    let mut text: String = reviews.iter().map(review_text).collect();
    if reviews.is_empty() {
        text.push_str("no reviews\n");
    }
    text
}

fn review_text(review: &Review) -> String {
    let mut text = format!(
        "{}  since {}  score {:+.1}\n",
        review.number, review.opened_at, review.score
    );
    for side in [&review.a, &review.b] {
        let _ = writeln!(text, "  {}", shown::safe(&side.id));
    }
    if let (Some(a), Some(b)) = (&review.a.demographics, &review.b.demographics) {
        text.push_str(&side_by_side(a, b));
    }
    for term in &review.terms {
        let (what, outcome) = (shown::pad(&term.what, 28), &term.outcome);
        let _ = writeln!(text, "    {:+6.1}  {what}  {outcome}", term.weight);
    }
    text
}

fn side_by_side(a: &Demographics, b: &Demographics) -> String {
    let rows = [
        ("name", &a.names, &b.names),
        ("birth date", &a.birth_date, &b.birth_date),
        ("sex", &a.sex, &b.sex),
        ("address", &a.address, &b.address),
        ("phone", &a.phone, &b.phone),
        ("insurance", &a.insurance, &b.insurance),
    ];
    let row = |(what, a, b): (&str, &String, &String)| {
        let differs = if a == b { "" } else { "*" };
        let cells = [differs, what, a, b];
        cells.map(shown::safe).to_vec()
    };
    shown::table(&["", "", "one", "other"], &rows.map(row))
}

fn history_text(events: &[Event]) -> String {
    let row = |event: &Event| {
        let score = event.score.map(|score| format!(" ({score:+.1})"));
        let what = format!("{}{}", event.what, score.unwrap_or_default());
        [
            event.at.clone(),
            what,
            event.with.clone().unwrap_or_default(),
            event.who.clone(),
            event.why.clone(),
        ]
        .map(|cell| shown::safe(&cell))
        .to_vec()
    };
    let rows: Vec<Vec<String>> = events.iter().map(row).collect();
    shown::table(&["time", "what", "with", "who", "why"], &rows)
}
