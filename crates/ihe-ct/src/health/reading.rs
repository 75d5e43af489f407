//! One reading of the servers: how wrong the clock is, how sure that is, and where it is known from.

use crate::exchange::Measurement;
use crate::moment::Moment;
use crate::packet::{Leap, ReferenceId};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Where the time is known from: the server that weighs most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// The server's address; `None` for a measurement of the small mode (SNTP).
    pub address: Option<SocketAddr>,
    /// The server's stratum, 1 to 15.
    pub stratum: u8,
    /// The server's own source.
    pub reference_id: ReferenceId,
    /// Leap warning that a majority of the servers passes on.
    pub leap: Leap,
    /// Round trip to the primary source: the server's root delay and our round trip to it.
    pub root_delay: Duration,
    /// Servers that agree.
    pub agreeing: usize,
    /// Servers asked.
    pub servers: usize,
}

impl Source {
    /// The reference id a server at one stratum more says: its source's IPv4 address, or the first four bytes of
    /// the MD5 of its IPv6 address (RFC 5905 section 7.3); the server's own source when the address is not known.
    pub fn as_reference(&self) -> ReferenceId {
        match self.address.map(|address| address.ip().to_canonical()) {
            Some(address) => reference_of(address),
            None => self.reference_id,
        }
    }
}

/// How an address is written as a reference id.
pub(crate) fn reference_of(address: IpAddr) -> ReferenceId {
    match address {
        IpAddr::V4(four) => ReferenceId(four.octets()),
        IpAddr::V6(six) => {
            use md5::{Digest, Md5};
            let digest = Md5::digest(six.octets());
            ReferenceId(digest.first_chunk().copied().unwrap_or_default())
        }
    }
}

/// How wrong the clock was at one moment; it can be brought forward to a later one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// When.
    pub at: Moment,
    /// Best guess of UTC minus our clock, nanoseconds: positive when we are slow.
    pub offset: i64,
    /// The true offset is not below this while fewer than half of the usable servers lie, nanoseconds.
    pub low: i64,
    /// Nor above this.
    pub high: i64,
    /// How fast the offset grows by itself: best guess, seconds per second.
    pub slope: f64,
    /// How fast we are moving the clock, seconds per second; zero when we only observe.
    pub applied: f64,
    /// The offset grows by itself at most so fast, seconds per second.
    pub drift: f64,
    /// Where it is known from.
    pub source: Source,
}

impl Reading {
    /// What one answer says, for a client that asks one server (SNTP).
    pub fn of(measured: &Measurement, at: Moment, drift: f64) -> Reading {
        let bound = nanoseconds(measured.error_bound());
        Reading {
            at,
            offset: measured.offset,
            low: measured.offset.saturating_sub(bound),
            high: measured.offset.saturating_add(bound),
            slope: 0.0,
            applied: 0.0,
            drift,
            source: Source {
                address: None,
                stratum: measured.stratum,
                reference_id: measured.reference_id,
                leap: measured.leap,
                root_delay: measured.root_delay.to_duration()
                    + Duration::from_nanos(measured.delay.unsigned_abs()),
                agreeing: 1,
                servers: 1,
            },
        }
    }

    /// Between these nanoseconds the true offset is at `now`. A step of the wall clock since then widens it: it may
    /// have been a setting of the clock or a sleep of the machine.
    pub fn interval(&self, now: Moment) -> (i64, i64) {
        let age = now.since(self.at).as_secs_f64();
        let moved = self.applied * age * 1e9;
        let drifted = (self.drift * age * 1e9).ceil();
        let stepped = now.stepped_since(self.at);
        let low = self.low.saturating_add((-moved - drifted) as i64);
        let high = self.high.saturating_add((-moved + drifted) as i64);
        (
            low.saturating_sub(stepped.max(0)),
            high.saturating_add(stepped.saturating_neg().max(0)),
        )
    }

    /// Best guess of the offset at `now`, nanoseconds, within [`Reading::interval`].
    pub fn offset_at(&self, now: Moment) -> i64 {
        let age = now.since(self.at).as_secs_f64();
        let (low, high) = self.interval(now);
        let slope = self.slope.clamp(-self.drift, self.drift) - self.applied;
        let guess = self.offset.saturating_add((slope * age * 1e9) as i64);
        guess.clamp(low.min(high), high)
    }

    /// How wrong [`Reading::offset_at`] can be at most.
    pub fn bound_at(&self, now: Moment) -> Duration {
        let (offset, (low, high)) = (self.offset_at(now), self.interval(now));
        Duration::from_nanos(high.abs_diff(offset).max(offset.abs_diff(low)))
    }
}

pub(super) fn nanoseconds(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::frame::tests::{measured, start};

    #[test]
    fn a_reading_grows_older_and_its_bound_wider() {
        let reading = Reading::of(&measured(0.5, 0.2), start(), 1e-4);
        assert_eq!(reading.bound_at(reading.at), Duration::from_millis(100));
        let later = reading.at.plus(Duration::from_secs(1000));
        assert_eq!(reading.offset_at(later), 500_000_000);
        assert_eq!(reading.bound_at(later), Duration::from_millis(200));
    }

    #[test]
    fn a_known_slope_moves_the_guess_but_not_the_interval() {
        let mut reading = Reading::of(&measured(0.0, 0.0), start(), 1e-4);
        reading.slope = 5e-5;
        let later = reading.at.plus(Duration::from_secs(1000));
        assert_eq!(reading.offset_at(later), 50_000_000);
        assert_eq!(reading.interval(later), (-100_000_000, 100_000_000));
        assert_eq!(reading.bound_at(later), Duration::from_millis(150));
    }

    #[test]
    fn what_we_move_the_clock_by_moves_both() {
        let mut reading = Reading::of(&measured(1.0, 0.0), start(), 0.0);
        reading.applied = 5e-4;
        let later = reading.at.plus(Duration::from_secs(1000));
        assert_eq!(reading.interval(later), (500_000_000, 500_000_000));
        assert_eq!(reading.offset_at(later), 500_000_000);
    }

    #[test]
    fn a_source_is_named_by_its_address() {
        let mut source = Reading::of(&measured(0.0, 0.0), start(), 0.0).source;
        assert_eq!(source.as_reference(), ReferenceId::LOCAL);
        source.address = Some("192.0.2.7:123".parse().expect("address"));
        assert_eq!(source.as_reference(), ReferenceId([192, 0, 2, 7]));
        source.address = Some("[2001:db8::1]:123".parse().expect("address"));
        let by_md5 = source.as_reference();
        assert_ne!(by_md5, ReferenceId::LOCAL);
        source.address = Some("[2001:db8::2]:123".parse().expect("address"));
        assert_ne!(source.as_reference(), by_md5);
    }
}
