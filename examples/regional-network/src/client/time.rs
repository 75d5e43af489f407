//! `time`: this machine's clock against Time Servers, the domain's own unless others are named.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use ihe_ct::client::{ClientOptions, ServerReport, Standing};
use ihe_ct::{Health, Measurement, Moment, TimeClient, TimeHealth, sntp};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::cli::TimeArguments;
use crate::endpoints::Endpoints;
use crate::failure::{Context, Result};
use crate::shown;

/// How long the servers may take to answer before what is known is shown
const PATIENCE: Duration = Duration::from_secs(12);
/// How often `--watch` shows what is known
const EVERY: Duration = Duration::from_secs(5);

/// One line for each server and the health; fails when the clock is not good
pub(crate) async fn run(arguments: &TimeArguments) -> Result<ExitCode> {
    let servers = match arguments.servers.is_empty() {
        true => vec![Endpoints::read(&arguments.at.data)?.ntp],
        false => arguments.servers.clone(),
    };
    let health = Arc::new(TimeHealth::default());
    let options = ClientOptions {
        burst: 4,
        burst_gap: Duration::from_millis(500),
        ..ClientOptions::default()
    };
    let client = TimeClient::new(servers, health.clone()).with_options(options);
    let mut reports = client.reports();
    let stop = CancellationToken::new();
    let running = tokio::spawn(client.run(stop.clone()));
    let judged = reports.wait_for(|lines| !lines.is_empty() && lines.iter().all(is_judged));
    // Whoever has not answered by then is shown as it is.
    _ = tokio::time::timeout(PATIENCE, judged).await;
    let lines = || reports.borrow().clone();
    show(&lines(), &health.now(), arguments.json);
    if arguments.watch {
        keep_showing(|| show(&lines(), &health.now(), arguments.json)).await?;
    }
    stop.cancel();
    running
        .await
        .context("the Time Client broke off")?
        .context("the Time Client")?;
    Ok(match health.now().is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Until SIGINT
async fn keep_showing(show: impl Fn()) -> Result<()> {
    let mut end = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        tokio::select! {
            ended = &mut end => return ended.context("waiting for SIGINT"),
            () = tokio::time::sleep(EVERY) => show(),
        }
    }
}

fn is_judged(line: &ServerReport) -> bool {
    !matches!(
        line.standing,
        Standing::Waiting | Standing::Heard | Standing::Unreachable
    ) || (line.standing == Standing::Unreachable && line.poll > 6)
}

fn show(lines: &[ServerReport], health: &Health, as_json: bool) {
    if as_json {
        println!("{}", as_value(lines, health));
        return;
    }
    let rows: Vec<Vec<String>> = lines.iter().map(row).collect();
    let header = [
        "server", "stratum", "offset", "delay", "jitter", "reach", "verdict",
    ];
    print!("{}", shown::table(&header, &rows));
    println!("  clock: {}", words(health));
}

fn row(line: &ServerReport) -> Vec<String> {
    let seconds = |time: Option<Duration>| {
        time.map_or("-".into(), |time| format!("{:.6} s", time.as_secs_f64()))
    };
    let offset = line.offset.map_or("-".into(), |offset| {
        format!("{:+.6} s", offset as f64 / 1e9)
    });
    let verdict = match line.rejection {
        Some(reason) => format!("{}: {reason}", line.standing),
        None => line.standing.to_string(),
    };
    vec![
        shown::safe(&line.name),
        line.stratum
            .map_or("-".into(), |stratum| stratum.to_string()),
        offset,
        seconds(line.delay),
        seconds(line.jitter),
        format!("{:03o}", line.reach),
        verdict,
    ]
}

/// The health in words
fn words(health: &Health) -> String {
    let (Some(offset), Some(bound)) = (health.offset, health.bound) else {
        return health.verdict.to_string();
    };
    let source = health.source.map_or(String::new(), |source| {
        let from = source
            .address
            .map_or(String::new(), |address| format!(" from {address}"));
        format!(
            ", {} of {} servers agree{from}",
            source.agreeing, source.servers
        )
    });
    format!(
        "{}, offset {:+.6} s ± {:.6} s, since {} s{source}",
        health.verdict,
        offset as f64 / 1e9,
        bound.as_secs_f64(),
        Moment::now().since(health.since).as_secs()
    )
}

fn as_value(lines: &[ServerReport], health: &Health) -> Value {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let offset = |nanos: Option<i64>| nanos.map(|nanos| nanos as f64 / 1e9);
    let servers = lines.iter().map(|line| {
        json!({
            "server": line.name,
            "address": line.address.map(|address| address.to_string()),
            "verdict": line.standing.to_string(),
            "reason": line.rejection.map(|reason| reason.to_string()),
            "stratum": line.stratum,
            "offset_seconds": offset(line.offset),
            "bound_seconds": seconds(line.bound),
            "delay_seconds": seconds(line.delay),
            "jitter_seconds": seconds(line.jitter),
            "reach": line.reach,
            "poll_log2_seconds": line.poll,
        })
    });
    let since = health.since.wall.duration_since(std::time::UNIX_EPOCH);
    json!({
        "servers": servers.collect::<Vec<Value>>(),
        "health": {
            "verdict": health.verdict.to_string(),
            "since_unix_seconds": since.map_or(0, |since| since.as_secs()),
            "offset_seconds": offset(health.offset),
            "bound_seconds": seconds(health.bound),
            "age_seconds": seconds(health.age),
            "source": health.source.and_then(|source| source.address).map(|a| a.to_string()),
            "agreeing": health.source.map(|source| source.agreeing),
        },
    })
}

/// Asks the domain's Time Server once (ITI-1)
pub(crate) async fn measure(endpoints: &Endpoints) -> Result<Measurement> {
    sntp::query(&endpoints.ntp, &sntp::Options::default())
        .await
        .context("asking the Time Server (ITI-1)")
}

/// One measurement in words
pub(crate) fn told(measured: &Measurement) -> String {
    format!(
        "offset {:+.6} s, round trip {:.6} s, stratum {}",
        measured.offset_seconds(),
        measured.delay_seconds(),
        measured.stratum
    )
}
