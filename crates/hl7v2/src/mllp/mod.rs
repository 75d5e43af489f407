//! Minimal Lower Layer Protocol (ITI TF-2 Appendix C; HL7 v2.5 Transport Specification: MLLP, Release 1).
//!
//! A frame is `0x0B message 0x1C 0x0D`. Streams come from the caller, so TLS is not known here.

mod client;
mod frame;
mod server;
#[cfg(test)]
mod tests;

pub use client::Client;
pub use frame::Reader;
pub use server::serve_stream;

use std::time::Duration;

/// First byte of a frame.
pub const START: u8 = 0x0B;
/// Last but one byte of a frame; CR follows.
pub const END: u8 = 0x1C;

/// Bounds on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message without its frame. Default 1 MiB.
    pub frame: usize,
    /// How long a connection may wait for the first byte of a frame. Default 5 minutes.
    pub idle: Duration,
    /// From the first byte of a frame to its last; for a client, from the request to the whole reply. Default 30 s.
    pub read: Duration,
    /// How long writing one frame may take. Default 30 s.
    pub write: Duration,
    /// Connections at a time, for whoever accepts them. Default 256.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            frame: 1 << 20,
            idle: Duration::from_secs(300),
            read: Duration::from_secs(30),
            write: Duration::from_secs(30),
            connections: 256,
        }
    }
}

/// Why a connection ended. Holds no content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream failed.
    #[error("connection failed: {0}")]
    Io(#[from] std::io::Error),
    /// A frame is larger than the limit.
    #[error("frame larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Bytes outside a frame.
    #[error("bytes outside a frame")]
    NotFramed,
    /// The peer closed the stream inside a frame.
    #[error("connection closed inside a frame")]
    Truncated,
    /// A time limit passed.
    #[error("time limit passed while {0}")]
    Timeout(&'static str),
    /// The peer closed the connection, or an earlier exchange failed: open a new one.
    #[error("connection closed")]
    Closed,
    /// The message to send is empty, holds 0x0B, or 0x1C followed by CR: it would not arrive as one frame.
    #[error("the message holds a framing byte")]
    Misuse,
}

/// Puts a message into its frame.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 3);
    frame.push(START);
    frame.extend_from_slice(message);
    frame.extend_from_slice(&[END, b'\r']);
    frame
}
