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
    pub(super) fn part(self, separator: u8, n: usize) -> Option<Span<'a>> {
        let mut before = n.checked_sub(1).filter(|_| self.written)?;
        let (mut start, mut first) = (self.start, 0);
        for (place, &mark) in self.marks.iter().enumerate() {
            if !self.is(mark, separator) {
                continue;
            }
            let at = mark as usize;
            if before == 0 {
                return Some(Span {
                    start,
                    end: at,
                    marks: self.marks.get(first..place)?,
                    ..self
                });
            }
            before -= 1;
            (start, first) = (at + 1, place + 1);
        }
        let marks = self.marks.get(first..)?;
        (before == 0).then_some(Span {
            start,
            marks,
            ..self
        })
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
