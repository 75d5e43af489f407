//! One pass over the text that notes the place of every delimiter, and a second over these notes that cuts segments.

use super::ParseError;
use crate::{Separators, Tolerance};

/// Offsets of all delimiters and line ends, ascending, and the segments between them.
#[derive(Clone, Default)]
pub(super) struct Index {
    pub(super) marks: Vec<u32>,
    pub(super) segments: Vec<Place>,
}

/// Where one segment is: `start..end` in the text, `first..last` in the marks.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) first: u32,
    pub(super) last: u32,
}

/// Bytes looked at before their marks are handed over.
const BLOCK: usize = 64;

/// Offsets of the bytes that `table` marks with 1. Every byte is written and only a marked one is kept, so that the
/// loop has no branch to mispredict.
pub(super) fn scan(text: &[u8], table: &[u8; 256]) -> Vec<u32> {
    let mut marks = Vec::with_capacity(text.len() / 6 + BLOCK);
    let mut base = 0_u32;
    for block in text.chunks(BLOCK) {
        let mut found = [0_u32; BLOCK];
        let mut count = 0_usize;
        for (&byte, offset) in block.iter().zip(base..) {
            found[count % BLOCK] = offset;
            count += usize::from(table[usize::from(byte)]);
        }
        marks.extend_from_slice(&found[..count]);
        base += BLOCK as u32;
    }
    marks
}

pub(super) fn table(separators: &Separators) -> [u8; 256] {
    let mut table = [0; 256];
    for byte in [separators.field, separators.component, separators.repetition, separators.subcomponent, b'\r', b'\n'] {
        table[usize::from(byte)] = 1;
    }
    table
}

/// Cuts the text into segments. A lone LF ends a segment only if the text has no CR at all or if a segment begins after
/// it: some senders leave line feeds in their free text.
pub(super) fn cut(text: &str, separators: &Separators, limit: usize, notes: &mut Vec<Tolerance>) -> Result<Index, ParseError> {
    let bytes = text.as_bytes();
    let marks = scan(bytes, &table(separators));
    let mut cutter = Cutter { bytes, field: separators.field, limit, notes, segments: Vec::new() };
    let only_line_feeds = memchr::memchr(b'\r', bytes).is_none();
    let (mut start, mut first) = (0_usize, 0_usize);
    for (place, &at) in marks.iter().enumerate() {
        let at = at as usize;
        let ends = match bytes[at] {
            b'\r' => true,
            b'\n' => only_line_feeds || at == start || begins_segment(&bytes[at + 1..], separators.field),
            _ => false,
        };
        if ends {
            cutter.segment(start..at, first..place)?;
            (start, first) = (at + 1, place + 1);
        }
    }
    cutter.segment(start..bytes.len(), first..marks.len())?;
    let segments = cutter.segments;
    Ok(Index { marks, segments })
}

struct Cutter<'a> {
    bytes: &'a [u8],
    field: u8,
    limit: usize,
    notes: &'a mut Vec<Tolerance>,
    segments: Vec<Place>,
}

impl Cutter<'_> {
    fn note(&mut self, note: Tolerance) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn segment(&mut self, text: std::ops::Range<usize>, marks: std::ops::Range<usize>) -> Result<(), ParseError> {
        if self.bytes.get(text.end) == Some(&b'\n') {
            self.note(Tolerance::LineFeed);
        }
        if text.is_empty() {
            let after_return = text.start > 0 && self.bytes[text.start - 1] == b'\r' && self.bytes.get(text.end) == Some(&b'\n');
            if !after_return && text.end < self.bytes.len() {
                self.note(Tolerance::BlankLine);
            }
            return Ok(());
        }
        if self.segments.len() == self.limit {
            return Err(ParseError::TooManySegments { limit: self.limit });
        }
        if !has_name(&self.bytes[text.clone()], self.field) {
            return Err(ParseError::BadSegmentName { number: self.segments.len() + 1 });
        }
        self.segments.push(Place {
            start: text.start as u32,
            end: text.end as u32,
            first: marks.start as u32,
            last: marks.end as u32,
        });
        Ok(())
    }
}

fn has_name(segment: &[u8], field: u8) -> bool {
    let name = segment.get(..3).is_some_and(|name| name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
    name && segment.get(3).is_none_or(|&next| next == field)
}

fn begins_segment(rest: &[u8], field: u8) -> bool {
    rest.is_empty() || rest[0] == b'\n' || (rest.get(3) == Some(&field) && has_name(&rest[..4], field))
}
