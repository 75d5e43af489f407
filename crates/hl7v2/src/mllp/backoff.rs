//! How long to leave a server alone that did not answer.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;

const LEAST: Duration = Duration::from_millis(100);
const MOST: Duration = Duration::from_secs(30);

/// Pauses that double with each failure, each jittered by half, so that many clients do not come back at once.
#[derive(Default)]
pub(super) struct Backoff {
    failures: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// Before when no attempt should be made.
    pub(super) fn until(&self) -> Option<Instant> {
        self.until.filter(|until| *until > Instant::now())
    }

    pub(super) fn failed(&mut self) {
        let pause = jittered(step(self.failures));
        self.failures = self.failures.saturating_add(1);
        self.until = Instant::now().checked_add(pause);
    }

    pub(super) fn succeeded(&mut self) {
        *self = Backoff::default();
    }
}

fn step(failures: u32) -> Duration {
    LEAST.saturating_mul(1 << failures.min(16)).min(MOST)
}

/// Between half of it and one and a half.
fn jittered(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0_u8) % 1000;
    pause / 2 + pause.mul_f64(random as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_bound_and_differ() {
        assert_eq!(step(0), LEAST);
        assert_eq!(step(3), LEAST * 8);
        assert_eq!(step(u32::MAX), MOST);
        let pauses: Vec<_> = (0..50).map(|_| jittered(LEAST)).collect();
        assert!(
            pauses
                .iter()
                .all(|pause| (LEAST / 2..LEAST * 3 / 2).contains(pause))
        );
        assert!(pauses.windows(2).any(|two| two[0] != two[1]));
    }

    #[test]
    fn a_failure_asks_for_a_pause_and_a_success_ends_it() {
        let mut backoff = Backoff::default();
        assert!(backoff.until().is_none());
        backoff.failed();
        assert!(backoff.until().is_some());
        backoff.succeeded();
        assert!(backoff.until().is_none());
    }
}
