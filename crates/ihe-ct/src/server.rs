//! Time Server (ITI TF-2 3.1): answers NTP and SNTP clients in mode 4, one datagram for one datagram.

mod rate;

use crate::packet::{LEN, Leap, Mode, Packet, ReferenceId};
use crate::timestamp::{NtpShort, NtpTimestamp};
use rate::{RateTable, Verdict};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{ToSocketAddrs, UdpSocket};
use tokio_util::sync::CancellationToken;

/// What this server may truthfully say about its own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// Not synchronised: answers LI=3, stratum 16 (CT-R-008).
    Unsynchronised,
    /// Serves the time of the machine's clock.
    Clock {
        /// 1 to 15; other values are answered as unsynchronised.
        stratum: u8,
        /// Leap warning to pass on.
        leap: Leap,
        /// Round-trip delay to the primary source.
        root_delay: Duration,
        /// Error bound to the primary source.
        root_dispersion: Duration,
        /// Where the time is from.
        reference_id: ReferenceId,
        /// When the clock was last set; `None` means now, as for a local clock.
        reference: Option<NtpTimestamp>,
    },
}

impl ServerState {
    /// The machine's clock, kept right by something we do not see (an NTP daemon, the hypervisor).
    /// A domain without outside time uses a high stratum, such as 10, so that any real source is preferred.
    pub fn local_clock(stratum: u8) -> ServerState {
        ServerState::Clock {
            stratum,
            leap: Leap::None,
            root_delay: Duration::ZERO,
            root_dispersion: Duration::from_millis(10),
            reference_id: ReferenceId::LOCAL,
            reference: None,
        }
    }
}

/// Limits on what one address may ask.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// Questions one address may ask at once. Default 64.
    pub burst: u32,
    /// Questions per second one address may ask lastingly. Default 16.
    pub per_second: u32,
    /// Addresses remembered; beyond it the quiet ones, then all, are forgotten. Default 8192.
    pub addresses: usize,
    /// Longest datagram that is looked at, bytes. Default 1024.
    pub datagram: usize,
}

impl Default for ServerLimits {
    fn default() -> ServerLimits {
        ServerLimits {
            burst: 64,
            per_second: 16,
            addresses: 8192,
            datagram: 1024,
        }
    }
}

/// The Time Server actor. It needs no node: ITI-1 defines no audit message (CT-R-009) and no TLS.
pub struct TimeServer {
    state: Arc<dyn Fn() -> ServerState + Send + Sync>,
    limits: ServerLimits,
}

impl TimeServer {
    /// A server that always says the same of its clock.
    pub fn new(state: ServerState) -> TimeServer {
        TimeServer::with_state(move || state)
    }

    /// A server that asks `state` for each answer, for instance whether the machine is still synchronised.
    /// The function must not block.
    pub fn with_state(state: impl Fn() -> ServerState + Send + Sync + 'static) -> TimeServer {
        TimeServer {
            state: Arc::new(state),
            limits: ServerLimits::default(),
        }
    }

    /// Other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: ServerLimits) -> TimeServer {
        self.limits = limits;
        self
    }

    /// A UDP socket to serve on; the profile's port is [`crate::PORT`].
    pub async fn bind(address: impl ToSocketAddrs) -> std::io::Result<UdpSocket> {
        UdpSocket::bind(address).await
    }

    /// Answers until `stop`. Bad datagrams are dropped without a word.
    pub async fn serve(self, socket: UdpSocket, stop: CancellationToken) -> std::io::Result<()> {
        let mut rates = RateTable::new(&self.limits);
        let mut buffer = vec![0; self.limits.datagram.max(LEN)];
        loop {
            let received = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                received = socket.recv_from(&mut buffer) => received,
            };
            // An ICMP error of an earlier answer shows up here; it concerns that client only.
            let Ok((length, from)) = received else {
                tokio::task::yield_now().await;
                continue;
            };
            let arrived = NtpTimestamp::now();
            let datagram = buffer.get(..length).unwrap_or_default();
            if let Some(reply) = self.answer(datagram, from.ip(), arrived, &mut rates)
                && let Err(error) = socket.send_to(&reply, from).await
            {
                tracing::debug!(%error, "answer not sent");
            }
        }
    }

    fn answer(
        &self,
        datagram: &[u8],
        from: IpAddr,
        arrived: NtpTimestamp,
        rates: &mut RateTable,
    ) -> Option<[u8; LEN]> {
        let question = Packet::parse(datagram)
            .ok()
            .filter(|packet| packet.mode == Mode::Client)?;
        let reply = match rates.ask(from, Instant::now()) {
            Verdict::Answer => reply(&question, (self.state)(), arrived),
            Verdict::SlowDown => kiss_rate(&question, arrived),
            Verdict::Drop => return None,
        };
        Some(
            Packet {
                transmit: NtpTimestamp::now(),
                ..reply
            }
            .encode(),
        )
    }
}

impl std::fmt::Debug for TimeServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimeServer")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The answer to a question that arrived at `arrived`; its transmit timestamp is left at `arrived`.
/// It is 48 bytes, never longer than the question.
pub fn reply(question: &Packet, state: ServerState, arrived: NtpTimestamp) -> Packet {
    let base = Packet {
        leap: Leap::Unsynchronised,
        version: question.version,
        mode: Mode::Server,
        stratum: 16,
        poll: question.poll,
        precision: PRECISION,
        root_delay: NtpShort::default(),
        root_dispersion: NtpShort::default(),
        reference_id: ReferenceId::INIT,
        reference: NtpTimestamp::ZERO,
        originate: question.transmit,
        receive: arrived,
        transmit: arrived,
    };
    match state {
        ServerState::Clock {
            stratum,
            leap,
            root_delay,
            root_dispersion,
            reference_id,
            reference,
        } if (1..=15).contains(&stratum) => Packet {
            leap,
            stratum,
            root_delay: NtpShort::from_duration(root_delay),
            root_dispersion: NtpShort::from_duration(root_dispersion),
            reference_id,
            reference: reference.unwrap_or(arrived),
            ..base
        },
        _ => base,
    }
}

/// About a microsecond: what reading the system clock costs, log2 seconds.
const PRECISION: i8 = -20;

fn kiss_rate(question: &Packet, arrived: NtpTimestamp) -> Packet {
    Packet {
        stratum: 0,
        reference_id: ReferenceId(*b"RATE"),
        ..reply(question, ServerState::Unsynchronised, arrived)
    }
}

#[cfg(test)]
mod tests;
