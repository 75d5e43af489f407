//! Health of time: what the last measurements say about this machine's clock (CT-R-001, "lost server").

use crate::exchange::Measurement;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// When the clock is called good, wrong or lost.
#[derive(Clone, Copy, Debug)]
pub struct HealthLimits {
    /// Largest median offset that is good. Default 1 s (CT-R-001).
    pub offset: Duration,
    /// Without a good answer for this long the clock counts as unsynchronised. Default 1 h.
    pub holdover: Duration,
    /// Measurements kept for the median, at least 1. Default 9.
    pub samples: usize,
    /// The wall clock moving this much against the monotonic one between two looks is a step. Default 500 ms.
    pub step: Duration,
}

impl Default for HealthLimits {
    fn default() -> HealthLimits {
        HealthLimits {
            offset: Duration::from_secs(1),
            holdover: Duration::from_secs(3600),
            samples: 9,
            step: Duration::from_millis(500),
        }
    }
}

/// The verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// No server has answered yet.
    Unknown,
    /// The median offset (nanoseconds, positive when we are slow) is within the limit.
    Good {
        /// Median offset in nanoseconds.
        offset: i64,
    },
    /// The median offset is beyond the limit: alarm.
    Wrong {
        /// Median offset in nanoseconds.
        offset: i64,
    },
    /// No good answer for longer than the holdover limit: running on the local clock, alarm.
    Lost {
        /// Time since the last good answer.
        since: Duration,
    },
}

impl Health {
    /// True when the time may be relied on.
    pub fn is_good(self) -> bool {
        matches!(self, Health::Good { .. })
    }
}

/// A moment by both clocks of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The wall clock, which may be set.
    pub wall: SystemTime,
    /// The monotonic clock, which may not.
    pub steady: Instant,
}

impl Moment {
    /// Now.
    pub fn now() -> Moment {
        Moment {
            wall: SystemTime::now(),
            steady: Instant::now(),
        }
    }
}

/// Collects measurements; may be shared between a watch that records and actors that ask.
#[derive(Debug)]
pub struct TimeHealth {
    limits: HealthLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    samples: VecDeque<Measurement>,
    last_good: Option<Instant>,
    last_look: Option<Moment>,
}

impl TimeHealth {
    /// Nothing known yet.
    pub fn new(limits: HealthLimits) -> TimeHealth {
        TimeHealth {
            limits,
            state: Mutex::default(),
        }
    }

    /// Keeps an accepted measurement.
    pub fn record(&self, measured: Measurement, now: Instant) {
        let mut state = self.lock();
        while state.samples.len() >= self.limits.samples.max(1) {
            state.samples.pop_front();
        }
        state.samples.push_back(measured);
        state.last_good = Some(now);
    }

    /// The verdict at `now`.
    pub fn health(&self, now: Instant) -> Health {
        let state = self.lock();
        let (Some(last), Some(offset)) = (state.last_good, median(&state.samples)) else {
            return Health::Unknown;
        };
        let since = now.saturating_duration_since(last);
        if since > self.limits.holdover {
            Health::Lost { since }
        } else if u128::from(offset.unsigned_abs()) <= self.limits.offset.as_nanos() {
            Health::Good { offset }
        } else {
            Health::Wrong { offset }
        }
    }

    /// The newest measurement.
    pub fn latest(&self) -> Option<Measurement> {
        self.lock().samples.back().copied()
    }

    /// Looks at both clocks: `Some(nanoseconds)` when the wall clock was stepped since the last look
    /// (positive: forward). The measurements from before the step are forgotten: they no longer hold.
    /// A policy may report it as a Security Alert (CT-R-009).
    pub fn look(&self, now: Moment) -> Option<i64> {
        let mut state = self.lock();
        let before = state.last_look.replace(now)?;
        let steady = now
            .steady
            .saturating_duration_since(before.steady)
            .as_nanos() as i128;
        let wall = match now.wall.duration_since(before.wall) {
            Ok(forward) => forward.as_nanos() as i128,
            Err(back) => -(back.duration().as_nanos() as i128),
        };
        let step = wall - steady;
        if step.unsigned_abs() <= self.limits.step.as_nanos() {
            return None;
        }
        state.samples.clear();
        state.last_good = None;
        Some(step.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for TimeHealth {
    fn default() -> TimeHealth {
        TimeHealth::new(HealthLimits::default())
    }
}

/// The middle offset; of two middle ones the one nearer to zero, so that one bad sample of two does no harm.
fn median(samples: &VecDeque<Measurement>) -> Option<i64> {
    let mut offsets: Vec<i64> = samples.iter().map(|sample| sample.offset).collect();
    offsets.sort_unstable();
    let upper = *offsets.get(offsets.len() / 2)?;
    let lower = *offsets.get(offsets.len().checked_sub(1)? / 2)?;
    Some(if lower.unsigned_abs() < upper.unsigned_abs() {
        lower
    } else {
        upper
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{Leap, ReferenceId};
    use crate::timestamp::NtpShort;

    const SECOND: i64 = 1_000_000_000;

    fn sample(offset: i64) -> Measurement {
        Measurement {
            offset,
            delay: 0,
            stratum: 2,
            leap: Leap::None,
            reference_id: ReferenceId::LOCAL,
            root_delay: NtpShort::default(),
            root_dispersion: NtpShort::default(),
        }
    }

    #[test]
    fn ct_r_001_the_median_decides_and_one_outlier_does_not() {
        let (health, now) = (TimeHealth::default(), Instant::now());
        assert_eq!(health.health(now), Health::Unknown);
        for offset in [3_000, 60 * SECOND, -2_000] {
            health.record(sample(offset), now);
        }
        assert_eq!(health.health(now), Health::Good { offset: 3_000 });
    }

    #[test]
    fn ct_r_001_exactly_one_second_is_good_and_a_nanosecond_more_is_wrong() {
        let (health, now) = (TimeHealth::default(), Instant::now());
        health.record(sample(-SECOND), now);
        assert!(health.health(now).is_good());
        let health = TimeHealth::default();
        health.record(sample(-SECOND - 1), now);
        assert_eq!(
            health.health(now),
            Health::Wrong {
                offset: -SECOND - 1
            }
        );
    }

    #[test]
    fn old_samples_make_room_for_new_ones() {
        let (health, now) = (TimeHealth::default(), Instant::now());
        (0..9).for_each(|_| health.record(sample(5 * SECOND), now));
        (0..5).for_each(|_| health.record(sample(0), now));
        assert_eq!(health.health(now), Health::Good { offset: 0 });
    }

    #[test]
    fn bad_input_a_lost_server_is_an_alarm_after_the_holdover_limit_not_before() {
        let (health, start) = (TimeHealth::default(), Instant::now());
        health.record(sample(0), start);
        assert!(health.health(start + Duration::from_secs(3600)).is_good());
        let late = Duration::from_secs(3601);
        assert_eq!(health.health(start + late), Health::Lost { since: late });
        health.record(sample(0), start + late);
        assert!(health.health(start + late).is_good());
    }

    #[test]
    fn ct_r_009_a_step_of_the_wall_clock_is_seen_and_old_measurements_are_forgotten() {
        let (health, start) = (TimeHealth::default(), Moment::now());
        health.record(sample(0), start.steady);
        assert_eq!(health.look(start), None);
        let slewed = Moment {
            wall: start.wall + Duration::from_millis(10_400),
            steady: start.steady + Duration::from_secs(10),
        };
        assert_eq!(health.look(slewed), None);
        let set_back = Moment {
            wall: slewed.wall - Duration::from_secs(60),
            steady: slewed.steady + Duration::from_secs(1),
        };
        assert_eq!(health.look(set_back), Some(-61 * SECOND));
        assert_eq!(health.health(set_back.steady), Health::Unknown);
    }
}
