//! When our certificates, those of our authorities and their revocation lists run out: asked for
//! by `SecureNode::certificate_status`, traced 60, 30 and 7 days before.

use chrono::{DateTime, Utc};

use crate::node::certificate::Certificate;
use crate::node::keyring::Loaded;

/// How near an end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Remaining {
    /// More than 60 days.
    Long,
    /// At most 60 days.
    SixtyDays,
    /// At most 30 days.
    ThirtyDays,
    /// At most 7 days.
    SevenDays,
    /// It is past.
    Expired,
}

impl Remaining {
    fn until(end: DateTime<Utc>, now: DateTime<Utc>) -> Remaining {
        match (end - now).num_seconds() {
            ..0 => Remaining::Expired,
            0..=604_800 => Remaining::SevenDays,
            604_801..=2_592_000 => Remaining::ThirtyDays,
            2_592_001..=5_184_000 => Remaining::SixtyDays,
            _ => Remaining::Long,
        }
    }
}

/// Something with an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// What it is: `our certificate CN=…`, `authority CN=…`, `revocation list of CN=…`.
    pub what: String,
    /// Its end: notAfter, nextUpdate.
    pub end: DateTime<Utc>,
    /// Whole days left; below zero: days past.
    pub days: i64,
    /// How near that is.
    pub remaining: Remaining,
}

/// The certificates a node works with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateStatus {
    /// Our own certificate.
    pub certificate: Certificate,
    /// Since when these certificates, keys and lists are in use.
    pub since: DateTime<Utc>,
    /// Why the files were not taken at the last reload: what is in use is older than they are.
    pub problem: Option<String>,
    /// Everything that ends, our own certificate first.
    pub expiring: Vec<Expiring>,
}

impl CertificateStatus {
    /// The nearest end of all.
    pub fn remaining(&self) -> Remaining {
        let all = self.expiring.iter().map(|one| one.remaining);
        all.max().unwrap_or(Remaining::Long)
    }

    /// Whether nothing ends within 60 days and the files in place are the ones in use.
    pub fn is_good(&self) -> bool {
        self.problem.is_none() && self.remaining() == Remaining::Long
    }
}

pub(crate) fn status(
    loaded: &Loaded,
    now: DateTime<Utc>,
    problem: Option<String>,
) -> CertificateStatus {
    let chain = loaded.identity.chain();
    let ours = chain
        .iter()
        .map(|one| (name("our certificate", one), one.not_after()));
    let authorities = loaded.configurations.trust.authorities().iter();
    let authorities = authorities.map(|one| (name("authority", one), one.not_after()));
    let lists = loaded.anchors.revocation_lists();
    let lists = lists.iter().filter_map(|list| {
        Some((
            format!("revocation list of {}", list.issuer()),
            list.next_update()?,
        ))
    });
    let ends = ours.chain(authorities).chain(lists);
    CertificateStatus {
        certificate: chain[0].clone(),
        since: loaded.since,
        problem,
        expiring: ends.map(|(what, end)| expiring(what, end, now)).collect(),
    }
}

fn name(kind: &str, certificate: &Certificate) -> String {
    format!("{kind} {}", certificate.subject())
}

fn expiring(what: String, end: DateTime<Utc>, now: DateTime<Utc>) -> Expiring {
    Expiring {
        what,
        end,
        days: (end - now).num_seconds().div_euclid(86_400),
        remaining: Remaining::until(end, now),
    }
}

/// Says what came nearer to its end since the last time, once for each step.
#[derive(Debug, Default)]
pub(crate) struct Warned(Vec<Expiring>);

impl Warned {
    /// What is to be said now.
    pub(crate) fn news(&mut self, status: &CertificateStatus) -> Vec<Expiring> {
        let known = |one: &Expiring| {
            let before = self
                .0
                .iter()
                .find(|old| old.what == one.what && old.end == one.end);
            before.map_or(Remaining::Long, |old| old.remaining)
        };
        let all = status.expiring.iter();
        let news = all
            .filter(|one| one.remaining > known(one))
            .cloned()
            .collect();
        self.0.clone_from(&status.expiring);
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn atna_r_006_each_step_towards_the_end_is_told_once() {
        let end = Utc::now();
        let day = |days| expiring("x".to_owned(), end, end - TimeDelta::days(days));
        for (days, remaining) in [
            (61, Remaining::Long),
            (60, Remaining::SixtyDays),
            (31, Remaining::SixtyDays),
            (30, Remaining::ThirtyDays),
            (7, Remaining::SevenDays),
            (0, Remaining::SevenDays),
            (-1, Remaining::Expired),
        ] {
            assert_eq!(day(days).remaining, remaining, "{days}");
            assert_eq!(day(days).days, days);
        }
    }
}
