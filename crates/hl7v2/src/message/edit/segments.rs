//! Whole segments: inserted, appended, removed.

use super::{EditError, no_control_characters};
use crate::message::Message;
use crate::message::index::{Place, has_name};
use std::sync::OnceLock;

impl Message {
    /// Inserts a segment, written with this message's delimiters and without terminator (`"NTE|1||text"`), before the
    /// segment at `position` ([`crate::Segment::position`], from 0; the number of segments appends). Nothing can stand before
    /// MSH. The message's own kind of line end is used.
    ///
    /// # Errors
    /// [`EditError::Protected`] at position 0 or for another MSH, [`EditError::NoSegment`] beyond the end,
    /// [`EditError::BadSegmentName`], [`EditError::ControlCharacter`].
    ///
    /// ```
    /// let mut message = hl7v2::Message::parse(b"MSH|^~\\&|A\rPID|1\rPV1||O\r")?;
    /// let pid = message.segment("PID").ok_or("no PID")?.position();
    /// message.insert_segment(pid + 1, "NTE|1||called back")?;
    /// message.push_segment("ZZZ|x")?;
    /// assert_eq!(message.text(), "MSH|^~\\&|A\rPID|1\rNTE|1||called back\rPV1||O\rZZZ|x\r");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn insert_segment(&mut self, position: usize, raw: &str) -> Result<(), EditError> {
        if !has_name(raw.as_bytes(), self.separators.field) {
            return Err(EditError::BadSegmentName);
        }
        no_control_characters(raw)?;
        if position == 0 || raw.starts_with("MSH") {
            return Err(EditError::Protected);
        }
        if position > self.index.segments.len() {
            return Err(EditError::NoSegment);
        }
        self.checked(|message| message.insert(position, raw))
    }

    /// Appends a segment; the cost does not depend on the size of the message.
    ///
    /// # Errors
    /// As [`Message::insert_segment`].
    pub fn push_segment(&mut self, raw: &str) -> Result<(), EditError> {
        self.insert_segment(self.index.segments.len(), raw)
    }

    /// Removes the segment at `position` ([`crate::Segment::position`], from 0) with its terminator.
    ///
    /// # Errors
    /// [`EditError::Protected`] for MSH at position 0, [`EditError::NoSegment`] beyond the end.
    pub fn remove_segment(&mut self, position: usize) -> Result<(), EditError> {
        if position == 0 {
            return Err(EditError::Protected);
        }
        let place = self.index.segments.get(position).copied();
        let place = place.ok_or(EditError::NoSegment)?;
        let (start, end) = (place.start as usize, place.end as usize);
        self.checked(|message| {
            let end = end + message.line_end_at(end).len();
            message.splice(position + 1, start..end, "")?;
            message.index.segments.remove(position);
            message.occurrences = OnceLock::new();
            Ok(())
        })
    }

    fn insert(&mut self, position: usize, raw: &str) -> Result<(), EditError> {
        let line_end = self.line_end();
        let (at, open) = self.gap(position);
        let text = match open {
            true => [line_end, raw].concat(),
            false => [raw, line_end].concat(),
        };
        let moved = self.splice(position, at..at, &text)?;
        let before = if open { line_end.len() as u32 } else { 0 };
        let start = at as u32 + before;
        let place = Place {
            start,
            end: start + raw.len() as u32,
            first: moved.first + before,
            last: moved.first + moved.marks as u32 - (line_end.len() as u32 - before),
        };
        self.index.segments.insert(position, place);
        self.occurrences = OnceLock::new();
        Ok(())
    }

    /// Where text goes that shall stand before the segment at `position`, and whether the segment before it is open, that
    /// is, lacks its terminator.
    fn gap(&self, position: usize) -> (usize, bool) {
        if let Some(next) = self.index.segments.get(position) {
            return (next.start as usize, false);
        }
        let end = self
            .index
            .segments
            .last()
            .map_or(0, |last| last.end as usize);
        let line_end = self.line_end_at(end).len();
        (end + line_end, line_end == 0)
    }

    /// The terminator that is written at `at`, if one is.
    fn line_end_at(&self, at: usize) -> &'static str {
        match self.text.as_bytes().get(at..) {
            Some([b'\r', b'\n', ..]) => "\r\n",
            Some([b'\r', ..]) => "\r",
            Some([b'\n', ..]) => "\n",
            _ => "",
        }
    }

    /// The terminator that the message uses; CR if it uses several.
    fn line_end(&self) -> &'static str {
        let first = self.index.segments.first().map(|msh| msh.end as usize);
        let at = match self.index.stray_line_feeds {
            true => memchr::memchr(b'\r', self.text.as_bytes()),
            false => first,
        };
        match at.map_or("", |at| self.line_end_at(at)) {
            "" => "\r",
            found => found,
        }
    }
}
