//! A stretch of the text with the marks inside it: what every view is made of.

use crate::{Separators, escape};
use std::borrow::Cow;

#[derive(Clone, Copy)]
pub(super) struct Span<'a> {
    pub(super) text: &'a str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) marks: &'a [u32],
    pub(super) separators: Separators,
    /// Whether the place is written at all; an absent one lies at the end of what contains it.
    pub(super) written: bool,
}

impl<'a> Span<'a> {
    pub(super) fn raw(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    pub(super) fn value(&self) -> Cow<'a, str> {
        escape::unescape(self.raw(), &self.separators)
    }

    fn is(&self, mark: u32, separator: u8) -> bool {
        self.text.as_bytes().get(mark as usize) == Some(&separator)
    }

    /// What stands before the first such separator, and the rest after it.
    fn split_first(self, separator: u8) -> (Span<'a>, Option<Span<'a>>) {
        let place = self.marks.iter().position(|&mark| self.is(mark, separator));
        let Some((head, [mark, tail @ ..])) = place.and_then(|at| self.marks.split_at_checked(at))
        else {
            return (self, None);
        };
        let at = *mark as usize;
        let first = Span {
            end: at,
            marks: head,
            ..self
        };
        let rest = Span {
            start: at + 1,
            marks: tail,
            ..self
        };
        (first, Some(rest))
    }

    /// Everything between such separators, in order; at least one part. Linear in the marks of the span as a whole.
    pub(super) fn parts(self, separator: u8) -> Parts<'a> {
        Parts {
            rest: Some(self),
            separator: Some(separator),
        }
    }

    /// The span itself as the only part.
    pub(super) fn whole(self) -> Parts<'a> {
        Parts {
            rest: Some(self),
            separator: None,
        }
    }

    /// The n-th part, from 1.
    #[inline]
    pub(super) fn part(self, separator: u8, n: usize) -> Option<Span<'a>> {
        let before = n.checked_sub(1).filter(|_| self.written)?;
        let (start, marks) = match before {
            0 => (self.start, self.marks),
            _ => {
                let (mark, behind) = self.nth_mark(self.marks, separator, before)?;
                (mark + 1, self.marks.get(behind + 1..)?)
            }
        };
        let (end, marks) = match self.nth_mark(marks, separator, 1) {
            Some((mark, place)) => (mark, marks.get(..place)?),
            None => (self.end, marks),
        };
        Some(Span {
            start,
            end,
            marks,
            ..self
        })
    }

    /// The offset and the place of the n-th mark that is such a separator, n from 1. It counts without branching on what
    /// each mark is, which no processor could foresee.
    #[inline]
    fn nth_mark(&self, marks: &[u32], separator: u8, n: usize) -> Option<(usize, usize)> {
        let mut seen = 0;
        for (place, &mark) in marks.iter().enumerate() {
            seen += usize::from(self.is(mark, separator));
            if seen == n {
                return Some((mark as usize, place));
            }
        }
        None
    }

    pub(super) fn part_or_absent(self, separator: u8, n: usize) -> Span<'a> {
        self.part(separator, n).unwrap_or(self.absent())
    }

    pub(super) fn absent(self) -> Span<'a> {
        Span {
            start: self.end,
            marks: &[],
            written: false,
            ..self
        }
    }

    /// How many such separators are in it.
    pub(super) fn count(&self, separator: u8) -> usize {
        let is = |mark: &&u32| self.is(**mark, separator);
        self.marks.iter().filter(is).count()
    }
}

/// The parts of a span. An absent span has none.
#[derive(Clone)]
pub(super) struct Parts<'a> {
    rest: Option<Span<'a>>,
    separator: Option<u8>,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Span<'a>;

    fn next(&mut self) -> Option<Span<'a>> {
        let span = self.rest.take().filter(|span| span.written)?;
        let Some(separator) = self.separator else {
            return Some(span);
        };
        let (head, rest) = span.split_first(separator);
        self.rest = rest;
        Some(head)
    }
}
