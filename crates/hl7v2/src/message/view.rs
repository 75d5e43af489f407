//! Borrowed views of a message: segment, field, repetition, component. All are `Copy`.
//!
//! Iterators (`fields`, `repetitions`, `components`, `subcomponents`) are linear in what they walk over. Access by number
//! starts from the front each time: fine for a few places, quadratic in a loop over a million fields.

use super::index::Place;
use super::span::Span;
use super::{Message, Presence};
use std::borrow::Cow;

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

    pub(super) fn span(&self) -> Span<'a> {
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
            written: true,
        }
    }

    /// The three-character name.
    pub fn name(&self) -> &'a str {
        let start = self.place.start as usize;
        self.message.text.get(start..start + 3).unwrap_or_default()
    }

    /// The whole segment as on the wire, without its terminator.
    pub fn raw(&self) -> &'a str {
        self.span().raw()
    }

    /// Which segment of the message it is, from 0: what [`Message::insert_segment`] and [`Message::remove_segment`] take.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Which of the segments of this name it is, from 1: ERR-2.2 wants it. The first call counts all segments once, the
    /// others look it up.
    pub fn sequence(&self) -> usize {
        self.message.occurrences().sequence(self.at)
    }

    /// MSH, BHS and FHS count their field separator as field 1.
    pub(super) fn is_header(&self) -> bool {
        matches!(
            &self.message.name_at(self.place.start),
            b"MSH" | b"BHS" | b"FHS"
        )
    }

    /// The n-th field as HL7 numbers it; an absent one is empty. MSH-1 is the separator, MSH-2 the encoding characters.
    /// Linear in n; [`Segment::fields`] walks all of them in one go.
    pub fn field(&self, n: usize) -> Field<'a> {
        let span = self.span();
        let separator = span.separators.field;
        let part = match (self.is_header(), n) {
            (_, 0) => span.absent(),
            (true, 1) => self.separator_field(),
            (true, 2) => unmarked(span.part_or_absent(separator, 2)),
            (true, _) => span.part_or_absent(separator, n),
            (false, _) => span.part_or_absent(separator, n.saturating_add(1)),
        };
        Field { span: part }
    }

    /// MSH-1: the character between the name and MSH-2.
    fn separator_field(&self) -> Span<'a> {
        let span = self.span();
        let start = span.start + 3;
        Span {
            start: start.min(span.end),
            end: (start + 1).min(span.end),
            marks: &[],
            written: start < span.end,
            ..span
        }
    }

    /// The fields in order, from field 1 to the last that is written.
    ///
    /// ```
    /// let message = hl7v2::Message::parse(b"MSH|^~\\&|A\rPID|1||42~43\r")?;
    /// let pid = message.segment("PID").ok_or("no PID")?;
    /// let raw: Vec<_> = pid.fields().map(|field| field.raw()).collect();
    /// assert_eq!(raw, ["1", "", "42~43"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let header = self.is_header();
        let first = header.then(|| self.separator_field()).filter(|f| f.written);
        let rest = self.span().parts(self.message.separators.field).skip(1);
        let rest = rest.enumerate().map(move |(at, span)| match (header, at) {
            (true, 0) => unmarked(span),
            _ => span,
        });
        first.into_iter().chain(rest).map(|span| Field { span })
    }

    /// The number of the last field that is there.
    pub fn field_count(&self) -> usize {
        let span = self.span();
        let separators = span.count(span.separators.field);
        separators + usize::from(separators > 0 && self.is_header())
    }
}

/// MSH-2 is not split by the characters it announces.
fn unmarked(span: Span<'_>) -> Span<'_> {
    Span { marks: &[], ..span }
}

/// One field, which may repeat.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    pub(super) span: Span<'a>,
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

    /// Nothing between the separators, or absent. The HL7 null `""` is not empty.
    pub fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }

    /// The HL7 null `""`.
    pub fn is_null(&self) -> bool {
        self.presence() == Presence::Null
    }

    /// Absent, empty, null or valued.
    pub fn presence(&self) -> Presence {
        Presence::of(self.raw(), self.span.written)
    }

    /// The repetitions in order; an empty field has none, but an empty repetition beside others counts.
    pub fn repetitions(&self) -> impl Iterator<Item = Repetition<'a>> + use<'a> {
        let separator = self.span.separators.repetition;
        let some = (!self.is_empty()).then(|| self.span.parts(separator));
        some.into_iter().flatten().map(|span| Repetition { span })
    }

    /// The n-th repetition, from 1. Linear in n.
    pub fn repetition(&self, n: usize) -> Option<Repetition<'a>> {
        let span = (!self.is_empty()).then_some(self.span)?;
        span.part(span.separators.repetition, n)
            .map(|span| Repetition { span })
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

    /// Nothing between the delimiters.
    pub fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }

    /// The HL7 null `""`.
    pub fn is_null(&self) -> bool {
        self.presence() == Presence::Null
    }

    /// Empty, null or valued.
    pub fn presence(&self) -> Presence {
        Presence::of(self.raw(), self.span.written)
    }

    /// The n-th component, from 1; an absent one is empty. Linear in n.
    pub fn component(&self, n: usize) -> Component<'a> {
        let separator = self.span.separators.component;
        Component {
            span: self.span.part_or_absent(separator, n),
        }
    }

    /// The components in order; at least one.
    pub fn components(&self) -> impl Iterator<Item = Component<'a>> + use<'a> {
        let separator = self.span.separators.component;
        self.span.parts(separator).map(|span| Component { span })
    }

    /// How many components are written; at least 1.
    pub fn component_count(&self) -> usize {
        1 + self.span.count(self.span.separators.component)
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

    /// Nothing between the delimiters, or absent.
    pub fn is_empty(&self) -> bool {
        self.raw().is_empty()
    }

    /// The HL7 null `""`.
    pub fn is_null(&self) -> bool {
        self.presence() == Presence::Null
    }

    /// Absent, empty, null or valued.
    pub fn presence(&self) -> Presence {
        Presence::of(self.raw(), self.span.written)
    }

    /// The n-th subcomponent as on the wire, from 1; an absent one is empty. Linear in n.
    pub fn subcomponent(&self, n: usize) -> &'a str {
        self.span
            .part_or_absent(self.span.separators.subcomponent, n)
            .raw()
    }

    /// The subcomponents in order, as on the wire; one if the component is written, none if it is absent.
    pub fn subcomponents(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let separator = self.span.separators.subcomponent;
        self.span.parts(separator).map(|span| span.raw())
    }
}
