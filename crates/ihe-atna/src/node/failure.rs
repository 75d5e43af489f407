//! Node-authentication-failure audit event (ITI TF-2 3.19.4.1.3, 3.20.4.1.1.1): Security Alert
//! 110113, type 110126, outcome 4 when no certificate was judged, 8 when one was refused.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, EventIdentification, Outcome,
    ParticipantObject, located,
};
use crate::codes;
use crate::error::AcceptError;

/// The alert about a connection between `local` and `remote`. `reporter` is our source id.
pub(crate) fn alert(
    reporter: &str,
    local: Option<SocketAddr>,
    remote: &str,
    outcome: Outcome,
    reason: &str,
    unreported: u64,
) -> AuditMessage {
    let us = ActiveParticipant {
        user_id: reporter.to_owned(),
        alternative_user_id: Some(std::process::id().to_string()),
        ..located(
            &local
                .map(|address| address.ip().to_string())
                .unwrap_or_default(),
        )
    };
    let them = ActiveParticipant {
        user_id: remote.to_owned(),
        is_requestor: true,
        ..located(remote)
    };
    let mut object = ParticipantObject::node(remote).detail("Alert Description", reason.as_bytes());
    if unreported > 0 {
        object = object.detail("Unreported failures", unreported.to_string().as_bytes());
    }
    AuditMessage {
        event: EventIdentification {
            outcome,
            types: vec![codes::TYPE_NODE_AUTHENTICATION.to_coded()],
            outcome_description: Some(reason.to_owned()),
            ..EventIdentification::new(codes::EVENT_SECURITY_ALERT, Action::Execute)
        },
        participants: vec![us, them],
        source: AuditSource::default(),
        objects: vec![object],
    }
}

/// The outcome of a refused connection.
pub(crate) fn outcome(error: &AcceptError) -> Outcome {
    match error {
        AcceptError::Untrusted(_) => Outcome::SeriousFailure,
        _ => Outcome::MinorFailure,
    }
}

const WINDOW: Duration = Duration::from_secs(60);
const MAX_ADDRESSES: usize = 4096;

/// Keeps one address that knocks all day from filling the spool: so many records a minute, the
/// rest is counted in the next one.
pub(crate) struct Throttle {
    per_minute: u32,
    seen: Mutex<HashMap<IpAddr, Knocks>>,
}

struct Knocks {
    since: Instant,
    reported: u32,
    unreported: u64,
}

impl Throttle {
    pub(crate) fn new(per_minute: u32) -> Throttle {
        Throttle {
            per_minute,
            seen: Mutex::new(HashMap::new()),
        }
    }

    /// `Some(n)`: report this failure and `n` earlier ones that were not; `None`: only count it.
    pub(crate) fn admit(&self, address: IpAddr, now: Instant) -> Option<u64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_ADDRESSES && !seen.contains_key(&address) {
            seen.retain(|_, knocks| now.duration_since(knocks.since) < WINDOW);
            if seen.len() >= MAX_ADDRESSES {
                seen.clear();
            }
        }
        let fresh = Knocks {
            since: now,
            reported: 0,
            unreported: 0,
        };
        let knocks = seen.entry(address).or_insert(fresh);
        if now.duration_since(knocks.since) >= WINDOW {
            knocks.since = now;
            knocks.reported = 0;
        }
        if knocks.reported >= self.per_minute {
            knocks.unreported += 1;
            return None;
        }
        knocks.reported += 1;
        Some(std::mem::take(&mut knocks.unreported))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_009_a_flood_of_failures_is_counted_not_lost() {
        let throttle = Throttle::new(2);
        let address = IpAddr::from([127, 0, 0, 1]);
        let start = Instant::now();
        assert_eq!(throttle.admit(address, start), Some(0));
        assert_eq!(throttle.admit(address, start), Some(0));
        assert_eq!(throttle.admit(address, start), None);
        assert_eq!(throttle.admit(address, start), None);
        assert_eq!(throttle.admit(IpAddr::from([127, 0, 0, 2]), start), Some(0));
        assert_eq!(throttle.admit(address, start + WINDOW), Some(2));
    }
}
