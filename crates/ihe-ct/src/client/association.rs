//! One server as the client knows it: whom to ask, when, what was asked, what came of it.

use super::filter::{Filter, Sample};
use super::options::ClientOptions;
use super::report::{Standing, report_name};
use super::session::{Answer, Session};
use crate::exchange::{Exchange, Kiss, Measurement, Rejection};
use crate::health::reference_of;
use crate::moment::Moment;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Questions without an answer after which the next address is tried and the name looked up again.
const PATIENCE: u32 = 3;

/// The weight of evidence that changes the poll interval (RFC 5905 LIMIT).
const EVIDENCE: i32 = 30;

#[derive(Debug)]
struct Question {
    exchange: Exchange,
    sent: Moment,
    /// The unique identifier of a protected question.
    unique: Option<[u8; 32]>,
}

/// What to do at a poll.
pub(super) enum Ask {
    /// The server refused us.
    Never,
    /// Its name has to be looked up first.
    Resolve,
    /// Keys have to be established with it first.
    Establish,
    /// This packet to this address.
    Send(SocketAddr, Vec<u8>),
}

#[derive(Debug)]
pub(super) struct Association {
    name: String,
    addresses: Vec<SocketAddr>,
    current: usize,
    resolved: Option<Moment>,
    literal: bool,
    secured: bool,
    session: Option<Session>,
    question: Option<Question>,
    from: Option<IpAddr>,
    /// A bit for each of the last eight questions, the last one lowest: answered.
    pub(super) reach: u8,
    asked: u32,
    silent: u32,
    burst: u8,
    pub(super) poll: u8,
    least: u8,
    most: u8,
    evidence: i32,
    pub(super) refused: Option<Kiss>,
    pub(super) last_rejection: Option<Rejection>,
    pub(super) standing: Standing,
    pub(super) filter: Filter,
    /// When the answer came that the track has last taken from here.
    pub(super) used: Option<Moment>,
}

impl Association {
    pub(super) fn new(name: &str, options: &ClientOptions) -> Association {
        let address: Option<SocketAddr> = literal(name);
        let (least, most) = options.polls();
        Association {
            name: name.to_owned(),
            addresses: address.into_iter().collect(),
            current: 0,
            resolved: None,
            literal: address.is_some(),
            secured: false,
            session: None,
            question: None,
            from: None,
            reach: 0,
            asked: 0,
            silent: 0,
            burst: options.burst.max(1),
            poll: least,
            least,
            most,
            evidence: 0,
            refused: None,
            last_rejection: None,
            standing: Standing::Waiting,
            filter: Filter::default(),
            used: None,
        }
    }

    pub(super) fn name(&self) -> String {
        report_name(&self.name)
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.addresses.get(self.current).copied()
    }

    /// True while the burst at the start has not told enough. Nobody waits for a server that does not answer.
    pub(super) fn is_settling(&self) -> bool {
        let patience = if self.address().is_some() { 2 } else { 1 };
        let mute = self.filter.len() == 0 && self.silent >= patience;
        self.refused.is_none() && self.burst > 0 && self.filter.len() < 4 && !mute
    }

    /// True when it takes part in the selection.
    pub(super) fn is_usable(&self) -> bool {
        self.refused.is_none() && self.reach != 0
    }

    /// The name was looked up. The address in use is kept if it is still one of them.
    pub(super) fn resolved(&mut self, addresses: &[SocketAddr], now: Moment) {
        if addresses.is_empty() {
            return;
        }
        let used = self.address();
        self.addresses = addresses.to_vec();
        self.resolved = Some(now);
        let same = used.and_then(|used| addresses.iter().position(|a| *a == used));
        self.current = match same {
            Some(place) if self.silent < PATIENCE => place,
            Some(place) => (place + 1) % addresses.len(),
            None => 0,
        };
        // Another address is another server: what the last one said is not its word.
        if self.address() != used {
            self.filter.clear();
        }
    }

    /// Only protected answers are believed from now on.
    #[cfg(feature = "nts")]
    pub(super) fn secure(&mut self) {
        self.secured = true;
    }

    /// Keys were established.
    pub(super) fn established(&mut self, session: Session, addresses: &[SocketAddr], now: Moment) {
        self.session = Some(session);
        self.resolved(addresses, now);
    }

    fn must_establish(&self, now: Moment) -> bool {
        let keys = self.session.as_ref().is_some_and(|s| s.cookies() > 0);
        self.secured && (!keys || (self.is_mute() && !self.has_just_looked(now)))
    }

    fn is_mute(&self) -> bool {
        self.silent >= PATIENCE && self.silent.is_multiple_of(PATIENCE)
    }

    fn has_just_looked(&self, now: Moment) -> bool {
        let second = Duration::from_secs(1);
        self.resolved.is_some_and(|at| now.since(at) < second)
    }

    fn must_resolve(&self, again: Duration, now: Moment) -> bool {
        let stale = self.resolved.is_none_or(|at| now.since(at) >= again);
        let named = !self.literal && !self.secured;
        let needed = self.address().is_none() || stale || self.is_mute();
        named && needed && !self.has_just_looked(now)
    }

    /// The time has come to ask.
    pub(super) fn ask(&mut self, options: &ClientOptions, cookie: u64, now: Moment) -> Ask {
        if self.refused.is_some() {
            return Ask::Never;
        }
        self.burst = self.burst.saturating_sub(1);
        if self.must_resolve(options.resolve_again, now) {
            self.burst = self.burst.saturating_add(1);
            return Ask::Resolve;
        }
        if self.must_establish(now) {
            self.burst = self.burst.saturating_add(1);
            return Ask::Establish;
        }
        let Some(to) = self.address() else {
            return Ask::Resolve;
        };
        self.question(to, options, cookie, now)
    }

    fn question(
        &mut self,
        to: SocketAddr,
        options: &ClientOptions,
        cookie: u64,
        now: Moment,
    ) -> Ask {
        if self.question.take().is_some() {
            self.unanswered();
        }
        self.reach <<= 1;
        self.asked = self.asked.saturating_add(1);
        let exchange = Exchange::start(now.ntp())
            .with_cookie(cookie)
            .with_version(options.version)
            .with_checks(options.checks);
        let mut packet = exchange.packet();
        packet.poll = self.poll as i8;
        let packet = packet.encode();
        let (bytes, unique) = match &mut self.session {
            None => (packet.to_vec(), None),
            Some(session) => match session.protect(&packet) {
                Some((bytes, unique)) => (bytes, Some(unique)),
                None => return Ask::Establish,
            },
        };
        self.question = Some(Question {
            exchange,
            sent: now,
            unique,
        });
        Ask::Send(to, bytes)
    }

    fn unanswered(&mut self) {
        self.silent = self.silent.saturating_add(1);
        if self.reach == 0 {
            self.standing = Standing::Unreachable;
        }
        if self.silent >= PATIENCE && self.burst == 0 {
            self.poll = (self.poll + 1).min(self.most);
        }
    }

    /// After a failed look-up: as after silence.
    pub(super) fn unresolved(&mut self) {
        self.burst = self.burst.saturating_sub(1);
        self.unanswered();
    }

    /// How long to wait until the next question; `spread` varies it by up to a sixteenth.
    pub(super) fn pause(&self, gap: Duration, spread: u64) -> Duration {
        if self.burst > 0 {
            return gap;
        }
        let interval = Duration::from_secs(1 << self.poll);
        interval + interval.mul_f64((spread % 1024) as f64 / 16384.0)
    }

    /// The question left now.
    pub(super) fn sent(&mut self, from: Option<IpAddr>, now: Moment) {
        self.from = from;
        if let Some(question) = self.question.take() {
            self.question = Some(Question {
                exchange: question.exchange.sent_at(now.ntp()),
                sent: now,
                ..question
            });
        }
    }

    /// A datagram came. `None` when it answers no question of ours, or may be forged: the true answer may still come.
    pub(super) fn received(
        &mut self,
        datagram: &[u8],
        now: Moment,
    ) -> Option<Result<Measurement, Rejection>> {
        if !self.is_authentic(datagram) {
            self.last_rejection = Some(Rejection::NotAuthentic);
            return None;
        }
        let question = self.question.as_ref()?;
        // By the steady clock: a step of the wall clock in between cannot spoil the measurement.
        let arrived = question.sent.ntp().plus(now.since(question.sent));
        let judged = match question.exchange.finish(datagram, arrived) {
            Ok(measured) if self.is_our_own_time(&measured) => Err(Rejection::Loop),
            judged => judged,
        };
        self.last_rejection = judged.as_ref().err().copied().or(self.last_rejection);
        if judged.is_err_and(|reason| reason.may_be_forged()) {
            return None;
        }
        self.question = None;
        Some(judged)
    }

    fn is_authentic(&mut self, datagram: &[u8]) -> bool {
        let Some(unique) = self.question.as_ref().and_then(|question| question.unique) else {
            return !self.secured;
        };
        match self.session.as_mut().map(|s| s.open(datagram, &unique)) {
            Some(Answer::Authentic) => true,
            Some(Answer::Nak) => {
                self.session = None;
                false
            }
            Some(Answer::Forged) | None => false,
        }
    }

    /// Its source is the address we ask from (RFC 5905 section 9.2). Loopback proves nothing: there all of a machine
    /// have one address.
    fn is_our_own_time(&self, measured: &Measurement) -> bool {
        let from = self.from.map(|from| from.to_canonical());
        let ours = from.filter(|from| !from.is_loopback()).map(reference_of);
        measured.stratum > 1 && ours == Some(measured.reference_id)
    }

    pub(super) fn accepted(&mut self, measured: Measurement, applied: f64, now: Moment) {
        self.reach |= 1;
        self.silent = 0;
        self.last_rejection = None;
        self.filter.push(Sample {
            measured,
            at: now,
            applied,
        });
        if matches!(
            self.standing,
            Standing::Waiting | Standing::Unreachable | Standing::Rejected
        ) {
            self.standing = Standing::Heard;
        }
    }

    /// The answer is not used; true when the server asked not to be asked again.
    pub(super) fn rejected(&mut self, reason: Rejection) -> bool {
        self.silent = 0;
        self.standing = match self.reach {
            0 => Standing::Rejected,
            _ => self.standing,
        };
        match reason {
            Rejection::Kiss(kiss) if kiss.must_stop() => {
                self.refused = Some(kiss);
                self.standing = Standing::Refused;
                true
            }
            Rejection::Kiss(Kiss::Rate) => {
                self.slow_down();
                false
            }
            _ => false,
        }
    }

    /// RATE: no more burst, and a longer interval for good.
    fn slow_down(&mut self) {
        self.burst = 0;
        self.least = (self.least + 1).min(self.most);
        self.poll = (self.poll + 1).clamp(self.least, self.most);
        self.evidence = 0;
    }

    /// Poll interval control (RFC 5905 section 13): an offset as expected lengthens the interval, a surprise
    /// shortens it.
    pub(super) fn weigh(&mut self, as_expected: bool) {
        let weight = i32::from(self.poll);
        self.evidence += if as_expected { weight } else { -2 * weight };
        if self.evidence > EVIDENCE {
            (self.evidence, self.poll) = (0, (self.poll + 1).min(self.most));
        } else if self.evidence < -EVIDENCE {
            (self.evidence, self.poll) = (0, self.poll.saturating_sub(1).max(self.least));
        }
    }

    /// The wall clock was stepped: nothing measured before holds.
    pub(super) fn forget(&mut self) {
        self.filter.clear();
        self.question = None;
        self.used = None;
        self.evidence = 0;
        self.poll = self.least;
    }
}

/// An address that needs no look-up; without a port it is NTP's.
fn literal(name: &str) -> Option<SocketAddr> {
    let address = name.parse::<SocketAddr>().ok();
    address.or_else(|| {
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let ip = bare.parse::<IpAddr>().ok()?;
        Some(SocketAddr::new(ip, crate::PORT))
    })
}
