//! A moment by both clocks of the machine: the wall clock, which may be set, and the steady one, which may not.

use crate::timestamp::NtpTimestamp;
use std::time::{Duration, Instant, SystemTime};

/// A moment by both clocks of the machine.
///
/// The protocol never reads a clock: it is handed moments, and a simulation makes its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock, which may be set.
    pub wall: SystemTime,
    /// The monotonic clock, which may not.
    pub steady: Instant,
}

/// Two readings of the clocks closer together than this belong to one moment.
const NARROW: Duration = Duration::from_micros(20);

impl Moment {
    /// Now. The wall clock is read between two readings of the steady one, again if we were interrupted there.
    pub fn now() -> Moment {
        let (mut best, mut width) = Moment::bracketed();
        for _ in 0..4 {
            if width <= NARROW {
                break;
            }
            let (moment, narrower) = Moment::bracketed();
            if narrower < width {
                (best, width) = (moment, narrower);
            }
        }
        best
    }

    fn bracketed() -> (Moment, Duration) {
        let steady = Instant::now();
        let wall = SystemTime::now();
        (Moment { wall, steady }, steady.elapsed())
    }

    /// The moment `time` later, on clocks that nobody touches.
    #[must_use]
    pub fn plus(self, time: Duration) -> Moment {
        Moment {
            wall: self.wall + time,
            steady: self.steady + time,
        }
    }

    /// Steady time since `earlier`; zero if it is not earlier.
    pub fn since(self, earlier: Moment) -> Duration {
        self.steady.saturating_duration_since(earlier.steady)
    }

    /// By how many nanoseconds the wall clock went ahead of the steady one since `earlier`: zero on clocks
    /// that nobody sets, negative when the wall clock was set back.
    pub fn stepped_since(self, earlier: Moment) -> i64 {
        let steady = nanos(self.since(earlier));
        let wall = match self.wall.duration_since(earlier.wall) {
            Ok(forward) => nanos(forward),
            Err(back) => -nanos(back.duration()),
        };
        (wall - steady).clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
    }

    /// The wall clock as NTP writes it.
    pub fn ntp(self) -> NtpTimestamp {
        NtpTimestamp::from_system(self.wall)
    }
}

fn nanos(time: Duration) -> i128 {
    i128::try_from(time.as_nanos()).unwrap_or(i128::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_was_set_is_told_from_time_that_passed() {
        let start = Moment::now();
        let later = start.plus(Duration::from_secs(10));
        assert_eq!(later.stepped_since(start), 0);
        let set_back = Moment {
            wall: later.wall - Duration::from_secs(60),
            ..later
        };
        assert_eq!(set_back.stepped_since(start), -60_000_000_000);
        assert_eq!(set_back.since(start), Duration::from_secs(10));
        assert_eq!(start.since(later), Duration::ZERO);
    }

    #[test]
    fn the_clocks_are_read_together() {
        let (first, second) = (Moment::now(), Moment::now());
        assert!(second.stepped_since(first).abs() < 100_000_000);
    }
}
