//! ITI-20 syslog (ITI TF-2 3.20.4): the message of RFC 5424, the TLS framing of RFC 5425, and a
//! tolerant reader (ATNA-R-024).

mod frame;
mod header;

pub(crate) use frame::write_frame;
pub use frame::{FrameDecoder, FrameError, frame};
pub(crate) use header::write_message;
pub use header::{Header, MSGID, PRIORITY, Parsed, message, parse};
