//! The core without input or output: bytes in, items out.
//!
//! Lines are cut at the bytes CR and LF before anything is decoded. That is safe in every character set of table 0211 but
//! UTF-16 and UTF-32: no two-byte character of ISO-2022-JP, Shift_JIS, EUC or GB 18030 holds these bytes, and at the start of a
//! line ISO-2022-JP is in its ASCII state (RFC 1468).

use super::envelope::{EnvelopeHeader, Trailer};
use super::line::{FILE_SEPARATOR, Lead, Name, START_BLOCK, is_utf16, trim_blank_lines};
use super::order::Order;
use super::problem::{Problem, ProblemKind};
use super::{Found, Item, Options};
use std::collections::VecDeque;
use std::fmt;

/// The start of a line is looked at even if the limit is smaller.
const LEAST_LINE: usize = 16;
/// Bytes at the start of a file that tell UTF-16.
const WIDE_START: usize = 4;

/// Cuts a batch file into items as its bytes come. The same items come out however the bytes are cut when fed.
///
/// ```
/// use hl7v2::batch::{Item, Options, Splitter};
/// let mut splitter = Splitter::new(Options::default());
/// splitter.feed(b"BHS|^~\\&|LAB\rMSH|^~\\");
/// assert!(matches!(splitter.next_item(), Some(Item::BatchHeader(header)) if header.sending_application == "LAB"));
/// assert_eq!(splitter.next_item(), None);
/// splitter.feed(b"&|LAB\rBTS|1\r");
/// assert!(matches!(splitter.next_item(), Some(Item::Message(found)) if found.offset == 13));
/// splitter.finish();
/// assert!(matches!(splitter.next_item(), Some(Item::BatchTrailer(_))));
/// assert_eq!(splitter.next_item(), None);
/// ```
pub struct Splitter {
    options: Options,
    /// The present message, then the line that is being read.
    buffer: Vec<u8>,
    /// Where that line begins in the buffer.
    line: usize,
    /// Where that line begins in the file.
    line_offset: u64,
    /// Bytes fed.
    position: u64,
    body: Body,
    /// File separators whose meaning the next byte tells.
    held: usize,
    /// The line is too long: drop it up to its end.
    dropping: bool,
    /// The last byte was a CR; an LF now belongs to it.
    after_return: bool,
    /// The last line was a header, so that its LF tells the habit of the file.
    after_header: bool,
    /// Field separator of the last header.
    field: u8,
    ready: VecDeque<Item>,
    habits: Vec<ProblemKind>,
    stray: bool,
    order: Order,
    stopped: bool,
}

/// What the lines belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Outside,
    /// A message that begins at this offset.
    Message(u64),
    /// A message over a limit.
    LeftOut,
}

impl Splitter {
    /// A splitter at the start of a file.
    pub fn new(options: Options) -> Splitter {
        Splitter {
            options,
            buffer: Vec::new(),
            line: 0,
            line_offset: 0,
            position: 0,
            body: Body::Outside,
            held: 0,
            dropping: false,
            after_return: false,
            after_header: false,
            field: b'|',
            ready: VecDeque::new(),
            habits: Vec::new(),
            stray: false,
            order: Order::default(),
            stopped: false,
        }
    }

    /// Takes the next bytes of the file, any number of them.
    pub fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(&first) = bytes.first().filter(|_| !self.stopped) {
            if self.held > 0 && first != FILE_SEPARATOR {
                self.settle_separators(first);
            }
            if self.stopped {
                return;
            }
            let end = memchr::memchr3(b'\r', b'\n', FILE_SEPARATOR, bytes);
            let (text, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            self.text(text);
            let Some((&byte, rest)) = rest.split_first().filter(|_| !self.stopped) else {
                return;
            };
            self.position += 1;
            self.terminator(byte);
            bytes = rest;
        }
    }

    /// Says that the file ends here.
    pub fn finish(&mut self) {
        if self.stopped {
            return;
        }
        if self.held > 0 {
            self.end_line(None, true);
        } else if self.dropping || self.buffer.len() > self.line {
            self.end_line(None, false);
        }
        self.close_message();
        let missing = self.order.end_of_file();
        self.report_all(self.position, missing);
        self.stopped = true;
    }

    /// The next item that is ready.
    pub fn next_item(&mut self) -> Option<Item> {
        self.ready.pop_front()
    }

    /// Bytes held back: of the message and the line that are not complete, and of messages not taken yet.
    pub fn buffered(&self) -> usize {
        let waiting = self.ready.iter().map(|item| match item {
            Item::Message(found) => found.bytes.len(),
            _ => 0,
        });
        self.buffer.len() + waiting.sum::<usize>()
    }

    /// Messages met so far, those left out too.
    pub fn messages(&self) -> u64 {
        self.order.messages()
    }

    /// Nothing more will come: the file ended, is refused, or a limit was passed.
    pub fn is_finished(&self) -> bool {
        self.stopped && self.ready.is_empty()
    }

    fn text(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        // The first bytes alone, so that no limit comes before the check for UTF-16.
        let first = WIDE_START.saturating_sub(self.position as usize);
        let (start, rest) = text.split_at(first.min(text.len()));
        self.position += text.len() as u64;
        self.after_return = false;
        if !start.is_empty() {
            self.append(start);
            self.check_width();
        }
        self.append(rest);
    }

    fn check_width(&mut self) {
        if self.line_offset == 0 && is_utf16(&self.buffer) {
            self.report(0, ProblemKind::Utf16);
            self.stop();
        }
    }

    fn append(&mut self, text: &[u8]) {
        if self.dropping || self.stopped {
            return;
        }
        let limit = self.options.line.max(LEAST_LINE);
        let room = limit - (self.buffer.len() - self.line).min(limit);
        match text.get(..room).filter(|_| text.len() > room) {
            None => self.buffer.extend_from_slice(text),
            Some(start) => {
                self.buffer.extend_from_slice(start);
                self.line_too_long();
            }
        }
    }

    fn terminator(&mut self, byte: u8) {
        match byte {
            FILE_SEPARATOR => self.held += 1,
            b'\n' if self.after_return => self.second_half(),
            _ => self.end_line(Some(byte), false),
        }
        self.after_return = byte == b'\r';
    }

    /// The LF of a CR LF.
    fn second_half(&mut self) {
        self.line_feed_habit();
        if matches!(self.body, Body::Message(_)) {
            self.buffer.push(b'\n');
            self.line = self.buffer.len();
        }
        self.line_offset = self.position;
    }

    /// A file separator ends a message if a line end or a start block follows; else it is text.
    fn settle_separators(&mut self, next: u8) {
        if matches!(next, b'\r' | b'\n' | START_BLOCK) {
            self.end_line(None, true);
            // The line end that follows ends an empty line.
            return;
        }
        for _ in 0..std::mem::take(&mut self.held) {
            self.after_return = false;
            self.append(&[FILE_SEPARATOR]);
        }
    }

    fn end_line(&mut self, terminator: Option<u8>, separated: bool) {
        self.held = 0;
        self.after_header = false;
        if !std::mem::take(&mut self.dropping) {
            self.classify();
        }
        if self.stopped {
            return;
        }
        if terminator == Some(b'\n') {
            self.line_feed_habit();
        }
        match (self.body, terminator) {
            (Body::Message(_), Some(byte)) => self.buffer.push(byte),
            (Body::Message(_), None) => {}
            _ => self.buffer.clear(),
        }
        self.line = self.buffer.len();
        if separated {
            self.separated();
        }
        self.line_offset = self.position;
    }

    /// A file separator came: whatever message there was is complete.
    fn separated(&mut self) {
        self.habit(self.line_offset, ProblemKind::FileSeparator);
        self.close_message();
        self.buffer.clear();
        self.line = 0;
    }

    fn classify(&mut self) {
        let line = self.buffer.get(self.line..).unwrap_or_default();
        let inside = self.body != Body::Outside;
        let lead = Lead::of(line, !inside);
        let rest = line.get(lead.length..).unwrap_or_default();
        let name = Name::of(rest, self.field);
        let blank = rest.is_empty();
        if name.is_some() || blank {
            self.note_lead(&lead);
        }
        match name {
            Some(Name::Message) => self.begin_message(lead.length),
            Some(name) => self.envelope(name, lead.length),
            None if blank => {}
            None => self.continue_message(),
        }
    }

    fn note_lead(&mut self, lead: &Lead) {
        let at = self.line_offset;
        if lead.separator {
            self.habit(at, ProblemKind::FileSeparator);
            self.close_message_before_line();
        }
        if lead.byte_order_mark {
            self.habit(at, ProblemKind::ByteOrderMark);
        }
        if lead.start_block {
            self.habit(at, ProblemKind::Framing);
        }
    }

    fn begin_message(&mut self, lead: usize) {
        self.close_message_before_line();
        self.buffer.drain(..lead.min(self.buffer.len()));
        let offset = self.line_offset + lead as u64;
        self.field = self.buffer.get(3).copied().unwrap_or(b'|');
        self.after_header = true;
        self.count_message(offset);
        if !self.stopped {
            self.body = Body::Message(offset);
            self.check_size(offset);
        }
    }

    fn count_message(&mut self, offset: u64) {
        self.stray = false;
        if self.order.message() {
            self.habit(offset, ProblemKind::NoEnvelope);
        }
        self.check_batches(offset);
    }

    fn check_batches(&mut self, offset: u64) {
        let limit = self.options.batches;
        if self.order.batches() > limit && !self.stopped {
            self.report(offset, ProblemKind::TooManyBatches { limit });
            self.stop();
        }
    }

    fn continue_message(&mut self) {
        match self.body {
            Body::Message(offset) => self.check_size(offset),
            Body::LeftOut => {}
            Body::Outside if self.stray => {}
            Body::Outside => {
                self.stray = true;
                self.report(self.line_offset, ProblemKind::Stray);
            }
        }
    }

    fn check_size(&mut self, offset: u64) {
        let limit = self.options.message;
        if self.buffer.len() > limit {
            self.leave_out(offset, ProblemKind::MessageTooLarge { limit });
        }
    }

    fn leave_out(&mut self, offset: u64, why: ProblemKind) {
        self.body = Body::LeftOut;
        self.buffer = Vec::new();
        self.line = 0;
        self.report(offset, why);
    }

    fn line_too_long(&mut self) {
        let limit = self.options.line.max(LEAST_LINE);
        let line = self.buffer.get(self.line..).unwrap_or_default();
        let lead = Lead::of(line, self.body == Body::Outside);
        let name = Name::of(line.get(lead.length..).unwrap_or_default(), self.field);
        let (offset, inside) = (self.line_offset, matches!(self.body, Body::Message(_)));
        if name.is_some() {
            self.close_message_before_line();
        }
        match name {
            Some(Name::Message) => self.count_message(offset),
            Some(_) => {}
            None if inside => {}
            None => {
                self.continue_message();
                self.drop_line();
                return;
            }
        }
        if !self.stopped {
            self.drop_line();
            self.leave_out(offset, ProblemKind::LineTooLong { limit });
        }
    }

    fn drop_line(&mut self) {
        self.buffer.truncate(self.line);
        self.dropping = true;
    }

    fn envelope(&mut self, name: Name, lead: usize) {
        self.close_message_before_line();
        let line = std::mem::take(&mut self.buffer);
        let line = line.get(lead..).unwrap_or_default();
        let offset = self.line_offset + lead as u64;
        self.stray = false;
        match name {
            Name::FileHeader | Name::BatchHeader => self.header(name, line, offset),
            _ => self.trailer(name, line, offset),
        }
    }

    fn header(&mut self, name: Name, line: &[u8], offset: u64) {
        let found = match name {
            Name::FileHeader => self.order.file_header(),
            _ => self.order.batch_header(),
        };
        self.report_all(offset, found);
        self.check_batches(offset);
        self.after_header = true;
        match EnvelopeHeader::read(line, offset) {
            None => self.report(offset, ProblemKind::UnreadableEnvelope),
            Some(header) => {
                self.field = header.separators.field;
                self.push(match name {
                    Name::FileHeader => Item::FileHeader(header),
                    _ => Item::BatchHeader(header),
                });
            }
        }
    }

    fn trailer(&mut self, name: Name, line: &[u8], offset: u64) {
        let (trailer, unreadable) = Trailer::read(line, offset);
        let mut found = match name {
            Name::FileTrailer => self.order.file_trailer(trailer.count),
            _ => self.order.batch_trailer(trailer.count),
        };
        if unreadable {
            found.push(ProblemKind::UnreadableCount);
        }
        self.report_all(offset, found);
        self.push(match name {
            Name::FileTrailer => Item::FileTrailer(trailer),
            _ => Item::BatchTrailer(trailer),
        });
    }

    /// Hands out the message before the present line, which stays in the buffer.
    fn close_message_before_line(&mut self) {
        let line = self.buffer.split_off(self.line.min(self.buffer.len()));
        self.close_message();
        self.buffer = line;
        self.line = 0;
    }

    fn close_message(&mut self) {
        if let Body::Message(offset) = std::mem::replace(&mut self.body, Body::Outside) {
            let mut bytes = std::mem::take(&mut self.buffer);
            trim_blank_lines(&mut bytes);
            let number = self.order.messages();
            self.push(Item::Message(Found {
                offset,
                number,
                bytes,
            }));
        }
        self.line = 0;
    }

    fn line_feed_habit(&mut self) {
        if std::mem::take(&mut self.after_header) {
            self.habit(self.line_offset, ProblemKind::LineFeed);
        }
    }

    /// Reports a habit the first time.
    fn habit(&mut self, offset: u64, kind: ProblemKind) {
        if !self.habits.contains(&kind) {
            self.habits.push(kind);
            self.report(offset, kind);
        }
    }

    fn report_all(&mut self, offset: u64, kinds: Vec<ProblemKind>) {
        for kind in kinds {
            self.report(offset, kind);
        }
    }

    fn report(&mut self, offset: u64, kind: ProblemKind) {
        self.push(Item::Problem(Problem { offset, kind }));
        if self.options.strict {
            self.stop();
        }
    }

    fn push(&mut self, item: Item) {
        if !self.stopped {
            self.ready.push_back(item);
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.buffer = Vec::new();
        self.line = 0;
    }
}

impl fmt::Debug for Splitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Splitter")
            .field("options", &self.options)
            .field("position", &self.position)
            .field("buffered", &self.buffered())
            .finish_non_exhaustive()
    }
}
