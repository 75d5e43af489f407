//! How much a peer may ask of us.

use std::time::Duration;

/// Limits on size, count, depth and time, each with a safe default.
///
/// ```
/// let limits = ihe_soap::Limits { part: 100 << 20, ..ihe_soap::Limits::default() };
/// assert_eq!(limits.depth, 100);
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of the HTTP head: request or status line and header fields. More is HTTP 431. Default 64 KiB.
    pub head: usize,
    /// Bytes of the envelope: the root part, or the whole of a simple message. Default 16 MiB.
    pub root: usize,
    /// Bytes of one attachment. Default 4 GiB.
    pub part: u64,
    /// Number of attachments in one message. Default 1000.
    pub parts: usize,
    /// Bytes of one whole message, as they travel and also as they are after gzip. Default 16 GiB.
    pub message: u64,
    /// How many times larger a message may become by gunzip, once it is above 1 MiB. Default 100.
    pub inflation: u64,
    /// Bytes of the MIME headers of one part. Default 8 KiB.
    pub part_header: usize,
    /// Number of SOAP header blocks. Default 64.
    pub headers: usize,
    /// Number of attributes (with namespace declarations) of one XML element. Default 256.
    pub attributes: usize,
    /// Depth of XML elements, the envelope included. Default 100.
    pub depth: usize,
    /// Longest time in which no byte moves while a message is read or written. Default 60 s.
    pub idle: Duration,
    /// Bytes a peer must send or take in each second that we wait for it, `idle` in advance; against
    /// those who send one byte a minute. Default 500.
    pub pace: u64,
    /// Longest time from the head of a message to its last byte. Default 2 hours.
    pub total: Duration,
    /// Longest time for the HTTP request head; also how long an idle kept-alive connection lives. Default 30 s.
    pub header_read: Duration,
    /// Longest time for a client to get a connection. Default 10 s.
    pub connect: Duration,
    /// Number of connections one listener serves at a time; the accept loop observes it. Default 1024.
    pub connections: usize,
    /// Number of exchanges one endpoint has in hand at a time, over all its connections;
    /// more are answered with HTTP 503. Default 1024.
    pub exchanges: usize,
    /// Number of idle connections a client keeps for one host and port. Default 16.
    pub kept: usize,
    /// Bytes of an unread request body that are still read after the reply is known,
    /// so that a client that is still sending can receive it. Default 64 MiB.
    pub drain: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            head: 64 << 10,
            root: 16 << 20,
            part: 4 << 30,
            parts: 1000,
            message: 16 << 30,
            inflation: 100,
            part_header: 8 << 10,
            headers: 64,
            attributes: 256,
            depth: 100,
            idle: Duration::from_secs(60),
            pace: 500,
            total: Duration::from_secs(2 * 60 * 60),
            header_read: Duration::from_secs(30),
            connect: Duration::from_secs(10),
            connections: 1024,
            exchanges: 1024,
            kept: 16,
            drain: 64 << 20,
        }
    }
}
