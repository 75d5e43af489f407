//! Octet-counted syslog frames (RFC 5425) and their headers (RFC 5424): whole or byte by byte, the same messages.
#![no_main]

use ihe_atna::syslog::{FrameDecoder, parse};
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let _ = parse(bytes);
    let whole = decode(bytes.chunks(bytes.len().max(1)));
    let slowly = decode(bytes.chunks(1));
    assert!(whole == slowly);
    for message in &whole {
        assert!(message.len() <= LIMIT);
        let _ = parse(message);
    }
});

/// The messages up to the first error or the end.
fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    let mut decoder = FrameDecoder::new(LIMIT);
    let mut messages = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(_) => return messages,
            }
        }
    }
    messages
}
