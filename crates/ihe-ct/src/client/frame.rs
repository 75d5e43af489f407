//! How an answer from the past is read now: the clock drifted meanwhile, was moved by us, or was set by somebody.

use super::filter::{PRECISION, Sample};
use crate::moment::Moment;

/// Now, and what is known of the clock since then.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) now: Moment,
    /// Seconds by which we have moved the clock until now.
    pub(crate) applied: f64,
    /// Best guess how fast the offset grows by itself, seconds per second.
    pub(crate) slope: f64,
    /// The offset grows by itself at most so fast, seconds per second.
    pub(crate) drift: f64,
}

impl Frame {
    /// A clock that nobody moved and of whose drift nothing is guessed.
    #[cfg(test)]
    pub(crate) fn still(now: Moment, drift: f64) -> Frame {
        Frame {
            now,
            applied: 0.0,
            slope: 0.0,
            drift,
        }
    }

    fn age(&self, sample: &Sample) -> f64 {
        self.now.since(sample.at).as_secs_f64()
    }

    fn moved(&self, sample: &Sample) -> f64 {
        sample.measured.offset_seconds() - (self.applied - sample.applied)
    }

    /// Best guess of the offset now, seconds; within [`Frame::interval`].
    pub(crate) fn offset(&self, sample: &Sample) -> f64 {
        let slope = self.slope.clamp(-self.drift, self.drift);
        let (low, high) = self.interval(sample);
        (self.moved(sample) + slope * self.age(sample)).clamp(low, high)
    }

    /// Between these the true offset lies if the server told the truth and the clock drifts no faster than said.
    ///
    /// When the wall clock went ahead of the steady one, either it was set (then the offset shrank by as much)
    /// or the machine slept (then it did not): both are within.
    pub(crate) fn interval(&self, sample: &Sample) -> (f64, f64) {
        let bound = sample.measured.error_bound().as_secs_f64();
        let drifted = self.drift * (self.age(sample) + sample.measured.delay_seconds());
        let half = bound + drifted + PRECISION;
        let stepped = self.now.stepped_since(sample.at) as f64 / 1e9;
        let centre = self.moved(sample);
        (
            centre - half - stepped.max(0.0),
            centre + half + (-stepped).max(0.0),
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::exchange::Measurement;
    use crate::packet::{Leap, ReferenceId};
    use crate::timestamp::NtpShort;
    use std::time::{Duration, Instant, UNIX_EPOCH};

    pub(crate) fn start() -> Moment {
        Moment {
            wall: UNIX_EPOCH + Duration::from_secs(1_800_000_000),
            steady: Instant::now(),
        }
    }

    pub(crate) fn measured(offset: f64, delay: f64) -> Measurement {
        Measurement {
            offset: (offset * 1e9) as i64,
            delay: (delay * 1e9) as i64,
            stratum: 2,
            leap: Leap::None,
            reference_id: ReferenceId::LOCAL,
            root_delay: NtpShort::default(),
            root_dispersion: NtpShort::default(),
        }
    }

    fn sample(offset: f64, delay: f64) -> Sample {
        Sample {
            measured: measured(offset, delay),
            at: start(),
            applied: 0.0,
        }
    }

    #[test]
    fn the_interval_grows_with_age_on_both_sides() {
        let sample = sample(1.0, 0.2);
        let later = sample.at.plus(Duration::from_secs(1000));
        let (low, high) = Frame::still(later, 1e-4).interval(&sample);
        assert!((low - 0.8).abs() < 1e-4 && (high - 1.2).abs() < 1e-4);
    }

    #[test]
    fn what_we_moved_the_clock_by_is_taken_off() {
        let sample = sample(1.0, 0.0);
        let mut frame = Frame::still(sample.at, 0.0);
        frame.applied = 0.25;
        assert!((frame.offset(&sample) - 0.75).abs() < 1e-9);
    }

    #[test]
    fn a_small_step_of_the_wall_clock_widens_the_interval_to_one_side() {
        let sample = sample(0.0, 0.0);
        let ahead = Moment {
            wall: sample.at.wall + Duration::from_millis(100),
            ..sample.at
        };
        let (low, high) = Frame::still(ahead, 0.0).interval(&sample);
        assert!((low + 0.1).abs() < 1e-4 && high.abs() < 1e-4);
        let back = Moment {
            wall: sample.at.wall - Duration::from_millis(100),
            ..sample.at
        };
        let (low, high) = Frame::still(back, 0.0).interval(&sample);
        assert!(low.abs() < 1e-4 && (high - 0.1).abs() < 1e-4);
    }
}
