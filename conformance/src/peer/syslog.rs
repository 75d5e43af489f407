//! A peer that takes syslog with octet counting (RFC 5425 4.3) and says nothing, as an Audit Record Repository does.

use super::answer::Script;
use super::log::Log;
use crate::look::Received;
use crate::wire::Stream;
use crate::wire::syslog::{Limits, records};

/// Keeps record after record. Fact: `framing` (`octet-counting`, or what is wrong with it). An answer of the script that
/// says `close = "after"` closes after its record.
pub(super) fn serve(stream: &mut Stream, script: &Script, log: &Log, seen: &Received) {
    for record in records(stream, Limits::default()) {
        let bytes = match record {
            Ok(bytes) => bytes,
            // Nothing more comes in time, or the connection breaks: what else is wrong is the sender's framing.
            Err(error) if is_silence(error.kind()) => return,
            Err(error) => return log.keep(seen.clone().with("framing", error)),
        };
        let received = Received {
            bytes,
            ..seen.clone()
        };
        let received = received.with("framing", "octet-counting");
        let turn = script.turn(&received);
        log.keep(received);
        if turn.is_some_and(|turn| turn.answer.close == "after") {
            return;
        }
    }
}

fn is_silence(kind: std::io::ErrorKind) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, TimedOut, WouldBlock};
    [ConnectionAborted, ConnectionReset, TimedOut, WouldBlock].contains(&kind)
}
