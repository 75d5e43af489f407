//! Borrowed views of a message: segment, field, repetition, component. All are `Copy`.

use super::Message;
use super::index::Place;
use crate::{Separators, escape};
use std::borrow::Cow;

/// A stretch of text with the marks inside it.
#[derive(Clone, Copy)]
struct Span<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    marks: &'a [u32],
    separators: Separators,
}

impl<'a> Span<'a> {
    fn raw(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    fn value(&self) -> Cow<'a, str> {
        escape::unescape(self.raw(), &self.separators)
    }

    fn is(&self, mark: u32, separator: u8) -> bool {
        self.text.as_bytes().get(mark as usize) == Some(&separator)
    }

    /// What stands before the first such separator, and the rest after it.
    fn split_first(self, separator: u8) -> (Span<'a>, Option<Span<'a>>) {
        match self.marks.iter().position(|&mark| self.is(mark, separator)) {
            None => (self, None),
            Some(place) => {
                let at = self.marks[place] as usize;
                let head = Span {
                    end: at,
                    marks: &self.marks[..place],
                    ..self
                };
                (
                    head,
                    Some(Span {
                        start: at + 1,
                        marks: &self.marks[place + 1..],
                        ..self
                    }),
                )
            }
        }
    }

    fn parts(self, separator: u8) -> Parts<'a> {
        Parts {
            rest: Some(self),
            separator,
        }
    }

    /// The n-th part, from 1.
    fn part(self, separator: u8, n: usize) -> Option<Span<'a>> {
        self.parts(separator).nth(n.checked_sub(1)?)
    }

    fn part_or_empty(self, separator: u8, n: usize) -> Span<'a> {
        self.part(separator, n).unwrap_or(Span {
            start: self.end,
            marks: &[],
            ..self
        })
    }
}

struct Parts<'a> {
    rest: Option<Span<'a>>,
    separator: u8,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Span<'a>;

    fn next(&mut self) -> Option<Span<'a>> {
        let (head, rest) = self.rest?.split_first(self.separator);
        self.rest = rest;
        Some(head)
    }
}

/// One segment.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    message: &'a Message,
    at: usize,
    place: Place,
}

impl<'a> Segment<'a> {
    pub(super) fn at(message: &'a Message, at: usize) -> Option<Segment<'a>> {
        message.index.segments.get(at).map(|place| Segment {
            message,
            at,
            place: *place,
        })
    }

    fn span(&self) -> Span<'a> {
        let marks = self
            .message
            .index
            .marks
            .get(self.place.first as usize..self.place.last as usize);
        Span {
            text: &self.message.text,
            start: self.place.start as usize,
            end: self.place.end as usize,
            marks: marks.unwrap_or_default(),
            separators: self.message.separators,
        }
    }

    /// The three-character name.
    pub fn name(&self) -> &'a str {
        self.raw().get(..3).unwrap_or_default()
    }

    /// The whole segment as on the wire, without its terminator.
    pub fn raw(&self) -> &'a str {
        self.span().raw()
    }

    /// Which of the segments of this name it is, from 1: ERR-2.2 wants it.
    pub fn sequence(&self) -> usize {
        1 + self
            .message
            .segments()
            .take(self.at)
            .filter(|other| other.name() == self.name())
            .count()
    }

    /// MSH, BHS and FHS count their field separator as field 1.
    fn is_header(&self) -> bool {
        matches!(self.name(), "MSH" | "BHS" | "FHS")
    }

    /// The n-th field as HL7 numbers it; an absent one is empty. MSH-1 is the separator, MSH-2 the encoding characters.
    pub fn field(&self, n: usize) -> Field<'a> {
        let span = self.span();
        let separator = span.separators.field;
        let part = match (self.is_header(), n) {
            (_, 0) => Span {
                start: span.end,
                marks: &[],
                ..span
            },
            (true, 1) => Span {
                start: span.start + 3,
                end: (span.start + 4).min(span.end),
                marks: &[],
                ..span
            },
            (true, 2) => Span {
                marks: &[],
                ..span.part_or_empty(separator, 2)
            },
            (true, _) => span.part_or_empty(separator, n),
            (false, _) => span.part_or_empty(separator, n.saturating_add(1)),
        };
        Field { span: part }
    }

    /// The number of the last field that is there.
    pub fn field_count(&self) -> usize {
        let span = self.span();
        let separators = span
            .marks
            .iter()
            .filter(|&&mark| span.is(mark, span.separators.field))
            .count();
        separators + usize::from(self.is_header())
    }
}

/// One field, which may repeat.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    span: Span<'a>,
}

impl<'a> Field<'a> {
    /// The field as on the wire, with all repetitions.
    pub fn raw(&self) -> &'a str {
        self.span.raw()
    }

    /// The field unescaped; meant for fields of a single value.
    pub fn value(&self) -> Cow<'a, str> {
        self.span.value()
    }

    /// Nothing between the separators. The HL7 null `""` is not empty.
    pub fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }

    /// The repetitions in order; an empty field has none, but an empty repetition beside others counts.
    pub fn repetitions(&self) -> impl Iterator<Item = Repetition<'a>> + use<'a> {
        let rest = (!self.is_empty()).then_some(self.span);
        Parts {
            rest,
            separator: self.span.separators.repetition,
        }
        .map(|span| Repetition { span })
    }

    /// The n-th repetition, from 1.
    pub fn repetition(&self, n: usize) -> Option<Repetition<'a>> {
        self.repetitions().nth(n.checked_sub(1)?)
    }
}

/// One repetition of a field.
#[derive(Clone, Copy)]
pub struct Repetition<'a> {
    span: Span<'a>,
}

impl<'a> Repetition<'a> {
    /// The repetition as on the wire.
    pub fn raw(&self) -> &'a str {
        self.span.raw()
    }

    /// The n-th component, from 1; an absent one is empty.
    pub fn component(&self, n: usize) -> Component<'a> {
        Component {
            span: self.span.part_or_empty(self.span.separators.component, n),
        }
    }

    /// How many components are written; at least 1.
    pub fn component_count(&self) -> usize {
        self.span.parts(self.span.separators.component).count()
    }
}

/// One component.
#[derive(Clone, Copy)]
pub struct Component<'a> {
    span: Span<'a>,
}

impl<'a> Component<'a> {
    /// The component as on the wire.
    pub fn raw(&self) -> &'a str {
        self.span.raw()
    }

    /// The component unescaped; the HL7 null stays `""`.
    pub fn value(&self) -> Cow<'a, str> {
        self.span.value()
    }

    /// Nothing between the delimiters.
    pub fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }

    /// The n-th subcomponent as on the wire, from 1; an absent one is empty.
    pub fn subcomponent(&self, n: usize) -> &'a str {
        self.span
            .part_or_empty(self.span.separators.subcomponent, n)
            .raw()
    }
}
