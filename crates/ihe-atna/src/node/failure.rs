//! Node-authentication-failure audit event (ITI TF-2 3.20.4.1.1.1): Security Alert 110113, type
//! 110126, outcome 4 when no certificate was judged, 8 when one was refused, 12 when it was revoked.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::audit::{
    Action, ActiveParticipant, AuditMessage, AuditSource, EventIdentification, Outcome,
    ParticipantObject, located,
};
use crate::codes;
use crate::error::AcceptError;
use crate::node::certificate::Certificate;
use crate::node::peer::identity;
use crate::node::trust::Untrusted;

/// A connection that did not come about.
pub(crate) struct Refused<'a> {
    pub(crate) local: Option<SocketAddr>,
    /// Host name or address.
    pub(crate) remote: &'a str,
    pub(crate) address: IpAddr,
    pub(crate) outcome: Outcome,
    pub(crate) reason: &'a str,
    pub(crate) remedy: &'a str,
    /// What the other side presented, if that could be read.
    pub(crate) certificate: Option<&'a Certificate>,
}

impl Refused<'_> {
    pub(crate) fn message(&self, reporter: &str, unreported: u64) -> AuditMessage {
        let (local, outcome) = (self.local, self.outcome);
        let mut message = alert(
            reporter,
            local,
            self.remote,
            outcome,
            self.reason,
            unreported,
        );
        for object in &mut message.objects {
            *object = object.clone().detail("Remedy", self.remedy.as_bytes());
        }
        if let (Some(certificate), Some(them)) = (self.certificate, message.participants.last_mut())
        {
            them.alternative_user_id = Some(identity(certificate));
        }
        message
    }
}

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
        AcceptError::Untrusted(Untrusted::Revoked { .. }) => Outcome::MajorFailure,
        AcceptError::Untrusted(_) => Outcome::SeriousFailure,
        _ => Outcome::MinorFailure,
    }
}

const WINDOW: Duration = Duration::from_secs(60);
const MAX_ADDRESSES: usize = 4096;

/// Keeps one address that knocks all day from filling the spool: so many records a minute, the
/// rest is counted in the next one. An IPv6 address counts as its /64, which one host may own.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    addresses: HashMap<IpAddr, Knocks>,
    /// Counted for addresses that are no longer remembered.
    forgotten: u64,
}

struct Knocks {
    since: Instant,
    reported: u32,
    unreported: u64,
}

impl Throttle {
    /// `Some(n)`: report this failure and `n` earlier ones that were not; `None`: only count it.
    pub(crate) fn admit(&self, address: IpAddr, per_minute: u32, now: Instant) -> Option<u64> {
        let address = network(address);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.make_room(address, now);
        let knocks = seen.addresses.entry(address).or_insert(Knocks {
            since: now,
            reported: 0,
            unreported: 0,
        });
        if now.duration_since(knocks.since) >= WINDOW {
            knocks.since = now;
            knocks.reported = 0;
        }
        if knocks.reported >= per_minute {
            knocks.unreported += 1;
            return None;
        }
        knocks.reported += 1;
        let unreported = std::mem::take(&mut knocks.unreported);
        Some(unreported + std::mem::take(&mut seen.forgotten))
    }
}

impl Seen {
    /// At the bound forgets the quiet addresses, and when none is quiet all of them.
    fn make_room(&mut self, newcomer: IpAddr, now: Instant) {
        if self.addresses.len() < MAX_ADDRESSES || self.addresses.contains_key(&newcomer) {
            return;
        }
        let quiet = |knocks: &Knocks| now.duration_since(knocks.since) >= WINDOW;
        let any = self.addresses.values().any(quiet);
        let forgotten = &mut self.forgotten;
        self.addresses.retain(|_, knocks| {
            let keep = any && !quiet(knocks);
            if !keep {
                *forgotten += knocks.unreported;
            }
            keep
        });
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let prefix = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_009_a_flood_of_failures_is_counted_not_lost() {
        let throttle = Throttle::default();
        let address = IpAddr::from([127, 0, 0, 1]);
        let start = Instant::now();
        assert_eq!(throttle.admit(address, 2, start), Some(0));
        assert_eq!(throttle.admit(address, 2, start), Some(0));
        assert_eq!(throttle.admit(address, 2, start), None);
        assert_eq!(throttle.admit(address, 2, start), None);
        let other = IpAddr::from([127, 0, 0, 2]);
        assert_eq!(throttle.admit(other, 2, start), Some(0));
        assert_eq!(throttle.admit(address, 2, start + WINDOW), Some(2));
    }

    #[test]
    fn atna_r_009_a_flood_from_many_addresses_stays_bounded_and_counted() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let mut reported = 0;
        for host in 0..20_000_u32 {
            let address = IpAddr::from(host.to_be_bytes());
            for _ in 0..2 {
                reported += throttle.admit(address, 1, start).map_or(0, |more| more + 1);
            }
            assert!(throttle.0.lock().unwrap().addresses.len() <= MAX_ADDRESSES);
        }
        let seen = throttle.0.lock().unwrap();
        let waiting: u64 = seen.addresses.values().map(|one| one.unreported).sum();
        assert_eq!(reported + waiting + seen.forgotten, 40_000);
    }

    #[test]
    fn an_ipv6_host_is_not_a_new_one_with_each_of_its_addresses() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let two: IpAddr = "2001:db8::2".parse().unwrap();
        assert_eq!(throttle.admit(one, 1, start), Some(0));
        assert_eq!(throttle.admit(two, 1, start), None);
        assert_eq!(
            throttle.admit("2001:db8:1::1".parse().unwrap(), 1, start),
            Some(0)
        );
    }
}
