//! The form of checkpoints, stubs and proofs: a title line, then one `name: value` line for each
//! field in a fixed order, each ended by a line feed. Nothing else is read: no blanks, no other
//! order, no carriage return, nothing after the end.

use std::fmt::{Display, Write};

use chrono::{DateTime, SecondsFormat, Utc};

use crate::trail::TrailError;
use crate::trail::hash::{self, TrailHash};

/// No text is longer.
pub(crate) const LONGEST: usize = 64 << 10;

/// Reads one text line by line.
pub(crate) struct Lines<'a> {
    what: &'static str,
    line: usize,
    rest: &'a str,
}

impl<'a> Lines<'a> {
    /// The lines after the title.
    pub(crate) fn after_title(
        what: &'static str,
        title: &str,
        text: &'a str,
    ) -> Result<Lines<'a>, TrailError> {
        let mut lines = Lines {
            what,
            line: 0,
            rest: text,
        };
        if text.len() > LONGEST {
            return Err(lines.wrong("the text is too long"));
        }
        if lines.next()? != title {
            return Err(lines.wrong("another title was expected"));
        }
        Ok(lines)
    }

    pub(crate) fn wrong(&self, why: &'static str) -> TrailError {
        let (what, line) = (self.what, self.line);
        TrailError::Text { what, line, why }
    }

    fn next(&mut self) -> Result<&'a str, TrailError> {
        self.line += 1;
        let (line, rest) = self
            .rest
            .split_once('\n')
            .ok_or_else(|| self.wrong("the line is missing"))?;
        self.rest = rest;
        Ok(line)
    }

    /// The value of the next line, which has this name.
    pub(crate) fn field(&mut self, name: &str) -> Result<&'a str, TrailError> {
        let line = self.next()?;
        let value = line.strip_prefix(name);
        value
            .and_then(|value| value.strip_prefix(": "))
            .ok_or_else(|| self.wrong("another field was expected"))
    }

    /// A number without sign and leading zeros.
    pub(crate) fn number(&mut self, name: &str) -> Result<u64, TrailError> {
        let text = self.field(name)?;
        let number = text.parse::<u64>().ok();
        number
            .filter(|number| number.to_string() == text)
            .ok_or_else(|| self.wrong("not a number"))
    }

    pub(crate) fn hash(&mut self, name: &str) -> Result<TrailHash, TrailError> {
        let text = self.field(name)?;
        TrailHash::parse(text).ok_or_else(|| self.wrong("not 64 hexadecimal digits"))
    }

    pub(crate) fn trail(&mut self) -> Result<[u8; 16], TrailError> {
        let text = self.field("trail")?;
        hash::unhex(text).ok_or_else(|| self.wrong("not 32 hexadecimal digits"))
    }

    pub(crate) fn time(&mut self, name: &str) -> Result<DateTime<Utc>, TrailError> {
        let text = self.field(name)?;
        let time = DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.to_utc());
        time.filter(|read| time_text(*read) == text)
            .ok_or_else(|| self.wrong("not a time such as 2026-11-21T09:30:00.000000000Z"))
    }

    /// Text of a person or a clock.
    pub(crate) fn words(&mut self, name: &str) -> Result<&'a str, TrailError> {
        let text = self.field(name)?;
        if text == one_line(text) {
            Ok(text)
        } else {
            Err(self.wrong("control characters, or too long"))
        }
    }

    /// Hashes, parted by blanks; so many that they fit the text.
    pub(crate) fn hashes(&mut self, name: &str) -> Result<Vec<TrailHash>, TrailError> {
        let text = self.field(name)?;
        if text == "none" {
            return Ok(Vec::new());
        }
        let hashes = text.split(' ').map(TrailHash::parse);
        let hashes: Option<Vec<_>> = hashes.collect();
        hashes.ok_or_else(|| self.wrong("not hashes parted by single blanks"))
    }

    /// Where the lines read so far end.
    pub(crate) fn read(&self, text: &str) -> usize {
        text.len() - self.rest.len()
    }

    pub(crate) fn end(&self) -> Result<(), TrailError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(self.wrong("text after the last line"))
        }
    }
}

/// Adds one line.
pub(crate) fn line(text: &mut String, name: &str, value: impl Display) {
    // Writing to a String does not fail.
    let _ = writeln!(text, "{name}: {value}");
}

/// Adds one line of hashes.
pub(crate) fn hashes(text: &mut String, name: &str, hashes: &[TrailHash]) {
    let all: Vec<_> = hashes.iter().map(ToString::to_string).collect();
    let all = if all.is_empty() {
        "none".to_owned()
    } else {
        all.join(" ")
    };
    line(text, name, all);
}

/// RFC 3339 in UTC with nine digits of the second.
pub(crate) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// On one line, without control characters, at most 500 characters.
pub(crate) fn one_line(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().map(plain).take(500).collect()
}
