//! `load`: throughput and latency of any endpoint.

use super::{Failure, actor};
use clap::Args;
use ihe_conformance::actors::Actor;
use ihe_conformance::case::{Workload, workloads};
use ihe_conformance::endpoint::Endpoint;
use ihe_conformance::load::{self, Amount, Measured};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Args)]
pub(crate) struct Load {
    /// What is loaded: an endpoint file (TOML)
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    endpoint: Option<PathBuf>,
    /// The actor; its first workload is taken unless --workload names one
    #[arg(long, value_parser = actor, required_unless_present_any = ["workload", "list"])]
    actor: Option<Actor>,
    /// What is done again and again
    #[arg(long, value_name = "NAME")]
    workload: Option<String>,
    /// Exchanges a second; 0: as many as the connections give
    #[arg(long, default_value_t = 0.0)]
    rate: f64,
    /// For so long
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// So many at most
    #[arg(long, default_value_t = 1_000_000)]
    count: u64,
    /// Connections at a time
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// The workloads there are
    #[arg(long)]
    list: bool,
}

impl Load {
    pub(crate) fn main(&self) -> Result<ExitCode, Failure> {
        let workloads = workloads().map_err(|faults| {
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        })?;
        let Some(file) = self.endpoint.as_ref().filter(|_| !self.list) else {
            for workload in &workloads {
                println!(
                    "{:<24} {:<28} {}",
                    workload.actor.key(),
                    workload.name,
                    workload.says
                );
            }
            return Ok(ExitCode::SUCCESS);
        };
        let endpoint = Endpoint::read(file)?;
        let workload = self.chosen(&workloads)?;
        let amount = Amount {
            rate: self.rate.max(0.0),
            time: Duration::from_secs(self.seconds.clamp(1, 86_400)),
            count: self.count,
            connections: self.connections,
        };
        println!(
            "{}: {}, {} connections, {} s at most",
            workload.name,
            workload.says,
            amount.connections,
            amount.time.as_secs()
        );
        let live = std::io::stderr().is_terminal();
        let measured = load::run(workload, &endpoint, &amount, &|done| {
            if live {
                eprint!("\r\x1b[K{done} done\r");
                _ = std::io::stderr().flush();
            }
        })?;
        show(&measured);
        Ok(if measured.wrong.is_empty() && measured.right > 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    fn chosen<'a>(&self, workloads: &'a [Workload]) -> Result<&'a Workload, Failure> {
        let fits = |workload: &&Workload| match &self.workload {
            Some(name) => workload.name == *name,
            None => Some(workload.actor) == self.actor,
        };
        let found = workloads.iter().find(fits);
        found.ok_or_else(|| {
            Failure::from("there is no such workload: `ihe-conformance load --list` names them")
        })
    }
}

fn show(measured: &Measured) {
    let millis = |time: Duration| time.as_secs_f64() * 1000.0;
    let wrong: u64 = measured.wrong.values().sum();
    println!(
        "{} right, {wrong} wrong in {:.1} s: {:.0} a second",
        measured.right,
        measured.seconds,
        measured.right as f64 / measured.seconds.max(1e-9)
    );
    let latency = &measured.latency;
    print!("latency in ms: mean {:.2}", millis(latency.mean()));
    for (name, part) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)] {
        print!(", {name} {:.2}", millis(latency.quantile(part)));
    }
    println!(", longest {:.2}", millis(latency.longest()));
    for (what, count) in &measured.wrong {
        println!("wrong {count}: {what}");
    }
}
