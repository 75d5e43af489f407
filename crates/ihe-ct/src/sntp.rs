//! SNTP Time Client over UDP (RFC 4330; ITI TF-2 3.1.4): asks, judges, and asks again politely.

use crate::client::bound_for;
use crate::exchange::{Checks, Exchange, Measurement, Rejection};
use crate::health::TimeHealth;
use crate::moment::Moment;
use crate::schedule::{Next, Schedule};
use crate::timestamp::NtpTimestamp;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::{ToSocketAddrs, UdpSocket, lookup_host};
use tokio_util::sync::CancellationToken;

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long one address is waited for. Default 5 s.
    pub timeout: Duration,
    /// NTP version of the question, 1 to 4. Default 4.
    pub version: u8,
    /// How many addresses of one name are tried. Default 4.
    pub addresses: usize,
    /// Demands on the answer.
    pub checks: Checks,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            timeout: Duration::from_secs(5),
            version: 4,
            addresses: 4,
            checks: Checks::default(),
        }
    }
}

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name has no address.
    #[error("the time server's name has no address")]
    NoAddress,
    /// The socket failed.
    #[error("time server not reachable: {0}")]
    Io(#[from] std::io::Error),
    /// Nothing usable came in time.
    #[error("the time server did not answer in time")]
    Timeout,
    /// An answer came and is not used (CT-R-006).
    #[error("the time server's answer is not used: {0}")]
    Rejected(#[from] Rejection),
}

/// Asks once. The server is named by the caller (CT-R-003); there is no built-in list (CT-R-007).
///
/// Several addresses of one name are tried in order; a kiss that forbids asking ends the attempt at once.
pub async fn query(server: impl ToSocketAddrs, options: &Options) -> Result<Measurement, Error> {
    let mut last = Error::NoAddress;
    for address in lookup_host(server).await?.take(options.addresses.max(1)) {
        match query_address(address, options).await {
            Ok(measured) => return Ok(measured),
            Err(Error::Rejected(Rejection::Kiss(kiss))) if kiss.must_stop() => {
                return Err(Rejection::Kiss(kiss).into());
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn query_address(address: SocketAddr, options: &Options) -> Result<Measurement, Error> {
    let socket = bound_for(address).await?;
    let (start, sent) = (Instant::now(), NtpTimestamp::now());
    let exchange = Exchange::start(sent)
        .with_cookie(unguessable())
        .with_version(options.version)
        .with_checks(options.checks);
    socket.send(&exchange.packet().encode()).await?;
    let answer = answer(&socket, &exchange, start, sent);
    tokio::time::timeout(options.timeout, answer)
        .await
        .unwrap_or(Err(Error::Timeout))
}

/// Waits for the answer to this question. What may be forged is ignored, not believed and not an error.
async fn answer(
    socket: &UdpSocket,
    exchange: &Exchange,
    start: Instant,
    sent: NtpTimestamp,
) -> Result<Measurement, Error> {
    let mut buffer = [0; 1024];
    loop {
        let length = socket.recv(&mut buffer).await?;
        // By the monotonic clock: a step of the wall clock in between cannot spoil the measurement.
        let now = sent.plus(start.elapsed());
        match exchange.finish(buffer.get(..length).unwrap_or_default(), now) {
            Err(reason) if reason.may_be_forged() => {
                tracing::debug!(%reason, "ignored a datagram");
            }
            verdict => return Ok(verdict?),
        }
    }
}

/// 64 bits from the standard library's seeded hasher: enough that a forger off the path must guess.
pub(crate) fn unguessable() -> u64 {
    RandomState::new().hash_one(Instant::now())
}

/// Asks `server` by `schedule` and records into `health` until stopped, or until the server forbids it.
///
/// `Ok(())` when stopped by `stop`; the kiss when the server asked not to be asked again.
pub async fn watch(
    server: &str,
    options: &Options,
    mut schedule: Schedule,
    health: &TimeHealth,
    stop: &CancellationToken,
) -> Result<(), Rejection> {
    loop {
        let outcome = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            outcome = query(server, options) => outcome,
        };
        if let Some(step) = health.look(Moment::now()) {
            tracing::warn!(nanoseconds = step, "the wall clock was stepped");
        }
        match after(outcome, &mut schedule, health)? {
            Next::Stop => return Ok(()),
            Next::Wait(pause) => tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(pause) => {}
            },
        }
    }
}

fn after(
    outcome: Result<Measurement, Error>,
    schedule: &mut Schedule,
    health: &TimeHealth,
) -> Result<Next, Rejection> {
    match outcome {
        Ok(measured) => {
            health.record(measured, Moment::now());
            Ok(schedule.answered())
        }
        Err(Error::Rejected(reason)) => match schedule.rejected(reason) {
            Next::Stop => Err(reason),
            wait => Ok(wait),
        },
        Err(error) => {
            tracing::debug!(%error, "no time");
            Ok(schedule.unanswered())
        }
    }
}
