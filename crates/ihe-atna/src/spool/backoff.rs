//! ITI-20 the pause before a sender tries again: doubled each time, with jitter, so that a
//! thousand nodes do not come back at the same moment.

use std::time::Duration;

use crate::spool::Limits;

pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(limits: &Limits) -> Backoff {
        let first = limits.retry_first;
        Backoff {
            first,
            longest: limits.retry_longest,
            next: first,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }

    /// The pause, between half and one and a half of its nominal length.
    pub(crate) fn next(&mut self) -> Duration {
        let nominal = self.next;
        self.next = (nominal * 2).min(self.longest);
        let random = uuid::Uuid::new_v4().as_bytes()[0];
        nominal.mul_f64(0.5 + f64::from(random) / 255.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_025_back_off_doubles_with_jitter_up_to_its_limit() {
        let limits = Limits::default();
        let mut backoff = Backoff::new(&limits);
        for nominal in [250, 500, 1000, 2000] {
            let pause = backoff.next().as_millis();
            assert!(
                (nominal / 2..=nominal * 3 / 2).contains(&pause),
                "{pause} for {nominal}"
            );
        }
        for _ in 0..10 {
            backoff.next();
        }
        assert!(backoff.next() <= Duration::from_secs(90));
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(375));
    }
}
