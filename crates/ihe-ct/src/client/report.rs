//! What the client says of each server, for people.

use super::association::Association;
use super::filter::Filtered;
use super::frame::Frame;
use super::machine::nanos;
use crate::exchange::{Kiss, Rejection};
use std::net::SocketAddr;
use std::time::Duration;

/// What the client makes of one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Not answered yet.
    Waiting,
    /// Answered, not yet judged.
    Heard,
    /// Does not answer.
    Unreachable,
    /// Answers nothing that can be used; [`ServerReport::rejection`] says why.
    Rejected,
    /// Asked not to be asked again (DENY, RSTR).
    Refused,
    /// Contradicts the majority.
    Falseticker,
    /// Does not contradict, but others are better.
    Outlier,
    /// Combined with the others.
    Combined,
    /// Combined, and the one that weighs most.
    Selected,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Standing::Waiting => "waiting",
            Standing::Heard => "heard",
            Standing::Unreachable => "unreachable",
            Standing::Rejected => "rejected",
            Standing::Refused => "refused",
            Standing::Falseticker => "falseticker",
            Standing::Outlier => "outlier",
            Standing::Combined => "combined",
            Standing::Selected => "selected",
        })
    }
}

/// One server, one line.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerReport {
    /// As configured.
    pub name: String,
    /// The address that is asked now.
    pub address: Option<SocketAddr>,
    /// What the client makes of it.
    pub standing: Standing,
    /// Why its last answer was not used.
    pub rejection: Option<Rejection>,
    /// The kiss by which it refused.
    pub kiss: Option<Kiss>,
    /// Its stratum.
    pub stratum: Option<u8>,
    /// UTC by this server minus our clock, nanoseconds.
    pub offset: Option<i64>,
    /// How wrong that can be if the server tells the truth.
    pub bound: Option<Duration>,
    /// Round trip of the best answer.
    pub delay: Option<Duration>,
    /// How much its answers differ (root mean square).
    pub jitter: Option<Duration>,
    /// A bit for each of the last eight questions, the last one lowest: answered.
    pub reach: u8,
    /// Time between two questions now, log2 seconds.
    pub poll: u8,
    /// Since the last good answer.
    pub age: Option<Duration>,
}

/// What is known of a server now.
pub(super) fn line(server: &Association, frame: &Frame) -> ServerReport {
    let filtered = server.filter.at(frame);
    let newest = server.filter.newest();
    let bound = |f: &Filtered| (f.high - f.offset).max(f.offset - f.low);
    ServerReport {
        name: server.name(),
        address: server.address(),
        standing: server.standing,
        rejection: server.last_rejection,
        kiss: server.refused,
        stratum: newest.map(|s| s.measured.stratum),
        offset: filtered.map(|f| nanos(f.offset)),
        bound: filtered.map(|f| Duration::from_secs_f64(bound(&f).max(0.0))),
        delay: filtered.map(|f| Duration::from_nanos(f.best.measured.delay.unsigned_abs())),
        jitter: filtered.map(|f| Duration::from_secs_f64(f.jitter)),
        reach: server.reach,
        poll: server.poll,
        age: newest.map(|s| frame.now.since(s.at)),
    }
}

/// A server's name without what could control a terminal.
pub(super) fn report_name(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}
