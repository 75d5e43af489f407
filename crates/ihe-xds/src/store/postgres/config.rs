//! Connections: where to, how long to wait, and what is said of a failure.

use super::super::StoreError;
use std::error::Error as _;
use std::io;
use std::net::IpAddr;
use std::time::Duration;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, Error};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long sent bytes may wait for their acknowledgement before the connection is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// The configuration of a connection string.
pub(super) fn parse(text: &str) -> Result<Config, StoreError> {
    let invalid = |_| StoreError::Failed("the connection string is not valid".into());
    let mut config: Config = text.parse().map_err(invalid)?;
    if !is_local(&config) && config.get_ssl_mode() != SslMode::Disable {
        let text = "no TLS to PostgreSQL here: use a Unix socket or a loopback address (a tunnel), or say \
                    sslmode=disable";
        return Err(StoreError::Failed(text.into()));
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("ihe-xds");
    }
    Ok(config)
}

/// Whether every way to the server stays on this machine. An address given beside the name is the one that counts.
fn is_local(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    let local = |name: &str| match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost",
    };
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => local(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

/// Where it failed and PostgreSQL's code for it. Its words are not told: they may quote values.
pub(super) fn failed(error: Error) -> StoreError {
    if let Some(code) = error.code() {
        return StoreError::Failed(format!("PostgreSQL refused with SQLSTATE {}", code.code()));
    }
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<io::Error>());
    let cause = cause.map(|cause| format!(" ({})", cause.kind()));
    StoreError::Failed(format!("PostgreSQL: {error}{}", cause.unwrap_or_default()))
}
