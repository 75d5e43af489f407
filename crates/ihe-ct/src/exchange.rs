//! One question and its answer (RFC 4330 section 5, RFC 5905 section 8): checks and arithmetic without a socket.

use crate::packet::{Leap, Mode, Packet, PacketError, ReferenceId};
use crate::timestamp::{NtpShort, NtpTimestamp, bits_to_nanos};
use std::time::Duration;

/// What a client demands of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Checks {
    /// Largest root delay / 2 + root dispersion that is believed; a server worse than this cannot keep
    /// the one second of CT-R-001. Default 1 s.
    pub root_distance: Duration,
}

impl Default for Checks {
    fn default() -> Checks {
        Checks {
            root_distance: Duration::from_secs(1),
        }
    }
}

/// What one accepted answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// Server's clock minus ours, nanoseconds: positive when we are slow.
    pub offset: i64,
    /// Round trip without the server's own time, nanoseconds; the offset is wrong by at most half of it.
    pub delay: i64,
    /// Stratum of the server, 1 to 15.
    pub stratum: u8,
    /// Leap warning passed on by the server; never [`Leap::Unsynchronised`].
    pub leap: Leap,
    /// The server's source.
    pub reference_id: ReferenceId,
    /// The server's delay to its primary source.
    pub root_delay: NtpShort,
    /// The server's error bound to its primary source.
    pub root_dispersion: NtpShort,
}

impl Measurement {
    /// The offset in seconds.
    pub fn offset_seconds(&self) -> f64 {
        self.offset as f64 / 1e9
    }

    /// The delay in seconds.
    pub fn delay_seconds(&self) -> f64 {
        self.delay as f64 / 1e9
    }

    /// How wrong the offset can be at most: half of both delays, and the server's dispersion.
    pub fn error_bound(&self) -> Duration {
        let path = Duration::from_nanos(self.delay.unsigned_abs() / 2);
        path + self.root_delay.to_duration() / 2 + self.root_dispersion.to_duration()
    }
}

/// What a kiss-o'-death asks of the client (RFC 4330 section 8, RFC 5905 section 7.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kiss {
    /// DENY: stop asking this server.
    Deny,
    /// RSTR: stop asking this server.
    Restrict,
    /// RATE: ask more slowly.
    Rate,
    /// Any other code, or none: the answer is useless, no more is said.
    Other(ReferenceId),
}

impl Kiss {
    fn of(code: ReferenceId) -> Kiss {
        match &code.0 {
            b"DENY" => Kiss::Deny,
            b"RSTR" => Kiss::Restrict,
            b"RATE" => Kiss::Rate,
            _ => Kiss::Other(code),
        }
    }

    /// True when the server asks not to be asked again.
    pub fn must_stop(self) -> bool {
        matches!(self, Kiss::Deny | Kiss::Restrict)
    }
}

/// Why an answer is not used (CT-R-006).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No NTP packet.
    #[error("no NTP packet: {0}")]
    Packet(#[from] PacketError),
    /// Not mode 4.
    #[error("mode {0:?} instead of an answer")]
    Mode(Mode),
    /// The originate timestamp is not what was sent: late, forged, or for another question.
    #[error("the answer belongs to another question")]
    Originate,
    /// Stratum 0.
    #[error("kiss-o'-death {0:?}")]
    Kiss(Kiss),
    /// Leap indicator 3, or stratum 16 and above.
    #[error("the server's clock is not synchronised")]
    Unsynchronised,
    /// Transmit or receive timestamp zero.
    #[error("the answer carries no time")]
    NoTime,
    /// The server states an error above [`Checks::root_distance`].
    #[error("the server's stated error is too large")]
    RootDistance,
    /// The answer is not protected by the keys established with the server (NTS).
    #[error("the answer is not authentic")]
    NotAuthentic,
    /// The server has its time from us.
    #[error("the server has its time from this machine")]
    Loop,
    /// The timestamps contradict each other: the server spent more time than passed, or less than none.
    #[error("the timestamps contradict each other")]
    Contradiction,
}

impl Rejection {
    /// True when another, genuine answer to the same question may still come.
    pub fn may_be_forged(self) -> bool {
        matches!(
            self,
            Rejection::Packet(_)
                | Rejection::Mode(_)
                | Rejection::Originate
                | Rejection::NotAuthentic
        )
    }
}

/// A question on its way.
#[derive(Clone, Debug)]
pub struct Exchange {
    sent: NtpTimestamp,
    cookie: NtpTimestamp,
    version: u8,
    checks: Checks,
}

impl Exchange {
    /// A question asked at `now`, whose transmit timestamp is `now`.
    pub fn start(now: NtpTimestamp) -> Exchange {
        Exchange {
            sent: now,
            cookie: now,
            version: 4,
            checks: Checks::default(),
        }
    }

    /// The question left at `now`, not when it was made. Only for a question with a cookie of its own:
    /// its transmit timestamp is not our time, so the packet stays as it is.
    #[must_use]
    pub fn sent_at(mut self, now: NtpTimestamp) -> Exchange {
        self.sent = now;
        self
    }

    /// Sends these bits as transmit timestamp instead of our time: a forger has to guess them.
    /// Zero is not sent; it is what a client without a clock would send.
    #[must_use]
    pub fn with_cookie(mut self, cookie: u64) -> Exchange {
        self.cookie = NtpTimestamp::from_bits(cookie.max(1));
        self
    }

    /// Asks in this NTP version, 1 to 4; 4 by default.
    #[must_use]
    pub fn with_version(mut self, version: u8) -> Exchange {
        self.version = version;
        self
    }

    /// Other demands on the answer.
    #[must_use]
    pub fn with_checks(mut self, checks: Checks) -> Exchange {
        self.checks = checks;
        self
    }

    /// The packet to send.
    pub fn packet(&self) -> Packet {
        Packet::question(self.version, self.cookie)
    }

    /// Judges an answer that arrived at `now` by the clock of [`Exchange::start`].
    pub fn finish(&self, reply: &[u8], now: NtpTimestamp) -> Result<Measurement, Rejection> {
        let reply = Packet::parse(reply)?;
        self.check(&reply)?;
        let (offset, delay) = offset_and_delay(self.sent, reply.receive, reply.transmit, now);
        let inside = reply.transmit.nanos_since(reply.receive);
        if delay.min(inside) < -i64::from(TICKS_OF_DOUBT) {
            return Err(Rejection::Contradiction);
        }
        Ok(Measurement {
            offset,
            delay: delay.max(0),
            stratum: reply.stratum,
            leap: reply.leap,
            reference_id: reply.reference_id,
            root_delay: reply.root_delay,
            root_dispersion: reply.root_dispersion,
        })
    }

    fn check(&self, reply: &Packet) -> Result<(), Rejection> {
        if reply.mode != Mode::Server {
            return Err(Rejection::Mode(reply.mode));
        }
        // A fault for testing the conformance suite.
        let looked_at = !cfg!(renkei_fault = "time-client-originate-not-checked");
        if reply.originate != self.cookie && looked_at {
            return Err(Rejection::Originate);
        }
        if reply.stratum == 0 {
            return Err(Rejection::Kiss(Kiss::of(reply.reference_id)));
        }
        // A fault for testing the conformance suite.
        let believed = cfg!(renkei_fault = "time-client-unsynchronised-believed");
        if (reply.leap == Leap::Unsynchronised || reply.stratum > 15) && !believed {
            return Err(Rejection::Unsynchronised);
        }
        if reply.transmit.is_zero() || reply.receive.is_zero() {
            return Err(Rejection::NoTime);
        }
        let distance = reply.root_delay.to_duration() / 2 + reply.root_dispersion.to_duration();
        if distance > self.checks.root_distance {
            return Err(Rejection::RootDistance);
        }
        Ok(())
    }
}

/// Negative delay up to this many nanoseconds is the granularity of clocks, not a lie.
const TICKS_OF_DOUBT: i32 = 1_000_000;

/// Offset `((T2-T1)+(T3-T4))/2` and delay `(T4-T1)-(T3-T2)`, both in nanoseconds.
pub fn offset_and_delay(
    t1: NtpTimestamp,
    t2: NtpTimestamp,
    t3: NtpTimestamp,
    t4: NtpTimestamp,
) -> (i64, i64) {
    // Both terms of the delay are differences on one clock, so only one difference between clocks is taken:
    // two of them could fall on different sides of the 68 years and cancel out.
    let delay = i128::from(t4.bits_since(t1)) - i128::from(t3.bits_since(t2));
    let there = i128::from(t2.bits_since(t1));
    (bits_to_nanos(there - delay / 2), bits_to_nanos(delay))
}

#[cfg(test)]
mod tests;
