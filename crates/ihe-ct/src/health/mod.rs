//! Health of time: what the servers say about this machine's clock, and the alarm when it cannot be relied on.

mod reading;
#[cfg(test)]
mod tests;

pub(crate) use reading::reference_of;
pub use reading::{Reading, Source};

use crate::exchange::Measurement;
use crate::moment::Moment;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// When the clock is called good, wrong, uncertain or lost.
#[derive(Clone, Copy, Debug)]
pub struct HealthLimits {
    /// Largest offset that is good. Default 1 s (CT-R-001).
    pub offset: Duration,
    /// Largest error bound that is good. Default 1 s.
    pub bound: Duration,
    /// Without a good answer for this long the clock counts as lost. Default 1 h.
    pub holdover: Duration,
    /// So long it may take from the start until the first answer; then the clock counts as lost. Default 2 min.
    pub settle: Duration,
    /// SNTP measurements kept for the median, at least 1. Default 9.
    pub samples: usize,
    /// The wall clock moving this much against the steady one between two looks is a step. Default 500 ms.
    pub step: Duration,
    /// How fast a clock that nobody disciplines drifts at most, parts per million. Default 100: a crystal's worst.
    pub drift_ppm: f64,
}

impl Default for HealthLimits {
    fn default() -> HealthLimits {
        HealthLimits {
            offset: Duration::from_secs(1),
            bound: Duration::from_secs(1),
            holdover: Duration::from_secs(3600),
            settle: Duration::from_secs(120),
            samples: 9,
            step: Duration::from_millis(500),
            drift_ppm: 100.0,
        }
    }
}

/// The verdict on the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// No server has answered yet.
    Unknown,
    /// Offset and error bound are within the limits.
    Good,
    /// The offset is beyond the limit.
    Wrong,
    /// The error bound is beyond the limit: nobody knows how wrong the clock is.
    Uncertain,
    /// No good answer for longer than the holdover limit: running on the local clock.
    Lost,
}

impl Verdict {
    /// True when the time must not be relied on: an alarm.
    pub fn is_bad(self) -> bool {
        matches!(self, Verdict::Wrong | Verdict::Uncertain | Verdict::Lost)
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verdict::Unknown => "unknown",
            Verdict::Good => "good",
            Verdict::Wrong => "wrong",
            Verdict::Uncertain => "uncertain",
            Verdict::Lost => "lost",
        })
    }
}

/// What is known of the clock at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Health {
    /// Whether it may be relied on.
    pub verdict: Verdict,
    /// Since when the verdict stands.
    pub since: Moment,
    /// UTC minus our clock, nanoseconds: positive when we are slow. `None` while nobody has answered.
    pub offset: Option<i64>,
    /// How wrong `offset` can be at most.
    pub bound: Option<Duration>,
    /// Time since the last good answer.
    pub age: Option<Duration>,
    /// Where the time is known from.
    pub source: Option<Source>,
}

impl Health {
    /// True when the time may be relied on.
    pub fn is_good(&self) -> bool {
        self.verdict == Verdict::Good
    }
}

/// What a listener is told; see [`TimeHealth::on_notice`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Notice {
    /// The verdict is another one than `before`.
    Changed {
        /// The verdict before.
        before: Verdict,
        /// The health now.
        now: Health,
    },
    /// The wall clock was stepped by somebody (nanoseconds, positive: forward). All measurements from before are
    /// forgotten: they no longer hold. A policy may report it as a Security Alert (CT-R-009).
    Stepped(i64),
}

impl Notice {
    /// True when the time may no longer be relied on.
    pub fn enters_bad(&self) -> bool {
        matches!(self, Notice::Changed { before, now } if !before.is_bad() && now.verdict.is_bad())
    }

    /// True when the time may be relied on again.
    pub fn leaves_bad(&self) -> bool {
        matches!(self, Notice::Changed { before, now } if before.is_bad() && now.is_good())
    }
}

type Listener = Arc<dyn Fn(&Notice) + Send + Sync>;

/// Collects readings; may be shared between a client that records and actors that ask.
pub struct TimeHealth {
    limits: HealthLimits,
    state: Mutex<State>,
    listener: Option<Listener>,
}

struct State {
    reading: Option<Reading>,
    samples: VecDeque<(Measurement, Moment)>,
    last_look: Moment,
    verdict: Verdict,
    since: Moment,
    /// The bad verdict a listener was told of and not yet called off.
    alarmed: Option<Verdict>,
}

impl TimeHealth {
    /// Nothing known yet.
    pub fn new(limits: HealthLimits) -> TimeHealth {
        TimeHealth::since(limits, Moment::now())
    }

    /// Nothing known at `start`, for simulated time.
    pub fn since(limits: HealthLimits, start: Moment) -> TimeHealth {
        TimeHealth {
            limits,
            state: Mutex::new(State {
                reading: None,
                samples: VecDeque::new(),
                last_look: start,
                verdict: Verdict::Unknown,
                since: start,
                alarmed: None,
            }),
            listener: None,
        }
    }

    /// Tells `listener` when the verdict changes and when the clock was stepped. It is called by whoever records
    /// or [looks](TimeHealth::look), must not block, and may ask this health again.
    #[must_use]
    pub fn on_notice(self, listener: impl Fn(&Notice) + Send + Sync + 'static) -> TimeHealth {
        TimeHealth {
            listener: Some(Arc::new(listener)),
            ..self
        }
    }

    /// The limits.
    pub fn limits(&self) -> &HealthLimits {
        &self.limits
    }

    /// Keeps a reading of several servers.
    pub fn read(&self, reading: Reading) {
        self.lock().reading = Some(reading);
        self.look(reading.at);
    }

    /// Keeps one accepted measurement (SNTP): the median of the last ones is what is believed.
    pub fn record(&self, measured: Measurement, now: Moment) {
        let mut state = self.lock();
        while state.samples.len() >= self.limits.samples.max(1) {
            state.samples.pop_front();
        }
        state.samples.push_back((measured, now));
        state.reading = median(&state.samples, self.limits.drift_ppm * 1e-6);
        drop(state);
        self.look(now);
    }

    /// What is known at `now`. Tells nobody; a verdict that changed since the last look is shown as of `now`.
    pub fn health(&self, now: Moment) -> Health {
        self.judge(&self.lock(), now)
    }

    /// What is known now.
    pub fn now(&self) -> Health {
        self.health(Moment::now())
    }

    /// The newest reading.
    pub fn reading(&self) -> Option<Reading> {
        self.lock().reading
    }

    /// Looks at both clocks and at the age of the last answer, and tells the listener what changed. To be called
    /// every few seconds, as the clients of this crate do; `Some(nanoseconds)` when the wall clock was stepped.
    pub fn look(&self, now: Moment) -> Option<i64> {
        let mut notices = Vec::new();
        let mut state = self.lock();
        let stepped = self.step(&mut state, now);
        notices.extend(stepped.map(Notice::Stepped));
        let health = self.judge(&state, now);
        if health.verdict != state.verdict {
            let before = state.alarmed.unwrap_or(state.verdict);
            (state.verdict, state.since) = (health.verdict, now);
            notices.push(Notice::Changed {
                before,
                now: health,
            });
            state.alarmed = match health.verdict {
                Verdict::Good => None,
                Verdict::Unknown => state.alarmed,
                bad => Some(bad),
            };
        }
        drop(state);
        if let Some(listener) = &self.listener {
            notices.iter().for_each(|notice| listener(notice));
        }
        stepped
    }

    fn step(&self, state: &mut State, now: Moment) -> Option<i64> {
        let before = std::mem::replace(&mut state.last_look, now);
        let step = now.stepped_since(before);
        if u128::from(step.unsigned_abs()) <= self.limits.step.as_nanos() {
            return None;
        }
        state.samples.clear();
        state.reading = None;
        Some(step)
    }

    fn judge(&self, state: &State, now: Moment) -> Health {
        let reading = state.reading.as_ref();
        let (offset, bound) = (
            reading.map(|r| r.offset_at(now)),
            reading.map(|r| r.bound_at(now)),
        );
        let age = reading.map(|r| now.since(r.at));
        let verdict = match (offset, bound, age) {
            (Some(offset), Some(bound), Some(age)) => self.verdict(offset, bound, age),
            _ => self.without_reading(state, now),
        };
        Health {
            verdict,
            since: match verdict == state.verdict {
                true => state.since,
                false => now,
            },
            offset,
            bound,
            age,
            source: reading.map(|r| r.source),
        }
    }

    fn without_reading(&self, state: &State, now: Moment) -> Verdict {
        let waits = state.verdict == Verdict::Unknown;
        match state.verdict {
            Verdict::Lost => Verdict::Lost,
            _ if waits && now.since(state.since) > self.limits.settle => Verdict::Lost,
            _ => Verdict::Unknown,
        }
    }

    fn verdict(&self, offset: i64, bound: Duration, age: Duration) -> Verdict {
        if age > self.limits.holdover {
            Verdict::Lost
        } else if bound > self.limits.bound {
            Verdict::Uncertain
        } else if u128::from(offset.unsigned_abs()) > self.limits.offset.as_nanos() {
            Verdict::Wrong
        } else {
            Verdict::Good
        }
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

impl std::fmt::Debug for TimeHealth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TimeHealth")
            .field("limits", &self.limits)
            .field("verdict", &self.lock().verdict)
            .finish_non_exhaustive()
    }
}

/// The sample with the middle offset; of two middle ones the one nearer to zero, so that one bad sample of two does
/// no harm. Its age is that of the newest sample: the server still answers.
fn median(samples: &VecDeque<(Measurement, Moment)>, drift: f64) -> Option<Reading> {
    let mut sorted: Vec<&(Measurement, Moment)> = samples.iter().collect();
    sorted.sort_by_key(|(measured, _)| measured.offset);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().checked_sub(1)? / 2)?;
    let (measured, at) = match lower.0.offset.unsigned_abs() < upper.0.offset.unsigned_abs() {
        true => lower,
        false => upper,
    };
    let newest = samples.back()?.1;
    let mut reading = Reading::of(measured, *at, drift);
    (reading.low, reading.high) = reading.interval(newest);
    reading.at = newest;
    Some(reading)
}
