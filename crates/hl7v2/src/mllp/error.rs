//! Why a connection ended, or a message has no answer.

use std::sync::Arc;

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
    /// More bytes outside a frame than the limit allows, or bytes and never a frame.
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
    /// The message was sent, wholly or in part, and the connection ended before its answer: the peer may or may not have
    /// taken it. It is not sent again by itself.
    #[error("sent but not answered: {0}")]
    Unanswered(Arc<Error>),
    /// No byte of the message was sent: it can be sent again.
    #[error("not sent: {0}")]
    NotSent(Arc<Error>),
    /// The answer does not name the request's control id (MSA-2, MSH-10). The connection is given up, because requests and
    /// answers are out of step.
    #[error("the answer is to another message")]
    OtherAnswer,
    /// The peer sent a frame although nothing was asked.
    #[error("a frame that answers nothing")]
    Unasked,
}
