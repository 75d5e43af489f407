//! Time Server (ITI TF-2 3.1): answers NTP and SNTP clients in mode 4, one datagram for one datagram.

mod rate;

use crate::health::{TimeHealth, Verdict as Standing};
use crate::moment::Moment;
#[cfg(feature = "nts")]
use crate::nts::{Keyring, Opened, with_identifier};
use crate::packet::{LEN, Leap, Mode, Packet, ReferenceId};
use crate::timestamp::{NtpShort, NtpTimestamp};
use rate::{RateTable, Verdict};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::net::{ToSocketAddrs, UdpSocket};
use tokio_util::sync::CancellationToken;

/// What this server may truthfully say about its own clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// Not synchronised: answers LI=3, stratum 16 (CT-R-008).
    Unsynchronised,
    /// Serves the time of the machine's clock, corrected by what is known of its error.
    Clock {
        /// Added to the clock, nanoseconds: UTC minus our clock, as a client estimates it. Zero for a clock that is
        /// served as it is.
        offset: i64,
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
    /// The time of `now` on the machine's clock as this server tells it.
    fn corrected(&self, now: NtpTimestamp) -> NtpTimestamp {
        match self {
            ServerState::Clock { offset, .. } => now.moved(*offset),
            ServerState::Unsynchronised => now,
        }
    }

    /// The machine's clock, kept right by something we do not see (an NTP daemon, the hypervisor).
    /// A domain without outside time uses a high stratum, such as 10, so that any real source is preferred.
    pub fn local_clock(stratum: u8) -> ServerState {
        ServerState::Clock {
            offset: 0,
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

impl ServerState {
    /// What a machine may serve that has its time from a [`TimeClient`](crate::TimeClient): its clock and the
    /// estimated offset, one stratum below the source, with a root dispersion that covers the error bound. LI=3 while
    /// nothing is known, while the time is lost, and while the bound is beyond the limit (CT-R-008); also when it is
    /// known by SNTP only, which a server's own client must not use (CT-R-004).
    pub fn of(health: &TimeHealth, now: Moment) -> ServerState {
        let known = health.health(now);
        let trusted = matches!(known.verdict, Standing::Good | Standing::Wrong);
        let reading = health
            .reading()
            .filter(|reading| reading.source.address.is_some());
        let (Some(reading), true) = (reading, trusted) else {
            return ServerState::Unsynchronised;
        };
        let half = reading.source.root_delay / 2;
        ServerState::Clock {
            offset: reading.offset_at(now),
            stratum: reading.source.stratum.saturating_add(1),
            leap: reading.source.leap,
            root_delay: reading.source.root_delay,
            root_dispersion: reading.bound_at(now).saturating_sub(half),
            reference_id: reading.source.as_reference(),
            reference: Some(reading.at.ntp().moved(reading.offset)),
        }
    }
}

/// The Time Server actor. It needs no node: ITI-1 defines no audit message (CT-R-009) and no TLS.
pub struct TimeServer {
    state: Arc<dyn Fn() -> ServerState + Send + Sync>,
    limits: ServerLimits,
    #[cfg(feature = "nts")]
    keyring: Option<Arc<Keyring>>,
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
            #[cfg(feature = "nts")]
            keyring: None,
        }
    }

    /// A server of what a client has found out; see [`ServerState::of`].
    pub fn of(health: Arc<TimeHealth>) -> TimeServer {
        TimeServer::with_state(move || ServerState::of(&health, Moment::now()))
    }

    /// Other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: ServerLimits) -> TimeServer {
        self.limits = limits;
        self
    }

    /// Also answers questions that are protected with cookies of this ring (RFC 8915).
    #[cfg(feature = "nts")]
    #[must_use]
    pub fn with_nts(mut self, keyring: Arc<Keyring>) -> TimeServer {
        self.keyring = Some(keyring);
        self
    }

    /// A UDP socket to serve on; the profile's port is [`crate::PORT`].
    pub async fn bind(address: impl ToSocketAddrs) -> std::io::Result<UdpSocket> {
        UdpSocket::bind(address).await
    }

    /// Answers until `stop`. Bad datagrams are dropped without a word.
    ///
    /// What has queued up is read and answered without asking the reactor between two datagrams.
    pub async fn serve(self, socket: UdpSocket, stop: CancellationToken) -> std::io::Result<()> {
        let mut rates = RateTable::new(&self.limits);
        let mut buffer = vec![0; self.limits.datagram.max(LEN)];
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                ready = socket.ready(Interest::READABLE) => { ready?; }
            }
            self.drain(&socket, &mut buffer, &mut rates);
            tokio::task::yield_now().await;
        }
    }

    /// Answers what waits, at most [`DRAINED`] datagrams: then others have their turn.
    fn drain(&self, socket: &UdpSocket, buffer: &mut [u8], rates: &mut RateTable) {
        for _ in 0..DRAINED {
            let (length, from) = match socket.try_recv_from(buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier answer shows up here; it concerns that client only.
                Err(_) => continue,
            };
            let arrived = NtpTimestamp::now();
            let datagram = buffer.get(..length).unwrap_or_default();
            if let Some(reply) = self.answer(datagram, from.ip(), arrived, rates)
                && let Err(error) = socket.try_send_to(reply.bytes(), from)
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
    ) -> Option<Answer> {
        let question = Packet::parse(datagram)
            .ok()
            .filter(|packet| packet.mode == Mode::Client)?;
        match rates.ask(from, Instant::now()) {
            Verdict::Answer => {}
            Verdict::SlowDown => {
                let code = ReferenceId(*b"RATE");
                return Some(Answer::Plain(kiss(&question, code, arrived).encode()));
            }
            Verdict::Drop => return None,
        }
        let state = (self.state)();
        let answer = || {
            let answer = reply(&question, state, arrived);
            stamped(answer, state, NtpTimestamp::now()).encode()
        };
        #[cfg(feature = "nts")]
        if let (Some(keyring), true) = (&self.keyring, datagram.len() > LEN) {
            return protected(keyring, datagram, &question, arrived, answer);
        }
        Some(Answer::Plain(answer()))
    }
}

/// What leaves.
enum Answer {
    Plain([u8; LEN]),
    #[cfg(feature = "nts")]
    Protected(Vec<u8>),
}

impl Answer {
    fn bytes(&self) -> &[u8] {
        match self {
            Answer::Plain(bytes) => bytes,
            #[cfg(feature = "nts")]
            Answer::Protected(bytes) => bytes,
        }
    }
}

/// The answer to a question with extension fields.
#[cfg(feature = "nts")]
fn protected(
    keyring: &Keyring,
    datagram: &[u8],
    question: &Packet,
    arrived: NtpTimestamp,
    answer: impl FnOnce() -> [u8; LEN],
) -> Option<Answer> {
    let bytes = match keyring.open(datagram) {
        Opened::Plain => return Some(Answer::Plain(answer())),
        Opened::Asked(asked) => keyring.seal(&answer(), &asked).ok()?,
        Opened::Unknown(unique) => {
            let nak = kiss(question, ReferenceId(*b"NTSN"), arrived);
            with_identifier(&nak.encode(), &unique)
        }
        Opened::Malformed => return None,
    };
    (bytes.len() <= datagram.len()).then_some(Answer::Protected(bytes))
}

/// The answer as it leaves at `now` by the machine's clock.
fn stamped(answer: Packet, state: ServerState, now: NtpTimestamp) -> Packet {
    Packet {
        transmit: state.corrected(now),
        ..answer
    }
}

impl std::fmt::Debug for TimeServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimeServer")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The answer to a question that arrived at `arrived` by the machine's clock; its transmit timestamp is the receive
/// timestamp. It is 48 bytes, never longer than the question.
pub fn reply(question: &Packet, state: ServerState, arrived: NtpTimestamp) -> Packet {
    let arrived = state.corrected(arrived);
    let base = Packet {
        leap: Leap::Unsynchronised,
        version: match cfg!(renkei_fault = "time-server-version-not-echoed") {
            // A fault for testing the conformance suite.
            true => 4,
            false => question.version,
        },
        mode: Mode::Server,
        stratum: 16,
        poll: question.poll,
        precision: PRECISION,
        root_delay: NtpShort::default(),
        root_dispersion: NtpShort::default(),
        reference_id: ReferenceId::INIT,
        reference: NtpTimestamp::ZERO,
        originate: match cfg!(renkei_fault = "time-server-originate-not-echoed") {
            // A fault for testing the conformance suite.
            true => NtpTimestamp::ZERO,
            false => question.transmit,
        },
        receive: arrived,
        transmit: arrived,
    };
    match state {
        ServerState::Clock {
            offset: _,
            stratum,
            leap,
            root_delay,
            root_dispersion,
            reference_id,
            reference,
        } if (1..=15).contains(&stratum) => Packet {
            leap,
            // A fault for testing the conformance suite.
            stratum: match cfg!(renkei_fault = "time-server-stratum-0") {
                true => 0,
                false => stratum,
            },
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

/// A kiss-o'-death (RFC 5905 section 7.4) in answer to a question: stratum 0 and a code such as DENY, RSTR or RATE.
pub fn kiss(question: &Packet, code: ReferenceId, arrived: NtpTimestamp) -> Packet {
    Packet {
        stratum: 0,
        reference_id: code,
        ..reply(question, ServerState::Unsynchronised, arrived)
    }
}

/// Datagrams answered in one go.
const DRAINED: usize = 64;

#[cfg(test)]
mod tests;
