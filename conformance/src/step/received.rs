//! `do = "received"`: what a scripted peer was sent.

use crate::look::Received;
use crate::run::{Scene, Trouble};
use serde::Deserialize;
use std::time::Duration;

/// Which request is looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Look {
    /// The peer's name.
    #[serde(default = "peer")]
    pub from: String,
    /// Which request, from 1; of those that fit, with `when`.
    #[serde(default = "first")]
    pub nth: usize,
    /// Only requests in which this selector finds something.
    #[serde(default)]
    pub when: String,
    /// How long it is waited for, at most.
    #[serde(default = "two_seconds")]
    pub milliseconds: u64,
    /// There must be none: what is judged are the facts.
    #[serde(default)]
    pub none: bool,
}

fn peer() -> String {
    "peer".to_owned()
}

fn first() -> usize {
    1
}

fn two_seconds() -> u64 {
    2000
}

impl Look {
    /// Looks. Facts beside those of the request: `requests` and `connections` until now, `handshakes.failed`, `requests.distinct`.
    ///
    /// # Errors
    /// There is no such request in time, or there is one that must not be.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let peer = scene.peers.get(&self.from).ok_or_else(|| {
            Trouble::Case(format!("no earlier step serves a peer {:?}", self.from))
        })?;
        let log = peer.log();
        let within = Duration::from_millis(if self.none { 0 } else { self.milliseconds });
        let found = match self.when.is_empty() {
            true => log.request(self.nth, within).map(|found| found.received),
            false => self.fitting(log, within),
        };
        if let Some(wrong) = log.wrong() {
            return Err(Trouble::Case(wrong));
        }
        let (connections, refused) = log.connections();
        let requests = log.requests();
        let facts = |received: Received| {
            received
                .with("requests", requests.len())
                .with("connections", connections)
                .with("handshakes.failed", refused.len())
        };
        match (found, self.none) {
            (None, true) => Ok(facts(Received::default())),
            (Some(_), true) => Err(Trouble::Wrong(format!(
                "{} of {} came, which must not",
                self.which(),
                self.from
            ))),
            (Some(received), false) => {
                let address = peer.address();
                scene.peer_is(address);
                let is_record = received
                    .facts
                    .get("framing")
                    .is_some_and(|framing| framing == "octet-counting");
                let kind = if is_record { "audit" } else { "request" };
                scene.note(kind, &received.bytes);
                Ok(facts(received))
            }
            (None, false) => {
                let reason = refused.first();
                let reason =
                    reason.map_or(String::new(), |why| format!("; a handshake failed: {why}"));
                Err(Trouble::Wrong(format!(
                    "{} did not come to {}: {} came on {connections} connections{reason}",
                    self.which(),
                    self.from,
                    requests.len(),
                )))
            }
        }
    }

    /// For `explain`.
    pub fn shown(&self) -> String {
        let none = if self.none { "no " } else { "" };
        format!("  {none}{} of {}", self.which(), self.from)
    }

    fn fitting(&self, log: &crate::peer::Log, within: Duration) -> Option<Received> {
        let end = std::time::Instant::now() + within;
        loop {
            let fits = |received: &Received| {
                let found = received.values(&self.when);
                found.is_ok_and(|found| found.iter().any(|value| !value.is_empty()))
            };
            let requests = log.requests();
            let many = requests.len();
            let mut fitting = requests
                .into_iter()
                .map(|request| request.received)
                .filter(fits);
            if let Some(found) = fitting.nth(self.nth.saturating_sub(1)) {
                return Some(found);
            }
            let left = end.checked_duration_since(std::time::Instant::now())?;
            log.request(many + 1, left)?;
        }
    }

    fn which(&self) -> String {
        match self.when.is_empty() {
            true => format!("request {}", self.nth),
            false => format!("request {} with {}", self.nth, self.when),
        }
    }
}
