//! One pass over the text that notes the place of every delimiter and which of them are line ends; then the line ends cut
//! segments.

use super::{ParseError, Terminators};
use crate::{Separators, Tolerance};
use std::ops::Range;
use wide::u8x16;

/// Offsets of all delimiters and line ends, ascending, and the segments between them.
#[derive(Clone, Default)]
pub(super) struct Index {
    pub(super) marks: Vec<u32>,
    pub(super) segments: Vec<Place>,
    /// Line feeds that are text, or that end segments of a message whose other segments end with CR: whether they end a
    /// segment depends on what follows.
    pub(super) stray_line_feeds: bool,
}

/// Where one segment is: `start..end` in the text, `first..last` in the marks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) first: u32,
    pub(super) last: u32,
}

/// Bytes looked at together: one bit each in a `u64`.
const BLOCK: usize = 64;

/// Marks to make room for at once; a text of four bytes a delimiter needs no second allocation, a large one with few
/// delimiters (embedded documents) does not reserve its own size again.
const FIRST_MARKS: usize = 1 << 14;

/// The four delimiters that are noted besides the line ends.
pub(super) type Delimiters = [u8; 4];

pub(super) fn delimiters(separators: &Separators) -> Delimiters {
    let Separators {
        field,
        component,
        repetition,
        subcomponent,
        ..
    } = *separators;
    [field, component, repetition, subcomponent]
}

/// What one pass finds.
#[derive(Default)]
pub(super) struct Scan {
    /// Offsets of delimiters and line ends.
    pub(super) marks: Vec<u32>,
    /// Which of the marks are line ends.
    pub(super) ends: Vec<u32>,
}

/// Each block is compared as a whole with vector instructions, and only the hits are visited.
pub(super) fn scan(text: &[u8], delimiters: &Delimiters) -> Scan {
    let mut scan = Scan {
        marks: Vec::with_capacity((text.len() / 4 + BLOCK).min(FIRST_MARKS)),
        ends: Vec::with_capacity(16),
    };
    let wanted = Wanted::new(delimiters);
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut base = 0;
    for block in blocks {
        scan.note(wanted.hits(block), base);
        base += BLOCK as u32;
    }
    if !rest.is_empty() {
        // No delimiter is zero, so the padding is never a hit.
        let mut last = [0; BLOCK];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        scan.note(wanted.hits(&last), base);
    }
    scan
}

/// The bytes looked for, each as often as a vector has bytes.
struct Wanted {
    delimiters: [u8x16; 4],
    line_ends: [u8x16; 2],
}

/// One bit for each byte of a block, the lowest for the first.
struct Hits {
    all: u64,
    line_ends: u64,
}

impl Wanted {
    fn new(delimiters: &Delimiters) -> Wanted {
        Wanted {
            delimiters: delimiters.map(u8x16::splat),
            line_ends: [b'\r', b'\n'].map(u8x16::splat),
        }
    }

    #[inline]
    fn hits(&self, block: &[u8; BLOCK]) -> Hits {
        let (sixteens, _) = block.as_chunks::<16>();
        let [field, component, repetition, subcomponent] = self.delimiters;
        let [cr, lf] = self.line_ends;
        let (mut all, mut line_ends) = (0, 0);
        // From the back, so that the first sixteen end up lowest.
        for sixteen in sixteens.iter().rev() {
            let bytes = u8x16::new(*sixteen);
            let end = bytes.simd_eq(cr) | bytes.simd_eq(lf);
            let upper = bytes.simd_eq(field) | bytes.simd_eq(component);
            let lower = bytes.simd_eq(repetition) | bytes.simd_eq(subcomponent);
            line_ends = line_ends << 16 | u64::from(end.to_bitmask());
            all = all << 16 | u64::from((upper | lower | end).to_bitmask());
        }
        Hits { all, line_ends }
    }
}

impl Scan {
    #[inline]
    fn note(&mut self, hits: Hits, base: u32) {
        let mut ends = hits.line_ends;
        while ends != 0 {
            let bit = ends & ends.wrapping_neg();
            let before = (hits.all & (bit - 1)).count_ones();
            self.ends.push(self.marks.len() as u32 + before);
            ends ^= bit;
        }
        let mut hits = hits.all;
        self.marks.reserve(BLOCK);
        while hits != 0 {
            self.marks.push(base + hits.trailing_zeros());
            hits &= hits - 1;
        }
    }
}

/// Cuts the text into segments. Where any line end is accepted, a lone LF ends a segment only if the text has no CR at all
/// or if a segment begins after it: some senders leave line feeds in their free text.
pub(super) fn cut(
    text: &str,
    separators: &Separators,
    limit: usize,
    terminators: Terminators,
    notes: &mut Vec<Tolerance>,
) -> Result<Index, ParseError> {
    let bytes = text.as_bytes();
    let Scan { marks, ends } = scan(bytes, &delimiters(separators));
    let mut cutter = Cutter {
        bytes,
        field: separators.field,
        limit,
        terminators,
        only_line_feeds: memchr::memchr(b'\r', bytes).is_none(),
        notes,
        segments: Vec::with_capacity(ends.len() + 1),
        stray_line_feeds: false,
    };
    let (mut start, mut first) = (0_usize, 0_usize);
    for place in ends.into_iter().map(|place| place as usize) {
        let at = marks.get(place).map_or(bytes.len(), |&at| at as usize);
        if cutter.ends_segment(start, at)? {
            cutter.segment(start..at, first..place)?;
            (start, first) = (at + 1, place + 1);
        }
    }
    cutter.segment(start..bytes.len(), first..marks.len())?;
    Ok(Index {
        segments: cutter.segments,
        stray_line_feeds: cutter.stray_line_feeds,
        marks,
    })
}

struct Cutter<'a> {
    bytes: &'a [u8],
    field: u8,
    limit: usize,
    terminators: Terminators,
    only_line_feeds: bool,
    notes: &'a mut Vec<Tolerance>,
    segments: Vec<Place>,
    stray_line_feeds: bool,
}

impl Cutter<'_> {
    fn note(&mut self, note: Tolerance) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// Whether the line end at `at` ends the segment that began at `start`, and does so in the required way.
    fn ends_segment(&mut self, start: usize, at: usize) -> Result<bool, ParseError> {
        let after_return = at > 0 && self.byte(at - 1) == Some(b'\r');
        let found = match self.byte(at) {
            Some(b'\r') if self.byte(at + 1) == Some(b'\n') => Terminators::CrLf,
            Some(b'\r') => Terminators::Cr,
            _ if after_return => return Ok(true),
            _ => {
                self.stray_line_feeds |= !self.only_line_feeds;
                let rest = self.bytes.get(at + 1..).unwrap_or_default();
                if !self.only_line_feeds && at != start && !begins_segment(rest, self.field) {
                    return Ok(false);
                }
                Terminators::Lf
            }
        };
        if self.terminators == Terminators::Any {
            if found != Terminators::Cr {
                self.note(Tolerance::LineFeed);
            }
        } else if found != self.terminators {
            let number = self.segments.len() + 1;
            return Err(ParseError::WrongTerminator { number });
        }
        Ok(true)
    }

    fn segment(&mut self, text: Range<usize>, marks: Range<usize>) -> Result<(), ParseError> {
        if text.is_empty() {
            let in_pair = text.start > 0
                && self.byte(text.start - 1) == Some(b'\r')
                && self.byte(text.end) == Some(b'\n');
            if !in_pair && text.end < self.bytes.len() {
                self.note(Tolerance::BlankLine);
            }
            return Ok(());
        }
        if self.segments.len() == self.limit {
            return Err(ParseError::TooManySegments { limit: self.limit });
        }
        let whole = self.bytes.get(text.clone()).unwrap_or_default();
        if !has_name(whole, self.field) {
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

/// Three capital letters or digits, and then nothing or the field separator.
pub(super) fn has_name(segment: &[u8], field: u8) -> bool {
    let named = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    match segment {
        [a, b, c] => [a, b, c].into_iter().all(named),
        [a, b, c, next, ..] => [a, b, c].into_iter().all(named) && *next == field,
        _ => false,
    }
}

fn begins_segment(rest: &[u8], field: u8) -> bool {
    match rest {
        [] | [b'\n', ..] => true,
        [_, _, _, next, ..] => *next == field && has_name(rest, field),
        _ => false,
    }
}
