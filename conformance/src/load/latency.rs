//! Times, kept in steps of at most 1 % so that memory does not grow with their number.

use std::time::Duration;

/// Steps to a tenfold time.
const STEPS: f64 = 232.0;
/// From one microsecond to about a thousand seconds.
const SIZE: usize = 9 * 232 + 1;

/// A histogram of times.
#[derive(Clone, Debug)]
pub struct Latency {
    counts: Vec<u64>,
    longest: Duration,
    sum: Duration,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency {
            counts: vec![0; SIZE],
            longest: Duration::ZERO,
            sum: Duration::ZERO,
        }
    }
}

impl Latency {
    /// One more.
    pub fn add(&mut self, time: Duration) {
        let micros = time.as_secs_f64() * 1e6;
        let step = (micros.max(1.0).log10() * STEPS).ceil();
        self.counts[(step as usize).min(SIZE - 1)] += 1;
        self.longest = self.longest.max(time);
        self.sum += time;
    }

    /// All of another.
    pub fn join(&mut self, other: &Latency) {
        for (mine, its) in self.counts.iter_mut().zip(&other.counts) {
            *mine += its;
        }
        self.longest = self.longest.max(other.longest);
        self.sum += other.sum;
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The time that so much of them (0 to 1) did not exceed, to 1 %.
    pub fn quantile(&self, part: f64) -> Duration {
        let wanted = (self.count() as f64 * part).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (step, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                let micros = 10f64.powf(step as f64 / STEPS);
                return Duration::from_secs_f64(micros / 1e6).min(self.longest);
            }
        }
        self.longest
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The mean.
    pub fn mean(&self) -> Duration {
        match self.count() {
            0 => Duration::ZERO,
            count => self.sum.div_f64(count as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_one_percent() {
        let mut latency = Latency::default();
        (1..=1000).for_each(|n| latency.add(Duration::from_micros(n * 10)));
        for (part, micros) in [(0.5, 5000.0), (0.99, 9900.0), (1.0, 10_000.0)] {
            let found = latency.quantile(part).as_secs_f64() * 1e6;
            assert!((found / micros - 1.0).abs() < 0.0101, "{part}: {found}");
        }
        assert_eq!(latency.count(), 1000);
        assert_eq!(latency.mean(), Duration::from_nanos(5_005_000));
    }

    #[test]
    fn nothing_and_very_long_times_do_no_harm() {
        assert_eq!(Latency::default().quantile(0.5), Duration::ZERO);
        let mut latency = Latency::default();
        latency.add(Duration::from_secs(100_000));
        latency.add(Duration::ZERO);
        assert_eq!(latency.quantile(0.1), Duration::from_micros(1));
    }
}
