//! The clock filter of one server (RFC 5905 section 10): of the last eight answers the best one speaks.

use super::frame::Frame;
use crate::exchange::Measurement;
use crate::moment::Moment;
use std::collections::VecDeque;

/// Answers kept of one server.
pub const STAGES: usize = 8;

/// One accepted answer and when it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) measured: Measurement,
    /// When the answer came.
    pub(crate) at: Moment,
    /// Seconds by which we had moved the clock until then.
    pub(crate) applied: f64,
}

/// What the filter says of a server at one moment; seconds, positive when we are slow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filtered {
    /// The best answer.
    pub(crate) best: Sample,
    /// Its offset, brought forward to now.
    pub(crate) offset: f64,
    /// The true offset is not below this if the server tells the truth.
    pub(crate) low: f64,
    /// Nor above this.
    pub(crate) high: f64,
    /// How much the answers differ from the best one (root mean square).
    pub(crate) jitter: f64,
}

/// The last [`STAGES`] answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    samples: VecDeque<Sample>,
}

impl Filter {
    pub(crate) fn push(&mut self, sample: Sample) {
        while self.samples.len() >= STAGES {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }

    pub(crate) fn clear(&mut self) {
        self.samples.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    pub(crate) fn newest(&self) -> Option<&Sample> {
        self.samples.back()
    }

    /// The answer whose error bound is smallest now: a short delay is good, age makes it worse.
    pub(crate) fn at(&self, frame: &Frame) -> Option<Filtered> {
        let width = |sample: &&Sample| {
            let (low, high) = frame.interval(sample);
            high - low
        };
        let best = self
            .samples
            .iter()
            .min_by(|a, b| width(a).total_cmp(&width(b)))?;
        let (low, high) = frame.interval(best);
        let offset = frame.offset(best);
        Some(Filtered {
            best: *best,
            offset,
            low,
            high,
            jitter: self.jitter(offset, frame),
        })
    }

    fn jitter(&self, best: f64, frame: &Frame) -> f64 {
        let squares = self
            .samples
            .iter()
            .map(|sample| (frame.offset(sample) - best).powi(2));
        let others = self.samples.len().saturating_sub(1).max(1);
        (squares.sum::<f64>() / others as f64).sqrt().max(PRECISION)
    }
}

/// Reading a clock costs about this much, seconds.
pub(crate) const PRECISION: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::frame::tests::{measured, start};
    use std::time::Duration;

    fn filled(answers: &[(f64, f64)]) -> (Filter, Frame) {
        let mut filter = Filter::default();
        let begin = start();
        for (number, (offset, delay)) in answers.iter().enumerate() {
            filter.push(Sample {
                measured: measured(*offset, *delay),
                at: begin.plus(Duration::from_secs(number as u64 * 16)),
                applied: 0.0,
            });
        }
        let now = begin.plus(Duration::from_secs(answers.len() as u64 * 16));
        (filter, Frame::still(now, 1e-4))
    }

    #[test]
    fn the_answer_with_the_shortest_delay_speaks() {
        let (filter, frame) = filled(&[(0.5, 0.4), (0.010, 0.01), (-0.3, 0.6)]);
        let said = filter.at(&frame).expect("an answer");
        assert!((said.offset - 0.010).abs() < 1e-9);
        assert!(said.low < 0.010 - 0.005 && said.high > 0.010 + 0.005);
        assert!(said.jitter > 0.3, "the others differ: {}", said.jitter);
    }

    #[test]
    fn an_old_answer_gives_way_when_age_has_made_it_worse() {
        let begin = start();
        let mut filter = Filter::default();
        for (at, offset, delay) in [(0, 0.1, 0.010), (1000, 0.2, 0.020)] {
            let at = begin.plus(Duration::from_secs(at));
            let measured = measured(offset, delay);
            filter.push(Sample {
                measured,
                at,
                applied: 0.0,
            });
        }
        let soon = Frame::still(begin.plus(Duration::from_secs(1000)), 1e-6);
        assert!((filter.at(&soon).expect("one").offset - 0.1).abs() < 1e-9);
        let drifting = Frame::still(begin.plus(Duration::from_secs(1000)), 1e-4);
        assert!((filter.at(&drifting).expect("one").offset - 0.2).abs() < 1e-9);
    }

    #[test]
    fn only_eight_answers_are_kept() {
        let answers: Vec<(f64, f64)> = (0..20).map(|n| (f64::from(n), 0.01)).collect();
        let (filter, frame) = filled(&answers);
        assert_eq!(filter.len(), STAGES);
        assert!(filter.at(&frame).expect("one").offset >= 12.0);
    }

    #[test]
    fn an_empty_filter_says_nothing() {
        let (filter, frame) = filled(&[]);
        assert!(filter.at(&frame).is_none());
    }
}
