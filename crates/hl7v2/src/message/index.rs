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

/// Bytes looked at together: one bit each in a `u64`.
const BLOCK: usize = 64;

/// The bytes that are noted: the delimiters and the line ends.
type Wanted = [u8; 6];

pub(super) fn wanted(separators: &Separators) -> Wanted {
    let Separators {
        field,
        component,
        repetition,
        subcomponent,
        ..
    } = *separators;
    [field, component, repetition, subcomponent, b'\r', b'\n']
}

/// Offsets of the wanted bytes. Each block is compared as a whole, which the compiler turns into vector instructions, and
/// only the hits are visited: twice as fast as a table look-up per byte.
pub(super) fn scan(text: &[u8], wanted: &Wanted) -> Vec<u32> {
    let mut marks = Vec::with_capacity(text.len() / 4 + BLOCK);
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut base = 0;
    for block in blocks {
        note(hits(block, wanted), base, &mut marks);
        base += BLOCK as u32;
    }
    // No delimiter is zero, so the padding is never a hit.
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    note(hits(&last, wanted), base, &mut marks);
    marks
}

/// One bit per byte of the block, the lowest for the first byte.
fn hits(block: &[u8; BLOCK], wanted: &Wanted) -> u64 {
    let mut flags = [0_u8; BLOCK];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = wanted
            .iter()
            .fold(0, |hit, one| hit | u8::from(byte == one));
    }
    // Gathers the low bits of eight bytes into one byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (groups, _) = flags.as_chunks::<8>();
    let gather = |group: &[u8; 8]| u64::from_le_bytes(*group).wrapping_mul(GATHER) >> 56;
    groups
        .iter()
        .rev()
        .fold(0, |bits, group| bits << 8 | gather(group))
}

fn note(mut hits: u64, base: u32, marks: &mut Vec<u32>) {
    while hits != 0 {
        marks.push(base + hits.trailing_zeros());
        hits &= hits - 1;
    }
}

/// Cuts the text into segments. A lone LF ends a segment only if the text has no CR at all or if a segment begins after
/// it: some senders leave line feeds in their free text.
pub(super) fn cut(
    text: &str,
    separators: &Separators,
    limit: usize,
    notes: &mut Vec<Tolerance>,
) -> Result<Index, ParseError> {
    let bytes = text.as_bytes();
    let marks = scan(bytes, &wanted(separators));
    let mut cutter = Cutter {
        bytes,
        field: separators.field,
        limit,
        notes,
        segments: Vec::with_capacity(16),
    };
    let only_line_feeds = memchr::memchr(b'\r', bytes).is_none();
    let (mut start, mut first) = (0_usize, 0_usize);
    for (place, &at) in marks.iter().enumerate() {
        let at = at as usize;
        let ends = match bytes[at] {
            b'\r' => true,
            b'\n' => {
                only_line_feeds || at == start || begins_segment(&bytes[at + 1..], separators.field)
            }
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

    fn segment(
        &mut self,
        text: std::ops::Range<usize>,
        marks: std::ops::Range<usize>,
    ) -> Result<(), ParseError> {
        if self.bytes.get(text.end) == Some(&b'\n') {
            self.note(Tolerance::LineFeed);
        }
        if text.is_empty() {
            let after_return = text.start > 0
                && self.bytes[text.start - 1] == b'\r'
                && self.bytes.get(text.end) == Some(&b'\n');
            if !after_return && text.end < self.bytes.len() {
                self.note(Tolerance::BlankLine);
            }
            return Ok(());
        }
        if self.segments.len() == self.limit {
            return Err(ParseError::TooManySegments { limit: self.limit });
        }
        if !has_name(&self.bytes[text.clone()], self.field) {
            return Err(ParseError::BadSegmentName {
                number: self.segments.len() + 1,
            });
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
    let name = segment.get(..3).is_some_and(|name| {
        name.iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    });
    name && segment.get(3).is_none_or(|&next| next == field)
}

fn begins_segment(rest: &[u8], field: u8) -> bool {
    rest.is_empty()
        || rest[0] == b'\n'
        || (rest.get(3) == Some(&field) && has_name(&rest[..4], field))
}
