//! A batch file written to any output.

use super::EnvelopeHeader;
use crate::charset::{Charset, Unencodable};
use std::io::{self, Write};

/// Writes FHS, BHS, messages, BTS and FTS with the right counts; segments of the envelope end with CR. Nothing is held back:
/// a batch may have any number of messages.
///
/// ```
/// use hl7v2::batch::{EnvelopeHeader, Writer};
/// let mut file = Writer::new(Vec::new());
/// file.begin_file(&EnvelopeHeader { name: "night.hl7".into(), ..EnvelopeHeader::default() })?;
/// file.begin_batch(&EnvelopeHeader::default())?;
/// file.message(b"MSH|^~\\&|LAB\rPID|1\r")?;
/// assert_eq!(
///     file.finish()?,
///     b"FHS|^~\\&|||||||night.hl7\rBHS|^~\\&\rMSH|^~\\&|LAB\rPID|1\rBTS|1\rFTS|1\r"
/// );
/// # Ok::<(), hl7v2::batch::WriteError>(())
/// ```
pub struct Writer<W> {
    sink: W,
    charset: Charset,
    file_open: bool,
    batch_open: bool,
    messages: u64,
    batches: u64,
}

/// Why something was not written. Holds no content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output failed.
    #[error("output failed: {0}")]
    Io(#[from] io::Error),
    /// The text of an envelope segment is not in the character set.
    #[error(transparent)]
    Unencodable(#[from] Unencodable),
    /// The bytes are not one message: they do not begin with MSH, or a reader would take a line of them for the beginning or
    /// the end of something else.
    #[error("not one message")]
    NotOneMessage,
    /// A file header after a message or a batch.
    #[error("the file has begun already")]
    Begun,
}

impl<W: Write> Writer<W> {
    /// Writes envelope segments in UTF-8.
    pub fn new(sink: W) -> Writer<W> {
        Self::with_charset(sink, Charset::Utf8)
    }

    /// Writes the envelope segments in a character set. Messages are bytes already and written as they are.
    pub fn with_charset(sink: W, charset: Charset) -> Writer<W> {
        Writer {
            sink,
            charset,
            file_open: false,
            batch_open: false,
            messages: 0,
            batches: 0,
        }
    }

    /// Writes FHS. A file without it is one batch, or messages one after another.
    pub fn begin_file(&mut self, header: &EnvelopeHeader) -> Result<(), WriteError> {
        if self.file_open || self.batch_open || self.batches > 0 || self.messages > 0 {
            return Err(WriteError::Begun);
        }
        self.line(&header.segment("FHS"))?;
        self.file_open = true;
        Ok(())
    }

    /// Writes BHS; ends the batch before it.
    pub fn begin_batch(&mut self, header: &EnvelopeHeader) -> Result<(), WriteError> {
        self.end_batch("")?;
        self.line(&header.segment("BHS"))?;
        (self.batch_open, self.messages) = (true, 0);
        self.batches += 1;
        Ok(())
    }

    /// Writes one message; a CR is added if the last segment has none. A file separator at the end is left off.
    pub fn message(&mut self, message: &[u8]) -> Result<(), WriteError> {
        let message = without_line_ends(message);
        let message = without_line_ends(message.strip_suffix(b"\x1C").unwrap_or(message));
        if !is_one_message(message) {
            return Err(WriteError::NotOneMessage);
        }
        self.sink.write_all(message)?;
        self.sink.write_all(b"\r")?;
        self.messages += 1;
        Ok(())
    }

    /// Writes BTS with the number of messages and a comment (raw); nothing if no batch is open.
    pub fn end_batch(&mut self, comment: &str) -> Result<(), WriteError> {
        if std::mem::take(&mut self.batch_open) {
            let line = trailer("BTS", self.messages, comment);
            self.line(&line)?;
        }
        Ok(())
    }

    /// Ends the batch and the file, flushes, and hands back the output.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.end_batch("")?;
        if self.file_open {
            let line = trailer("FTS", self.batches, "");
            self.line(&line)?;
        }
        self.sink.flush()?;
        Ok(self.sink)
    }

    fn line(&mut self, segment: &str) -> Result<(), WriteError> {
        let mut bytes = self.charset.encode(segment)?;
        bytes.push(b'\r');
        Ok(self.sink.write_all(&bytes)?)
    }
}

fn trailer(name: &'static str, count: u64, comment: &str) -> String {
    crate::build::SegmentBuilder::new(name)
        .raw(1, count.to_string())
        .raw(2, comment)
        .build()
}

/// Blanks stay: they may belong to the last field.
fn without_line_ends(mut bytes: &[u8]) -> &[u8] {
    while let Some((b'\r' | b'\n', rest)) = bytes.split_last() {
        bytes = rest;
    }
    bytes
}

/// Read back by a [`super::Splitter`], it is one message and nothing else.
fn is_one_message(message: &[u8]) -> bool {
    let mut splitter = super::Splitter::new(super::Options {
        message: usize::MAX,
        line: usize::MAX,
        ..super::Options::default()
    });
    splitter.feed(message);
    splitter.finish();
    let mut whole = false;
    while let Some(item) = splitter.next_item() {
        match item {
            super::Item::Message(found) if !whole && found.bytes == message => whole = true,
            super::Item::Problem(problem) if problem.kind.is_habit() => {}
            _ => return false,
        }
    }
    whole
}

impl<W> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("messages", &self.messages)
            .field("batches", &self.batches)
            .finish_non_exhaustive()
    }
}
