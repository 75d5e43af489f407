//! `match-report`: how good matching is on a city of which the truth is known.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use ihe_pix::matching::{Labelled, report};
use ihe_pix::synthetic::{City, MAX_PEOPLE, write_csv};

use crate::cli::MatchReportArguments;
use crate::config::Config;
use crate::failure::{Context, Failure, Result};

/// Links the city in memory and prints precision, recall, reviews, and what each kind of noise costs
pub(crate) async fn run(arguments: MatchReportArguments) -> Result<()> {
    let working = tokio::task::spawn_blocking(move || measure(&arguments));
    working.await.context("measuring")?
}

fn measure(arguments: &MatchReportArguments) -> Result<()> {
    if !(1..=MAX_PEOPLE).contains(&arguments.people) {
        let text = format!("--people takes 1 to {MAX_PEOPLE}");
        return Err(Failure::new(text));
    }
    let config = Config::load(arguments.config.as_deref())?;
    let policy = config.identity.policy()?;
    let city = City::new(arguments.seed, arguments.people).with_noise(arguments.noise);
    if let Some(file) = &arguments.csv {
        export(&city, file)?;
    }
    let begun = Instant::now();
    let report = report(Arc::new(policy), city.records().map(Labelled::from));
    let report = report.context("linking")?;
    println!(
        "seed {}, noise {}, people and links made in {:.1} s",
        arguments.seed,
        arguments.noise,
        begun.elapsed().as_secs_f64()
    );
    print!("{report}");
    Ok(())
}

fn export(city: &City, path: &Path) -> Result<()> {
    let file = File::create(path).context(path.display())?;
    write_csv(BufWriter::new(file), city.records()).context(path.display())
}
