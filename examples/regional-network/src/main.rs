//! All IHE actors of a region in one program: a demo, the servers, and client commands.

mod authority;
mod cli;
mod client;
mod config;
mod demo;
mod domain;
mod endpoints;
mod failure;
mod lock;
mod pki;
mod ports;
mod serve;
mod shown;
mod wire;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("RUST_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let result = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failure::Failure::new(format!("starting the runtime: {error}")))
        .and_then(|runtime| {
            let result = runtime.block_on(cli::run(arguments));
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
            result
        });
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
