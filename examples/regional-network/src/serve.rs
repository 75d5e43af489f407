//! `serve`: every server actor until a signal comes.

use std::net::IpAddr;

use crate::cli::ServeArguments;
use crate::config::Config;
use crate::domain::{Plan, Running};
use crate::failure::{Context, Result};
use crate::ports::Protection;

/// Starts the domain, says where it listens, and stops it at SIGINT or SIGTERM
pub(crate) async fn run(arguments: ServeArguments) -> Result<()> {
    let config = Config::load(arguments.config.as_deref())?;
    let codes = arguments.codes.or_else(|| {
        let file = &config.codes.file;
        (!file.as_os_str().is_empty()).then(|| file.clone())
    });
    let advertise = arguments
        .advertise
        .unwrap_or_else(|| default_host(arguments.bind));
    let codes_checked = codes.is_some();
    let plan = Plan {
        data: arguments.data,
        plain: arguments.plain,
        bind: arguments.bind,
        advertise,
        port_base: arguments.port_base,
        config,
        adjust: arguments.adjust,
        codes,
    };
    let mut signals = Signals::listen()?;
    let mut running = Running::start(plan).await?;
    announce(&running, codes_checked);
    let failed = tokio::select! {
        () = signals.next() => None,
        failure = running.failed() => Some(failure),
    };
    println!("stopping: no new connections, finishing what was begun");
    running.stop().await?;
    println!("stopped");
    failed.map_or(Ok(()), Err)
}

fn default_host(bind: IpAddr) -> String {
    if bind.is_unspecified() {
        "localhost".to_owned()
    } else {
        bind.to_string()
    }
}

fn announce(running: &Running, codes_checked: bool) {
    let endpoints = &running.endpoints;
    if endpoints.is_plain() {
        println!(
            "WARNING: --plain: every listener but audit_tls is UNPROTECTED and takes anybody. Not for real patients."
        );
    }
    if !codes_checked {
        println!("WARNING: codes are NOT checked: no --codes FILE was given.");
    }
    println!("certificates: {} (made for tests)", endpoints.pki.display());
    for (listener, port) in running.addresses.iter() {
        let protection = match listener.protection {
            Protection::Node if endpoints.is_plain() => "plain",
            Protection::Node | Protection::AlwaysTls => "TLS",
            Protection::Datagram => "UDP",
        };
        let at = endpoints.of(listener.key).unwrap_or_default();
        println!(
            "{:<14} {port:>5} {protection:<5} {at}  {}",
            listener.key, listener.title
        );
    }
    println!("time: {}", running.time());
    println!(
        "affinity domain {}; patient domains:",
        endpoints.affinity_domain
    );
    for (name, oid) in &running.config.patient_domains.0 {
        println!("  {name:<12} {oid}");
    }
    println!(
        "ready: {}",
        running.data.join(crate::endpoints::FILE).display()
    );
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt()).context("listening for SIGINT")?,
            terminate: signal(SignalKind::terminate()).context("listening for SIGTERM")?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
