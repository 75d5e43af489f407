//! How a client actor tries again: a partner that is busy or away for a moment fails nobody's work.

use super::client::Error;
use crate::error::{ErrorCode, RegistryError, Severity};
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often and how soon a call is made again. The pauses double, each plus or minus half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Calls in all, at least one; 3.
    pub attempts: u32,
    /// The first pause; 250 ms.
    pub first: Duration,
    /// The longest pause; 10 s.
    pub longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            attempts: 3,
            first: Duration::from_millis(250),
            longest: Duration::from_secs(10),
        }
    }
}

impl Retries {
    /// One call, whatever comes.
    pub fn none() -> Self {
        Self {
            attempts: 1,
            ..Self::default()
        }
    }

    /// Waits before the next attempt; false when `made` attempts were all, or the error is no passing one.
    pub(crate) async fn again(&self, made: u32, error: &Error) -> bool {
        let again = made < self.attempts && passes(error);
        if again {
            tracing::debug!(%error, attempt = made, "trying again");
            tokio::time::sleep(self.pause(made, jitter())).await;
        }
        again
    }

    /// The pause after so many attempts; `jitter` of 0 to 1 spreads it from a half to one and a half.
    fn pause(&self, made: u32, jitter: f64) -> Duration {
        let doubled = self
            .first
            .saturating_mul(1 << made.saturating_sub(1).min(16));
        doubled.min(self.longest).mul_f64(0.5 + jitter)
    }
}

/// Whether the same call may succeed a moment later.
fn passes(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Refused(refusal) => {
            let mut errors = refusal.errors.iter().filter(|one| is_error(one)).peekable();
            errors.peek().is_some() && errors.all(|one| is_passing(&one.code))
        }
        _ => false,
    }
}

fn is_error(one: &RegistryError) -> bool {
    one.severity == Severity::Error
}

fn is_passing(code: &ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::XdsRegistryBusy
            | ErrorCode::XdsRepositoryBusy
            | ErrorCode::XdsRegistryNotAvailable
            | ErrorCode::XdsRegistryOutOfResources
            | ErrorCode::XdsRepositoryOutOfResources
    )
}

fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0_u8) >> 40;
    random as f64 / f64::from(1 << 24)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Refusal;

    fn refused(codes: &[ErrorCode]) -> Error {
        let errors = codes
            .iter()
            .map(|code| RegistryError::error(code.clone(), ""));
        Error::Refused(Refusal {
            errors: errors.collect(),
        })
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        assert!(passes(&Error::Transport("gone".into())));
        assert!(passes(&refused(&[ErrorCode::XdsRegistryBusy])));
        let mixed = [ErrorCode::XdsRegistryBusy, ErrorCode::XdsUnknownPatientId];
        assert!(!passes(&refused(&mixed)));
        assert!(!passes(&refused(&[])));
        assert!(!passes(&Error::Malformed("?".into())));
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread() {
        let retries = Retries::default();
        assert_eq!(retries.pause(1, 0.5), Duration::from_millis(250));
        assert_eq!(retries.pause(3, 0.5), Duration::from_millis(1000));
        assert_eq!(retries.pause(60, 0.5), Duration::from_secs(10));
        assert_eq!(retries.pause(1, 0.0), Duration::from_millis(125));
        assert!((0.0..1.0).contains(&jitter()));
    }

    #[tokio::test]
    async fn the_last_attempt_is_the_last() {
        let retries = Retries {
            first: Duration::from_millis(1),
            ..Retries::default()
        };
        let gone = Error::Transport("gone".into());
        assert!(retries.again(2, &gone).await);
        assert!(!retries.again(3, &gone).await);
        assert!(!Retries::none().again(1, &gone).await);
    }
}
