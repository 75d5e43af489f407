//! How much one address may ask: a token bucket per address in a table of bounded size.

use super::ServerLimits;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Instant;

/// What to do with a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Answer it.
    Answer,
    /// The first question too many: kiss-o'-death RATE.
    SlowDown,
    /// Still too many: silence, so that a forged sender is not flooded.
    Drop,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
    warned: bool,
}

#[derive(Debug)]
pub(super) struct RateTable {
    burst: f64,
    per_second: f64,
    addresses: usize,
    buckets: HashMap<IpAddr, Bucket>,
}

impl RateTable {
    pub(super) fn new(limits: &ServerLimits) -> RateTable {
        RateTable {
            burst: f64::from(limits.burst.max(1)),
            per_second: f64::from(limits.per_second.max(1)),
            addresses: limits.addresses.max(1),
            buckets: HashMap::new(),
        }
    }

    pub(super) fn ask(&mut self, from: IpAddr, now: Instant) -> Verdict {
        let from = network_of(from);
        self.make_room(from, now);
        let (burst, rate) = (self.burst, self.per_second);
        let bucket = self.buckets.entry(from).or_insert(Bucket {
            tokens: burst,
            filled: now,
            warned: false,
        });
        let gained = now.saturating_duration_since(bucket.filled).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + gained).min(burst);
        bucket.filled = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            bucket.warned &= bucket.tokens < burst / 2.0;
            return Verdict::Answer;
        }
        match std::mem::replace(&mut bucket.warned, true) {
            false => Verdict::SlowDown,
            true => Verdict::Drop,
        }
    }

    /// Forgets whose bucket is full again; if all are busy (a flood of forged senders), everybody.
    fn make_room(&mut self, from: IpAddr, now: Instant) {
        if self.buckets.len() < self.addresses || self.buckets.contains_key(&from) {
            return;
        }
        let refill = self.burst / self.per_second;
        let quiet =
            |bucket: &Bucket| now.saturating_duration_since(bucket.filled).as_secs_f64() >= refill;
        self.buckets.retain(|_, bucket| !quiet(bucket));
        if self.buckets.len() >= self.addresses {
            self.buckets.clear();
        }
    }
}

/// An IPv6 host owns a /64: one bucket for all of it.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    fn table(burst: u32, per_second: u32, addresses: usize) -> RateTable {
        RateTable::new(&ServerLimits {
            burst,
            per_second,
            addresses,
            ..ServerLimits::default()
        })
    }

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn a_burst_is_answered_then_one_kiss_then_silence_then_answers_again() {
        let (mut table, now) = (table(2, 1, 10), Instant::now());
        let said: Vec<Verdict> = (0..5).map(|_| table.ask(ONE, now)).collect();
        use Verdict::{Answer, Drop, SlowDown};
        assert_eq!(said, [Answer, Answer, SlowDown, Drop, Drop]);
        assert_eq!(table.ask(ONE, now + Duration::from_secs(1)), Answer);
    }

    #[test]
    fn one_noisy_address_does_not_silence_another() {
        let (mut table, now) = (table(1, 1, 10), Instant::now());
        (0..9).for_each(|_| _ = table.ask(ONE, now));
        assert_eq!(
            table.ask(Ipv4Addr::new(10, 0, 0, 2).into(), now),
            Verdict::Answer
        );
    }

    #[test]
    fn the_table_never_grows_beyond_its_limit() {
        let (mut table, now) = (table(1, 1, 16), Instant::now());
        for host in 0..10_000_u32 {
            table.ask(Ipv4Addr::from_bits(host).into(), now);
            assert!(table.buckets.len() <= 16);
        }
    }

    #[test]
    fn all_addresses_of_one_ipv6_network_share_a_bucket() {
        let (mut table, now) = (table(1, 1, 16), Instant::now());
        let first: IpAddr = "2001:db8::1".parse().expect("address");
        let second: IpAddr = "2001:db8::2".parse().expect("address");
        assert_eq!(table.ask(first, now), Verdict::Answer);
        assert_eq!(table.ask(second, now), Verdict::SlowDown);
    }
}
