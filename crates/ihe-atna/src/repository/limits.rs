//! Limits of a repository.

use std::time::Duration;

use crate::node::ServeLimits;

/// Limits of a repository, with safe defaults. Bytes in memory are at most twice `frame` for
/// each connection, 128 MiB of datagrams, and what the trail's queue holds.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one message over TLS and TCP; 1 MiB.
    pub frame: usize,
    /// Bounds of each listener; 1,024 connections, 512 that are not authenticated yet.
    pub serve: ServeLimits,
    /// A connection without a byte for so long is closed; 1 h.
    pub idle: Duration,
    /// Messages remembered to know repeats; 65,536.
    pub window: usize,
    /// Messages stored in one go, per connection; 512.
    pub batch: usize,
    /// Bytes the system is asked to hold of datagrams; it may give less. 8 MiB.
    pub datagram_buffer: usize,
    /// Records indexed in one go; 2,048.
    pub index: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            // A fault for testing the conformance suite.
            frame: match cfg!(renkei_fault = "audit-record-repository-long-record-refused") {
                true => 16 << 10,
                false => 1 << 20,
            },
            serve: ServeLimits {
                grace: Duration::from_secs(10),
                ..ServeLimits::default()
            },
            idle: Duration::from_secs(3600),
            window: 65_536,
            batch: 512,
            datagram_buffer: 8 << 20,
            index: 2048,
        }
    }
}
