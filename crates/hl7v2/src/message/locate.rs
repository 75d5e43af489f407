//! From an address to the stretch of text it names.

use super::span::Span;
use super::{Message, Presence, Segment};
use crate::escape;
use crate::path::Path;
use std::borrow::Cow;

/// Up to this occurrence counting the segments is cheaper than looking it up.
const COUNTED: usize = 4;

impl Message {
    /// The text at an address such as `PID-3(2).4.2`, as on the wire (escaped). Without repetition and component it is the
    /// whole field; with a component but no repetition the first repetition counts. `None` if absent or empty, or if
    /// `path` is no address (see [`Path::parse`]).
    ///
    /// Linear in the segment up to the place. The first look-up of an occurrence above 4 counts all segments once; after
    /// that any occurrence is found at once.
    pub fn raw(&self, path: &str) -> Option<&str> {
        self.raw_at(&Path::parse(path).ok()?)
    }

    /// The same for an address parsed before.
    pub fn raw_at(&self, path: &Path<'_>) -> Option<&str> {
        let raw = self.find(path)?.raw();
        (!raw.is_empty()).then_some(raw)
    }

    /// The value at an address, unescaped. The HL7 null `""` is returned as these two characters. Meant for addresses of
    /// single values; of a composite the delimiters stay in it.
    pub fn value(&self, path: &str) -> Option<Cow<'_, str>> {
        self.raw(path)
            .map(|raw| escape::unescape(raw, &self.separators))
    }

    /// Whether the place is absent, empty, null or valued. What is no address is absent.
    pub fn presence(&self, path: &str) -> Presence {
        let found = Path::parse(path).ok().and_then(|path| self.find(&path));
        found.map_or(Presence::Absent, |span| Presence::of(span.raw(), true))
    }

    /// Where a place is, if it is written.
    fn find(&self, path: &Path<'_>) -> Option<Span<'_>> {
        let segment = self.nth_segment(path.segment, path.occurrence)?;
        let field = segment.field(path.field).span;
        let field = Some(field).filter(|span| span.written)?;
        self.steps_in_field(path)
            .into_iter()
            .flatten()
            .try_fold(field, |span, (separator, n)| span.part(separator, n))
    }

    pub(super) fn nth_segment(&self, name: &str, n: usize) -> Option<Segment<'_>> {
        let before = n.checked_sub(1)?;
        if n > COUNTED {
            return Segment::at(self, self.occurrences().position(name, before)?);
        }
        let name: [u8; 3] = name.as_bytes().try_into().ok()?;
        let mut places = self.index.segments.iter().enumerate();
        let (at, _) = places
            .by_ref()
            .filter(|(_, place)| self.name_at(place.start) == name)
            .nth(before)?;
        Segment::at(self, at)
    }

    /// From a field to the place: separators, and the number of the part between them, from 1.
    pub(super) fn steps_in_field(&self, path: &Path<'_>) -> [Option<(u8, usize)>; 3] {
        let separators = self.separators;
        let repetition = path.repetition.or(path.component.and(Some(1)));
        let subcomponent = path.component.and(path.subcomponent);
        [
            repetition.map(|n| (separators.repetition, n)),
            path.component.map(|n| (separators.component, n)),
            subcomponent.map(|n| (separators.subcomponent, n)),
        ]
    }
}
