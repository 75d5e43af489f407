//! One message to one receiver, sent until it is taken or given up.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use hl7v2::Message;
use hl7v2::ack::AckCode;
use ihe_atna::{SecureNode, TransactionEvent};
use tokio_util::sync::CancellationToken;

use super::Stopped;
use crate::actor::connection::Connection;
use crate::actor::pix_source::{facts, judge};
use crate::error::Error;
use crate::transaction::AuditFacts;

/// When to send again, and when to give up. Pauses double from the first to the longest, each jittered by half.
///
/// A receiver that cannot be reached is never given up, because nothing behind would reach it either. One that answers no
/// must not block what comes behind for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// The first pause. Default 0.5 s.
    pub first: Duration,
    /// The longest pause. Default 30 s.
    pub longest: Duration,
    /// How often AE (the content is at fault) is taken for an answer until the message is given up. Default 5.
    pub errors: u32,
    /// How often AR (the receiver cannot, now), or an answer that cannot be read, is taken until the message is given up.
    /// Default 100, about 45 minutes.
    pub rejections: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            errors: 5,
            rejections: 100,
        }
    }
}

/// The way to one receiver.
pub(super) struct Delivery {
    node: SecureNode,
    connection: Connection,
}

pub(super) type Audit = fn(&AuditFacts<'_>, &Message) -> Vec<TransactionEvent>;

impl Delivery {
    pub(super) fn new(node: SecureNode, address: &str) -> Delivery {
        let connection = Connection::new(node.clone(), address);
        Delivery { node, connection }
    }

    /// Whether it was taken, after as many tries as it needs. Audited at the first failure and at the end.
    pub(super) async fn send(
        &self,
        bytes: &[u8],
        audit: Audit,
        retry: &Retry,
        stop: &CancellationToken,
    ) -> Result<bool, Stopped> {
        let Ok(message) = Message::parse(bytes) else {
            tracing::error!("a notification that cannot be read is given up");
            return Ok(false);
        };
        let mut tries = Tries::default();
        loop {
            let exchange = self.connection.exchange(bytes);
            let exchanged = tokio::select! {
                () = stop.cancelled() => return Err(Stopped::Asked),
                exchanged = exchange => exchanged,
            };
            let (result, peer) = match exchanged {
                Ok((reply, peer)) => (judge(&message, &reply), peer),
                Err(failure) => (Err(Error::Transport(failure.text)), failure.peer),
            };
            let last = result.is_ok() || tries.count(&result, retry);
            if let Err(error) = &result {
                tracing::info!(%error, tries = tries.total, "notification not taken");
            }
            let silent = !last && tries.total > 1;
            let facts = facts(&peer, &result);
            if (silent || self.record(audit(&facts, &message)).await) && last {
                return Ok(taken(&result, tries.total));
            }
            tokio::select! {
                () = stop.cancelled() => return Err(Stopped::Asked),
                () = tokio::time::sleep(tries.pause(retry)) => {}
            }
        }
    }

    /// What is not on record does not count: it is sent again.
    async fn record(&self, events: Vec<TransactionEvent>) -> bool {
        let recorded = self.node.record_events(events).await;
        if let Err(error) = &recorded {
            tracing::error!(%error, "audit record not kept, notification sent again");
        }
        recorded.is_ok()
    }
}

fn taken(result: &Result<(), Error>, tries: u32) -> bool {
    match result {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, tries, "notification given up");
            false
        }
    }
}

#[derive(Default)]
struct Tries {
    total: u32,
    errors: u32,
    rejections: u32,
}

impl Tries {
    /// Counts a failure; whether it was the last one to be borne.
    fn count(&mut self, result: &Result<(), Error>, retry: &Retry) -> bool {
        self.total = self.total.saturating_add(1);
        match result {
            Err(Error::Refused(refusal)) if refusal.code != AckCode::Ar => {
                self.errors = self.errors.saturating_add(1);
            }
            Err(Error::Refused(_) | Error::Malformed(_)) => {
                self.rejections = self.rejections.saturating_add(1);
            }
            _ => {}
        }
        self.errors >= retry.errors.max(1) || self.rejections >= retry.rejections.max(1)
    }

    fn pause(&self, retry: &Retry) -> Duration {
        let doublings = self.total.saturating_sub(1).min(16);
        let pause = retry
            .first
            .saturating_mul(1 << doublings)
            .min(retry.longest);
        let random = RandomState::new().hash_one(0_u8) % 1000;
        pause / 2 + pause.mul_f64(random as f64 / 1000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hl7v2::ack::Refusal;

    fn answered(code: AckCode) -> Result<(), Error> {
        let problems = Vec::new();
        Err(Error::Refused(Refusal { code, problems }))
    }

    #[test]
    fn errors_are_given_up_soon_rejections_late_and_silence_never() {
        let retry = Retry::default();
        let given_up_after = |result: &dyn Fn() -> Result<(), Error>| {
            let mut tries = Tries::default();
            (1..=1000).find(|_| tries.count(&result(), &retry))
        };
        assert_eq!(given_up_after(&|| answered(AckCode::Ae)), Some(5));
        assert_eq!(given_up_after(&|| answered(AckCode::Ar)), Some(100));
        assert_eq!(
            given_up_after(&|| Err(Error::Malformed("?".into()))),
            Some(100)
        );
        assert_eq!(given_up_after(&|| Err(Error::Transport("?".into()))), None);
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_differ() {
        let retry = Retry::default();
        let pause = |total| {
            Tries {
                total,
                ..Tries::default()
            }
            .pause(&retry)
        };
        assert!((retry.first / 2..retry.first * 3 / 2).contains(&pause(1)));
        assert!((retry.first * 4..retry.first * 12).contains(&pause(4)));
        assert!(pause(u32::MAX) <= retry.longest * 3 / 2);
    }
}
