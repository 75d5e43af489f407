//! All places that a pattern such as `OBX(*)-5(*).1` names.

#[cfg(test)]
mod tests;

use super::span::{Parts, Span};
use super::{Message, Segment};
use crate::path::{InvalidPath, Path, Pattern, Which};

impl Message {
    /// The places a pattern names, in the order of the message, each with its address and its text as on the wire. Any number
    /// of an address may be `*`; empty places are left out, so every address given back leads [`Message::raw`] to the same
    /// text. Lazy, and linear in the text walked over, however many places there are.
    ///
    /// ```
    /// let message = hl7v2::Message::parse(b"MSH|^~\\&|A\rOBX|1||a^x~b\rOBX|2||\rOBX|3||c\r")?;
    /// let found: Vec<_> = message.select("OBX(*)-3(*).1")?.map(|(path, raw)| format!("{path}={raw}")).collect();
    /// assert_eq!(found, ["OBX-3(1).1=a", "OBX-3(2).1=b", "OBX(3)-3(1).1=c"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select<'a>(
        &'a self,
        pattern: &str,
    ) -> Result<impl Iterator<Item = (Path<'a>, &'a str)> + use<'a>, InvalidPath> {
        let pattern = Pattern::parse(pattern)?;
        let name: [u8; 3] = pattern.segment.as_bytes().try_into().or(Err(InvalidPath))?;
        let deep = Deep::of(&pattern);
        let (skip, take) = pattern.occurrence.window();
        let named = self.index.segments.iter().enumerate();
        let named = named.filter(move |(_, place)| self.name_at(place.start) == name);
        let segments = named.enumerate().skip(skip).take(take);
        let segments = segments.filter_map(|(n, (at, _))| Some((n + 1, Segment::at(self, at)?)));
        Ok(segments
            .flat_map(move |(occurrence, segment)| in_segment(segment, occurrence, deep))
            .map(|(path, span)| (path, span.raw()))
            .filter(|(_, raw)| !raw.is_empty()))
    }
}

/// A pattern from the field down.
#[derive(Clone, Copy)]
struct Deep {
    field: Which,
    repetition: Option<Which>,
    component: Option<Which>,
    subcomponent: Option<Which>,
}

impl Deep {
    fn of(pattern: &Pattern<'_>) -> Deep {
        let first = pattern.component.and(Some(Which::One(1)));
        Deep {
            field: pattern.field,
            repetition: pattern.repetition.or(first),
            component: pattern.component,
            subcomponent: pattern.subcomponent,
        }
    }
}

type Found<'a> = (Path<'a>, Span<'a>);

fn in_segment<'a>(
    segment: Segment<'a>,
    occurrence: usize,
    deep: Deep,
) -> impl Iterator<Item = Found<'a>> {
    let (skip, take) = deep.field.window();
    let fields = segment.fields().enumerate().skip(skip).take(take);
    fields.flat_map(move |(n, field)| {
        let path = Path {
            segment: segment.name(),
            occurrence,
            field: n + 1,
            repetition: None,
            component: None,
            subcomponent: None,
        };
        in_field(path, field.span, deep)
    })
}

fn in_field<'a>(path: Path<'a>, field: Span<'a>, deep: Deep) -> impl Iterator<Item = Found<'a>> {
    let separators = field.separators;
    pick(field, separators.repetition, deep.repetition)
        .flat_map(move |(repetition, span)| {
            let path = Path { repetition, ..path };
            pick(span, separators.component, deep.component).map(move |found| (path, found))
        })
        .flat_map(move |(path, (component, span))| {
            let path = Path { component, ..path };
            pick(span, separators.subcomponent, deep.subcomponent).map(
                move |(subcomponent, span)| {
                    (
                        Path {
                            subcomponent,
                            ..path
                        },
                        span,
                    )
                },
            )
        })
}

/// The wanted parts with their numbers; the whole without a number if no part is asked for.
fn pick(
    span: Span<'_>,
    separator: u8,
    which: Option<Which>,
) -> impl Iterator<Item = (Option<usize>, Span<'_>)> {
    let (parts, (skip, take)): (Parts<'_>, _) = match which {
        None => (span.whole(), (0, 1)),
        Some(which) => (span.parts(separator), which.window()),
    };
    let numbered = which.is_some();
    let number = move |at: usize| numbered.then_some(at + 1);
    let parts = parts.enumerate().skip(skip).take(take);
    parts.map(move |(at, span)| (number(at), span))
}
