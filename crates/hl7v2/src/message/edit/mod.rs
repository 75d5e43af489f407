//! Editing by address. The text and its index are changed together and stay what parsing the new text would give.
//!
//! One edit moves the text, marks and segments behind it once: linear in what follows, no reading of the text again. (A
//! message with line feeds inside its text is read again after each edit, because what ends a segment there depends on what
//! follows.) An edit that is refused changes nothing.

mod error;
mod segments;
mod splice;
#[cfg(test)]
mod tests;

pub use error::EditError;

use super::{Message, Segment};
use crate::charset::Charset;
use crate::path::Path;
use crate::{Separators, escape};
use std::ops::Range;

/// Where a value goes.
struct Target {
    segment: usize,
    /// What it replaces.
    range: Range<usize>,
    /// The separators that are missing before it.
    lead: String,
}

impl Message {
    /// Writes a value at an address such as `PID-5(2).1`, escaping whatever would be read as a delimiter or terminator.
    /// Missing fields, repetitions and components before it are created empty; a missing segment is not. Setting a whole
    /// field or repetition replaces its repetitions or components by the one value. [`crate::NULL`] sets the HL7 null; an
    /// empty value empties the place. Setting MSH-18 changes what [`Message::to_bytes`] encodes to.
    ///
    /// # Errors
    /// See [`EditError`]; the message is then as it was.
    ///
    /// ```
    /// let mut message = hl7v2::Message::parse(b"MSH|^~\\&|A||||2026||ADT^A08|7|P|2.5\rPID|||7\r")?;
    /// message.set("PID-5(2).1", "Smith & Sons")?;
    /// assert_eq!(message.segment("PID").map(|pid| pid.raw()), Some(r"PID|||7||~Smith \T\ Sons"));
    /// assert_eq!(message.value("PID-5(2).1").as_deref(), Some("Smith & Sons"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set(&mut self, path: &str, value: &str) -> Result<(), EditError> {
        let path = Path::parse(path)?;
        let raw = escape::escape(value, &self.separators).into_owned();
        self.put(&path, &raw)
    }

    /// Writes text that is already escaped: delimiters below the level of the address keep their meaning, so that a whole
    /// repetition (`42^^^A&1.2&ISO`) can be set at once.
    ///
    /// # Errors
    /// [`EditError::Delimiter`] and [`EditError::ControlCharacter`] for text that would break out of its place; see
    /// [`EditError`].
    pub fn set_raw(&mut self, path: &str, raw: &str) -> Result<(), EditError> {
        let path = Path::parse(path)?;
        self.fits(raw, &path)?;
        self.put(&path, raw)
    }

    /// Inserts a repetition before the one `path` names (`PID-3(1)`), or behind the last one (`PID-3`). The raw text is a
    /// repetition with its components. Missing repetitions before it are created empty. Inserting at the first place of an
    /// empty field fills the field.
    ///
    /// # Errors
    /// As [`Message::set_raw`]; [`EditError::InvalidPath`] if the address goes below the repetition.
    pub fn insert_repetition(&mut self, path: &str, raw: &str) -> Result<(), EditError> {
        let path = Path::parse(path)?;
        if path.component.is_some() {
            return Err(EditError::InvalidPath);
        }
        let (segment, there) = self.repetitions_of(&path)?;
        let n = path.repetition.unwrap_or(there + 1);
        let path = Path {
            repetition: Some(n),
            ..path
        };
        self.fits(raw, &path)?;
        if n > there {
            return self.put(&path, raw);
        }
        let at = self.target(&path)?.range.start;
        let mut text = raw.to_owned();
        text.push(char::from(self.separators.repetition));
        self.edit(segment, path.field, at..at, &text)
    }

    /// Takes out what an address names. A field, component or subcomponent is emptied; the last of its kind goes together
    /// with its delimiter, so that it is absent. A repetition (`PID-3(2)`) goes as a whole and later ones move up. What is
    /// absent already is no error.
    ///
    /// # Errors
    /// [`EditError::Protected`], [`EditError::InvalidPath`]; see [`EditError`].
    pub fn remove(&mut self, path: &str) -> Result<(), EditError> {
        let path = Path::parse(path)?;
        let Some((segment, range)) = self.removal(&path)? else {
            return Ok(());
        };
        self.edit(segment, path.field, range, "")
    }

    /// Declares another character set in MSH-18 (and MSH-20), in which [`Message::to_bytes`] then writes. A UTF-8 byte order
    /// mark before the message is dropped.
    ///
    /// # Errors
    /// See [`EditError`]. Whether the text can be written in it only [`Message::to_bytes`] says.
    pub fn set_charset(&mut self, charset: Charset) -> Result<(), EditError> {
        let repetition = char::from(self.separators.repetition).to_string();
        let names = charset.msh18().replace('~', &repetition);
        let mut copy = self.clone();
        for (field, raw) in [("MSH-18", names.as_str()), ("MSH-20", charset.msh20())] {
            match raw {
                "" => copy.remove(field)?,
                raw => copy.set_raw(field, raw)?,
            }
        }
        copy.charset = charset;
        if let Some(rest) = copy.framing.before.strip_prefix(b"\xEF\xBB\xBF") {
            copy.framing.before = rest.into();
        }
        *self = copy;
        Ok(())
    }

    fn put(&mut self, path: &Path<'_>, raw: &str) -> Result<(), EditError> {
        let Target {
            segment,
            range,
            mut lead,
        } = self.target(path)?;
        if raw.is_empty() && range.is_empty() {
            return Ok(());
        }
        lead.push_str(raw);
        self.edit(segment, path.field, range, &lead)
    }

    fn editable(&self, path: &Path<'_>) -> Result<Segment<'_>, EditError> {
        let segment = self.nth_segment(path.segment, path.occurrence);
        let segment = segment.ok_or(EditError::NoSegment)?;
        match segment.is_header() && path.field <= 2 {
            true => Err(EditError::Protected),
            false => Ok(segment),
        }
    }

    /// The segment of a field and how many repetitions the field has.
    fn repetitions_of(&self, path: &Path<'_>) -> Result<(usize, usize), EditError> {
        let segment = self.editable(path)?;
        let field = segment.field(path.field);
        let there = match field.is_empty() {
            true => 0,
            false => 1 + field.span.count(self.separators.repetition),
        };
        Ok((segment.position(), there))
    }

    fn target(&self, path: &Path<'_>) -> Result<Target, EditError> {
        let segment = self.editable(path)?;
        let mut span = segment.span();
        let mut lead = String::new();
        let mut missing = false;
        for (separator, n) in self.steps(path, &segment) {
            let next = (!missing).then(|| span.part(separator, n)).flatten();
            let wanted = match (next, missing) {
                (Some(part), _) => {
                    span = part;
                    continue;
                }
                (None, true) => n - 1,
                (None, false) => n - 1 - span.count(separator),
            };
            lead.extend(std::iter::repeat_n(char::from(separator), wanted));
            missing = true;
        }
        let start = if missing { span.end } else { span.start };
        Ok(Target {
            segment: segment.position(),
            range: start..span.end,
            lead,
        })
    }

    /// From a segment to the place; the name of the segment is its first part.
    fn steps(
        &self,
        path: &Path<'_>,
        segment: &Segment<'_>,
    ) -> impl Iterator<Item = (u8, usize)> + use<> {
        let n = path.field + usize::from(!segment.is_header());
        let field = (self.separators.field, n);
        let rest = self.steps_in_field(path);
        std::iter::once(field).chain(rest.into_iter().flatten())
    }

    /// The segment and the stretch of text to take out; nothing if the place is absent.
    fn removal(&self, path: &Path<'_>) -> Result<Option<(usize, Range<usize>)>, EditError> {
        let segment = match self.editable(path) {
            Err(EditError::NoSegment) => return Ok(None),
            found => found?,
        };
        let mut parent = segment.span();
        let mut span = parent;
        let mut number = 1;
        for (separator, n) in self.steps(path, &segment) {
            let Some(part) = span.part(separator, n) else {
                return Ok(None);
            };
            (parent, span, number) = (span, part, n);
        }
        let whole_repetition = path.repetition.is_some() && path.component.is_none();
        let last = span.end == parent.end;
        let range = match (number > 1 && (last || whole_repetition), whole_repetition) {
            (true, _) => span.start - 1..span.end,
            (false, true) if !last => span.start..span.end + 1,
            _ => span.start..span.end,
        };
        Ok((!range.is_empty()).then(|| (segment.position(), range)))
    }

    /// Raw text may hold only the delimiters below its own level.
    fn fits(&self, raw: &str, path: &Path<'_>) -> Result<(), EditError> {
        let Separators {
            field,
            repetition,
            component,
            subcomponent,
            ..
        } = self.separators;
        let higher = [
            Some(field),
            path.repetition.or(path.component).map(|_| repetition),
            path.component.map(|_| component),
            path.component.and(path.subcomponent).map(|_| subcomponent),
        ];
        if raw.bytes().any(|byte| higher.contains(&Some(byte))) {
            return Err(EditError::Delimiter);
        }
        no_control_characters(raw)
    }
}

fn no_control_characters(raw: &str) -> Result<(), EditError> {
    let control = |byte: u8| byte.is_ascii_control() && byte != b'\t';
    match raw.bytes().any(control) {
        true => Err(EditError::ControlCharacter),
        false => Ok(()),
    }
}
