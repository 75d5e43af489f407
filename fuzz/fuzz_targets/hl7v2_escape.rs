//! Escape sequences: escaped text comes back, pieces written are the same pieces, plain text stays within its bound.
#![no_main]

use hl7v2::Separators;
use hl7v2::escape::{Piece, escape, from_pieces, pieces, to_plain_text, unescape};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|raw: &str| {
    let separators = Separators::DEFAULT;
    assert!(unescape(&escape(raw, &separators), &separators) == raw);
    let value = unescape(raw, &separators);
    assert!(unescape(&escape(&value, &separators), &separators) == value);
    let all: Vec<Piece<'_>> = pieces(raw, &separators).collect();
    let written = from_pieces(all.iter().cloned(), &separators);
    assert!(pieces(&written, &separators).eq(all));
    assert!(to_plain_text(raw, &separators).len() <= 25 * raw.len());
});
