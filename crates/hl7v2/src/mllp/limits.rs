//! Bounds on connections, and their defaults.

use std::time::Duration;

/// Bounds on a connection, and on those who accept or open several.
///
/// ```
/// use hl7v2::mllp::Limits;
/// let limits = Limits { in_flight: 32, ..Limits::default() };
/// assert_eq!((limits.frame, Limits::default().in_flight), (1 << 20, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message without its frame. Default 1 MiB.
    pub frame: usize,
    /// Bytes that may lie between two frames and are skipped; line ends do not count. 0 allows none. Default 1 KiB.
    pub stray: usize,
    /// Requests of one connection in hand at a time. A server calls its handler for so many before it has the first answer;
    /// a client sends so many before it has the first answer. Default 1: one after the other, as HL7's original mode is
    /// usually understood; raise it only if both sides keep the order.
    pub in_flight: usize,
    /// How long a connection may wait for the first byte of a frame. Servers only. Default 5 minutes.
    pub idle: Duration,
    /// From the first byte of a frame to its last; for a client, from the request (or the answer before it) to the whole
    /// reply. Default 30 s.
    pub read: Duration,
    /// How long writing what is ready to be written may take. Default 30 s.
    pub write: Duration,
    /// How long to wait for the CR after the end byte before the frame is taken without it. Default 1 s.
    pub missing_return: Duration,
    /// Connections at a time, for whoever accepts them. Default 256.
    pub connections: usize,
    /// How long a stream may take to be ready for frames after it was accepted (TLS). Default 15 s.
    pub handshake: Duration,
    /// How long connections may finish what is in hand after the signal to stop; then they are cut. Default 30 s.
    pub grace: Duration,
    /// How long a client may take to get a connection, back-off and handshake included. Default 10 s.
    pub connect: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let half_a_minute = Duration::from_secs(30);
        Limits {
            frame: 1 << 20,
            stray: 1 << 10,
            in_flight: 1,
            idle: Duration::from_secs(300),
            read: half_a_minute,
            write: half_a_minute,
            missing_return: Duration::from_secs(1),
            connections: 256,
            handshake: Duration::from_secs(15),
            grace: half_a_minute,
            connect: Duration::from_secs(10),
        }
    }
}
