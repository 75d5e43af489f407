//! How the Time Client asks.

use crate::exchange::Checks;
use std::time::Duration;

/// How a [`TimeClient`](super::TimeClient) asks its servers.
#[derive(Clone, Copy, Debug)]
pub struct ClientOptions {
    /// NTP version of the questions, 1 to 4. Default 4.
    pub version: u8,
    /// Shortest poll interval, log2 seconds, 4 (16 s) or more (CT-R-007). Default 6: 64 s.
    pub min_poll: u8,
    /// Longest poll interval, log2 seconds, at most 17. Default 10: 1024 s.
    pub max_poll: u8,
    /// Questions at the start. Default 6; 0: none beside the first.
    pub burst: u8,
    /// Time between the questions of a burst. Default 2 s.
    pub burst_gap: Duration,
    /// So many servers must agree; `None`: half of those configured, rounded up.
    pub quorum: Option<usize>,
    /// How fast the offset grows by itself at most, parts per million: the drift of the clock, or what the daemon
    /// that disciplines it slews. The error bound rests on it. Default 100: a crystal's worst.
    pub drift_ppm: f64,
    /// A step of the wall clock beyond this makes all measurements worthless. Default 500 ms.
    pub step: Duration,
    /// A name is looked up again after this time, or when its address does not answer. Default 1 h.
    pub resolve_again: Duration,
    /// Slewing (with a steering clock only): at most so many parts per million. Default 400, at most 450.
    pub slew_ppm: f64,
    /// An offset beyond this is not slewed away: somebody has to look. Default 1000 s (RFC 5905 PANICT).
    pub panic: Duration,
    /// Demands on each answer.
    pub checks: Checks,
}

impl Default for ClientOptions {
    fn default() -> ClientOptions {
        ClientOptions {
            version: 4,
            min_poll: 6,
            max_poll: 10,
            burst: 6,
            burst_gap: Duration::from_secs(2),
            quorum: None,
            drift_ppm: 100.0,
            step: Duration::from_millis(500),
            resolve_again: Duration::from_secs(3600),
            slew_ppm: 400.0,
            panic: Duration::from_secs(1000),
            checks: Checks::default(),
        }
    }
}

impl ClientOptions {
    /// The shortest poll interval anybody may choose, log2 seconds: 16 s (RFC 4330 section 10).
    pub const SHORTEST_POLL: u8 = 4;
    /// The longest that NTP knows, log2 seconds (RFC 5905 MAXPOLL).
    pub const LONGEST_POLL: u8 = 17;

    pub(super) fn polls(&self) -> (u8, u8) {
        let least = self
            .min_poll
            .clamp(ClientOptions::SHORTEST_POLL, ClientOptions::LONGEST_POLL);
        (
            least,
            self.max_poll.clamp(least, ClientOptions::LONGEST_POLL),
        )
    }

    pub(super) fn drift(&self) -> f64 {
        self.drift_ppm.clamp(0.1, 100_000.0) * 1e-6
    }

    pub(super) fn slew(&self) -> f64 {
        self.slew_ppm.clamp(1.0, 450.0) * 1e-6
    }
}
