//! The one place where text and index change.

use super::EditError;
use crate::Terminators;
use crate::charset::Charset;
use crate::message::write::Body;
use crate::message::{Message, index, read};
use std::ops::Range;

impl Message {
    /// Replaces a stretch inside one segment.
    pub(super) fn edit(
        &mut self,
        segment: usize,
        field: usize,
        range: Range<usize>,
        text: &str,
    ) -> Result<(), EditError> {
        if (segment, field) != (0, 18) {
            return self.checked(|message| message.replace(segment, range, text));
        }
        let mut copy = self.clone();
        copy.checked(|message| message.replace(segment, range, text))?;
        let declared = read::declared(copy.text.as_bytes(), copy.separators.field)
            .map_err(|_| EditError::UnsupportedCharset)?;
        copy.charset = declared.map_or(Charset::Ascii, |declared| declared.charset);
        *self = copy;
        Ok(())
    }

    /// Where line feeds are ambiguous, makes sure that reading the new text gives the same segments.
    pub(super) fn checked(
        &mut self,
        edit: impl FnOnce(&mut Message) -> Result<(), EditError>,
    ) -> Result<(), EditError> {
        if !self.index.stray_line_feeds {
            return edit(self);
        }
        let mut copy = self.clone();
        edit(&mut copy)?;
        let again = index::cut(
            &copy.text,
            &copy.separators,
            usize::MAX,
            Terminators::Any,
            &mut Vec::new(),
        );
        match again {
            Ok(again) if again.segments == copy.index.segments => {
                *self = copy;
                Ok(())
            }
            _ => Err(EditError::AmbiguousLineFeed),
        }
    }

    fn replace(
        &mut self,
        segment: usize,
        range: Range<usize>,
        text: &str,
    ) -> Result<(), EditError> {
        let moved = self.splice(segment + 1, range, text)?;
        if let Some(place) = self.index.segments.get_mut(segment) {
            place.end = shifted(place.end, moved.bytes);
            place.last = shifted(place.last, moved.marks);
        }
        Ok(())
    }

    /// Replaces a stretch of text and its marks and moves everything behind it, the segments from `following` on included.
    pub(super) fn splice(
        &mut self,
        following: usize,
        range: Range<usize>,
        text: &str,
    ) -> Result<Moved, EditError> {
        if self.text.len() - range.len() + text.len() > read::MOST_BYTES {
            return Err(EditError::TooLarge);
        }
        let marks = &mut self.index.marks;
        let first = marks.partition_point(|&mark| (mark as usize) < range.start);
        let last = marks.partition_point(|&mark| (mark as usize) < range.end);
        let new = index::scan(text.as_bytes(), &index::delimiters(&self.separators)).marks;
        let moved = Moved {
            first: first as u32,
            bytes: text.len() as i64 - range.len() as i64,
            marks: new.len() as i64 - (last - first) as i64,
        };
        let (start, behind) = (range.start as u32, first + new.len());
        marks.splice(first..last, new.into_iter().map(|mark| mark + start));
        for mark in marks.iter_mut().skip(behind) {
            *mark = shifted(*mark, moved.bytes);
        }
        for place in self.index.segments.iter_mut().skip(following) {
            place.start = shifted(place.start, moved.bytes);
            place.end = shifted(place.end, moved.bytes);
            place.first = shifted(place.first, moved.marks);
            place.last = shifted(place.last, moved.marks);
        }
        self.text.replace_range(range, text);
        self.framing.body = Body::Edited;
        Ok(moved)
    }
}

/// How far a splice moved what is behind it.
pub(super) struct Moved {
    /// The place of its first mark.
    pub(super) first: u32,
    pub(super) bytes: i64,
    pub(super) marks: i64,
}

fn shifted(number: u32, by: i64) -> u32 {
    (i64::from(number) + by) as u32
}
