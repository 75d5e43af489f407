//! A peer that speaks MLLP.

use super::answer::{Script, Turn};
use super::log::Log;
use crate::look::Received;
use crate::wire::{Stream, mllp};

/// Answers frame after frame until somebody closes.
pub(super) fn serve(stream: &mut Stream, script: &Script, log: &Log, seen: &Received) {
    loop {
        let bytes = match mllp::read_frame(stream) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                let wrong = seen.clone().with("framing", error);
                return log.keep(wrong);
            }
            Err(_) => return,
        };
        let received = Received {
            bytes,
            ..seen.clone()
        };
        let turn = script.turn(&received);
        log.keep(received.with("framing", "mllp"));
        let Some(mut turn) = turn else { return };
        match answer(&mut turn).and_then(|bytes| turn.send(&bytes, stream, log)) {
            Ok(true) => {}
            Ok(false) => return,
            Err(what) => return log.trouble(what),
        }
    }
}

fn answer(turn: &mut Turn) -> Result<Vec<u8>, String> {
    let is_text = turn.answer.body.hex.is_empty();
    let mut bytes = turn.body()?;
    if is_text {
        bytes = String::from_utf8_lossy(&bytes)
            .replace("\r\n", "\r")
            .replace('\n', "\r")
            .into_bytes();
    }
    Ok(match turn.answer.unframed {
        true => bytes,
        false => [b"\x0b", &bytes[..], b"\x1c\x0d"].concat(),
    })
}
