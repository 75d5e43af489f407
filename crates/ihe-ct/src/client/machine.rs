//! The protocol of an NTP client with several servers: events in, actions out.

use super::action::{Action, Alarm, Event, ServerIndex, Timer};
use super::association::{Ask, Association};
use super::conclusion::source;
use super::filter::Filtered;
use super::frame::Frame;
use super::options::ClientOptions;
use super::report::{ServerReport, Standing, line};
use super::select::{Agreement, Candidate, Fate, select};
use super::session::Session;
use super::steering::Steering;
use super::track::Track;
use crate::exchange::{Kiss, Measurement, Rejection};
use crate::health::Reading;
use crate::moment::Moment;
use std::net::SocketAddr;

/// An NTP client (RFC 5905) without a socket and without a clock: it is told what happened and when, and answers
/// with what is to be done. Time may be simulated.
///
/// ```
/// use ihe_ct::Moment;
/// use ihe_ct::client::{Action, ClientOptions, Event, Machine};
///
/// let mut numbers = 1..;
/// let mut client = Machine::new(&["192.0.2.1"], ClientOptions::default(), move || numbers.next().unwrap_or(1));
/// let actions = client.handle(Event::Start, Moment::now());
/// assert!(matches!(actions[0], Action::Send { server: 0, .. }));
/// assert!(matches!(actions[1], Action::SetTimer(..)));
/// ```
pub struct Machine {
    options: ClientOptions,
    servers: Vec<Association>,
    track: Option<Track>,
    /// Until when the track has been carried on, and how far the clock had been moved by then.
    passed: Option<(Moment, f64)>,
    steering: Option<Steering>,
    read: Option<Reading>,
    looked: Option<Moment>,
    agrees: bool,
    entropy: Box<dyn FnMut() -> u64 + Send>,
}

impl Machine {
    /// A client that observes. A server is a name with port, `time.example:123`, or an address with or without one.
    /// `entropy` has to be unguessable: forged answers are told by it.
    pub fn new(
        servers: &[impl AsRef<str>],
        options: ClientOptions,
        entropy: impl FnMut() -> u64 + Send + 'static,
    ) -> Machine {
        let known = servers
            .iter()
            .map(|name| Association::new(name.as_ref(), &options));
        Machine {
            servers: known.collect(),
            options,
            track: None,
            passed: None,
            steering: None,
            read: None,
            looked: None,
            agrees: true,
            entropy: Box::new(entropy),
        }
    }

    /// Believes only protected answers of this server: makes [`Action::Establish`].
    #[cfg(feature = "nts")]
    #[must_use]
    pub fn secured(mut self, server: ServerIndex) -> Machine {
        if let Some(association) = self.servers.get_mut(server) {
            association.secure();
        }
        self
    }

    /// Also slews the clock: makes [`Action::Adjust`].
    #[must_use]
    pub fn adjusting(mut self) -> Machine {
        self.steering = Some(Steering::new(self.options.slew()));
        self
    }

    /// What is to be done now that this happened at `now`.
    pub fn handle(&mut self, event: Event<'_>, now: Moment) -> Vec<Action> {
        let mut actions = Vec::new();
        self.look(now, &mut actions);
        match event {
            Event::Start => (0..self.servers.len()).for_each(|s| self.ask(s, now, &mut actions)),
            Event::Timer(Timer::Poll(server)) => self.ask(server, now, &mut actions),
            Event::Timer(Timer::Slew) => self.slewed(now, &mut actions),
            Event::Resolved { server, addresses } => {
                self.resolved(server, addresses, now, &mut actions);
            }
            Event::Established {
                server,
                session,
                addresses,
            } => self.established(server, session, addresses, now, &mut actions),
            Event::Sent { server, from } => {
                if let Some(association) = self.servers.get_mut(server) {
                    association.sent(from, now);
                }
            }
            Event::Received { server, datagram } => {
                self.received(server, datagram, now, &mut actions);
            }
        }
        if self.read.is_none() {
            self.begin(now, &mut actions);
        }
        actions
    }

    /// The first selection waits until all servers that answer have told enough: a liar may be the first to answer.
    fn begin(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let settling = self.servers.iter().any(Association::is_settling);
        let heard = self.servers.iter().position(|s| s.filter.len() > 0);
        if let (false, Some(server)) = (settling, heard) {
            self.judge(server, now, actions);
        }
    }

    fn look(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let before = self.looked.replace(now).unwrap_or(now);
        let step = now.stepped_since(before);
        if u128::from(step.unsigned_abs()) > self.options.step.as_nanos() {
            self.servers.iter_mut().for_each(Association::forget);
            (self.track, self.read) = (None, None);
            actions.push(Action::Alarm(Alarm::Stepped(step)));
        }
    }

    fn ask(&mut self, server: ServerIndex, now: Moment, actions: &mut Vec<Action>) {
        let Some(association) = self.servers.get_mut(server) else {
            return;
        };
        match association.ask(&self.options, (self.entropy)(), now) {
            Ask::Never => {}
            Ask::Resolve => actions.push(Action::Resolve(server)),
            Ask::Establish => actions.push(Action::Establish(server)),
            Ask::Send(to, packet) => {
                actions.push(Action::Send { server, to, packet });
                self.wait(server, actions);
            }
        }
    }

    fn wait(&mut self, server: ServerIndex, actions: &mut Vec<Action>) {
        let spread = (self.entropy)();
        if let Some(association) = self.servers.get(server) {
            let pause = association.pause(self.options.burst_gap, spread);
            actions.push(Action::SetTimer(Timer::Poll(server), pause));
        }
    }

    fn resolved(
        &mut self,
        server: ServerIndex,
        addresses: &[SocketAddr],
        now: Moment,
        actions: &mut Vec<Action>,
    ) {
        let Some(association) = self.servers.get_mut(server) else {
            return;
        };
        if addresses.is_empty() {
            association.unresolved();
            return self.wait(server, actions);
        }
        association.resolved(addresses, now);
        self.ask(server, now, actions);
    }

    fn established(
        &mut self,
        server: ServerIndex,
        session: Option<Box<Session>>,
        addresses: &[SocketAddr],
        now: Moment,
        actions: &mut Vec<Action>,
    ) {
        let Some(association) = self.servers.get_mut(server) else {
            return;
        };
        let Some(session) = session.filter(|s| s.cookies() > 0 && !addresses.is_empty()) else {
            association.unresolved();
            return self.wait(server, actions);
        };
        association.established(*session, addresses, now);
        self.ask(server, now, actions);
    }

    fn received(
        &mut self,
        server: ServerIndex,
        datagram: &[u8],
        now: Moment,
        actions: &mut Vec<Action>,
    ) {
        let judged = self
            .servers
            .get_mut(server)
            .and_then(|association| association.received(datagram, now));
        match judged {
            None => {}
            Some(Ok(measured)) => self.accepted(server, measured, now, actions),
            Some(Err(reason)) => self.rejected(server, reason, actions),
        }
    }

    fn rejected(&mut self, server: ServerIndex, reason: Rejection, actions: &mut Vec<Action>) {
        let Some(association) = self.servers.get_mut(server) else {
            return;
        };
        let stop = association.rejected(reason);
        match reason {
            Rejection::Kiss(kiss) if stop => {
                actions.push(Action::Alarm(Alarm::Refused(server, kiss)));
            }
            Rejection::Kiss(Kiss::Rate) => self.wait(server, actions),
            _ => {}
        }
    }

    fn accepted(
        &mut self,
        server: ServerIndex,
        measured: Measurement,
        now: Moment,
        actions: &mut Vec<Action>,
    ) {
        let applied = self.applied(now);
        let expected = self.expects(&measured, now);
        if let Some(association) = self.servers.get_mut(server) {
            association.accepted(measured, applied, now);
            if let Some(expected) = expected {
                association.weigh(expected);
            }
        }
        if self.read.is_some() {
            self.judge(server, now, actions);
        }
    }

    /// Whether a measurement is what the track foretold, give or take its own uncertainty (RFC 5905 PGATE).
    fn expects(&self, measured: &Measurement, now: Moment) -> Option<bool> {
        let foretold = self.read?.offset_at(now) as f64 / 1e9;
        let surprise = (measured.offset_seconds() - foretold).abs();
        let jitter = self
            .servers
            .iter()
            .filter_map(|s| s.filter.at(&self.frame(now)));
        let jitter = jitter.map(|f| f.jitter).fold(0.0, f64::max);
        Some(surprise < (4.0 * jitter).max(measured.error_bound().as_secs_f64()))
    }

    fn applied(&self, now: Moment) -> f64 {
        self.steering.as_ref().map_or(0.0, |s| s.applied(now))
    }

    fn frame(&self, now: Moment) -> Frame {
        Frame {
            now,
            applied: self.applied(now),
            slope: self.track.map_or(0.0, |track| track.slope),
            drift: self.options.drift(),
        }
    }

    fn quorum(&self) -> usize {
        let half = self.servers.len().div_ceil(2);
        self.options.quorum.unwrap_or(half).max(1)
    }

    fn judge(&mut self, server: ServerIndex, now: Moment, actions: &mut Vec<Action>) {
        let frame = self.frame(now);
        let usable = self
            .servers
            .iter()
            .enumerate()
            .filter(|(_, s)| s.is_usable());
        let heard: Vec<(ServerIndex, Filtered)> = usable
            .filter_map(|(index, s)| Some((index, s.filter.at(&frame)?)))
            .collect();
        let candidates: Vec<Candidate> = heard
            .iter()
            .map(|(index, f)| candidate(*index, f))
            .collect();
        let Some(said) = select(&candidates, self.quorum()) else {
            return self.nobody_is_believed(actions);
        };
        self.agrees = true;
        self.stand(&said, actions);
        self.follow(server, &heard, &said, now);
        self.read(&heard, &said, now, actions);
    }

    fn nobody_is_believed(&mut self, actions: &mut Vec<Action>) {
        let heard = self.servers.iter_mut().filter(|s| s.is_usable());
        heard.for_each(|s| s.standing = Standing::Heard);
        if std::mem::replace(&mut self.agrees, false) {
            actions.push(Action::Alarm(Alarm::NoMajority));
        }
    }

    fn stand(&mut self, said: &Agreement, actions: &mut Vec<Action>) {
        for (server, fate) in &said.fates {
            let Some(association) = self.servers.get_mut(*server) else {
                continue;
            };
            let standing = match fate {
                Fate::Falseticker => Standing::Falseticker,
                Fate::Outlier => Standing::Outlier,
                Fate::Survivor => Standing::Combined,
                Fate::Peer => Standing::Selected,
            };
            let before = std::mem::replace(&mut association.standing, standing);
            if standing == Standing::Falseticker && before != standing {
                actions.push(Action::Alarm(Alarm::Falseticker(*server)));
            }
        }
    }

    /// The track takes the combined offset, once for each new best answer of a server that is believed.
    fn follow(
        &mut self,
        server: ServerIndex,
        heard: &[(ServerIndex, Filtered)],
        said: &Agreement,
        now: Moment,
    ) {
        let (drift, applied) = (self.options.drift(), self.applied(now));
        let mut track = self
            .track
            .unwrap_or_else(|| Track::start(said.offset, said.jitter, drift));
        let before = self
            .passed
            .replace((now, applied))
            .filter(|_| self.track.is_some());
        if let Some((before, moved)) = before {
            track.pass(now.since(before).as_secs_f64(), applied - moved);
        }
        if before.is_some() && self.is_news(server, heard, said) {
            track.measured(said.offset, said.jitter);
        }
        track.confine(said.low, said.high, said.jitter, drift);
        self.track = Some(track);
    }

    fn is_news(
        &mut self,
        server: ServerIndex,
        heard: &[(ServerIndex, Filtered)],
        said: &Agreement,
    ) -> bool {
        let believed = said
            .fates
            .iter()
            .any(|(s, fate)| *s == server && matches!(fate, Fate::Survivor | Fate::Peer));
        let best = heard.iter().find(|(s, _)| *s == server);
        let (Some((_, filtered)), Some(association)) = (best, self.servers.get_mut(server)) else {
            return false;
        };
        let fresh = association
            .used
            .is_none_or(|used| filtered.best.at.steady > used.steady);
        if believed && fresh {
            association.used = Some(filtered.best.at);
        }
        believed && fresh
    }

    fn read(
        &mut self,
        heard: &[(ServerIndex, Filtered)],
        said: &Agreement,
        now: Moment,
        actions: &mut Vec<Action>,
    ) {
        let Some(track) = self.track else { return };
        if let Some(steering) = &mut self.steering {
            steering.steer(
                &track,
                self.options.panic,
                self.servers.iter().map(|s| s.poll),
                now,
                actions,
            );
        }
        let Some(source) = source(&self.servers, heard, said) else {
            return;
        };
        let reading = Reading {
            at: now,
            offset: nanos(track.offset),
            low: nanos(said.low),
            high: nanos(said.high),
            slope: track.slope,
            applied: self.steering.as_ref().map_or(0.0, Steering::rate),
            drift: self.options.drift(),
            source,
        };
        self.read = Some(reading);
        actions.push(Action::Read(reading));
    }

    /// The offset is slewed away: from here on only the drift is held.
    fn slewed(&mut self, now: Moment, actions: &mut Vec<Action>) {
        let (Some(steering), Some(track)) = (&mut self.steering, &self.track) else {
            return;
        };
        steering.hold(track.slope, now, actions);
        let Some(reading) = &mut self.read else {
            return;
        };
        (reading.low, reading.high) = reading.interval(now);
        reading.offset = reading.offset_at(now);
        (reading.at, reading.applied) = (now, steering.rate());
        actions.push(Action::Read(*reading));
    }

    /// One line for each server.
    pub fn report(&self, now: Moment) -> Vec<ServerReport> {
        let frame = self.frame(now);
        self.servers.iter().map(|s| line(s, &frame)).collect()
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("servers", &self.servers.len())
            .field("track", &self.track)
            .finish_non_exhaustive()
    }
}

fn candidate(server: ServerIndex, filtered: &Filtered) -> Candidate {
    Candidate {
        server,
        offset: filtered.offset,
        low: filtered.low,
        high: filtered.high,
        jitter: filtered.jitter,
    }
}

pub(super) fn nanos(seconds: f64) -> i64 {
    (seconds * 1e9) as i64
}
