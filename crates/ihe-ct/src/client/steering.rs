//! Slewing (CT-R-005): by how much the clock is run faster or slower, and how far that has moved it.

use super::action::{Action, Alarm, Timer};
use super::track::Track;
use crate::moment::Moment;
use std::time::Duration;

/// What was done to the clock.
#[derive(Clone, Debug)]
pub(super) struct Steering {
    limit: f64,
    rate: f64,
    /// Seconds moved until `from`, since when `rate` holds.
    moved: f64,
    from: Option<Moment>,
    far: bool,
}

/// A slew is not shorter than this: the next measurement has to see its effect.
const SHORTEST: f64 = 16.0;

impl Steering {
    pub(super) fn new(limit: f64) -> Steering {
        Steering {
            limit,
            rate: 0.0,
            moved: 0.0,
            from: None,
            far: false,
        }
    }

    /// How fast the clock is moved now, seconds per second.
    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Seconds by which the clock has been moved until `now`; right for moments since the last change.
    pub(super) fn applied(&self, now: Moment) -> f64 {
        let since = self.from.map_or(Duration::ZERO, |from| now.since(from));
        self.moved + self.rate * since.as_secs_f64()
    }

    /// Moves the clock so that the offset is gone after about one poll interval.
    pub(super) fn steer(
        &mut self,
        track: &Track,
        panic: Duration,
        polls: impl Iterator<Item = u8>,
        now: Moment,
        actions: &mut Vec<Action>,
    ) {
        let far = track.offset.abs() > panic.as_secs_f64();
        if far && !std::mem::replace(&mut self.far, far) {
            actions.push(Action::Alarm(Alarm::TooFar(track.offset)));
        }
        self.far = far;
        if far {
            return self.hold(0.0, now, actions);
        }
        let interval = polls
            .min()
            .map_or(SHORTEST, |poll| f64::from(1_u32 << poll.min(17)));
        let interval = interval.max(SHORTEST);
        self.set(track.slope + track.offset / interval, now, actions);
        actions.push(Action::SetTimer(
            Timer::Slew,
            Duration::from_secs_f64(interval),
        ));
    }

    /// Only holds the drift.
    pub(super) fn hold(&mut self, slope: f64, now: Moment, actions: &mut Vec<Action>) {
        self.set(slope, now, actions);
    }

    fn set(&mut self, rate: f64, now: Moment, actions: &mut Vec<Action>) {
        self.moved = self.applied(now);
        self.from = Some(now);
        self.rate = rate.clamp(-self.limit, self.limit);
        actions.push(Action::Adjust(self.rate));
    }
}
