//! Limits of a node, with safe defaults.

use std::time::Duration;

/// Limits of a node.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest TLS handshake, either side, the wait for its first byte included; 10 s.
    pub handshake: Duration,
    /// Longest TCP connect, name look-up included; 10 s.
    pub connect: Duration,
    /// Audit records about refused connections, per address and minute; further ones are counted
    /// in the next record. 60.
    pub failure_records_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake: Duration::from_secs(10),
            connect: Duration::from_secs(10),
            failure_records_per_minute: 60,
        }
    }
}
