//! From bytes to [`Message`]: framing off, character set found, text decoded, then and only then split.

use super::write::{Body, Framing};
use super::{Message, ParseError, ParseOptions, index};
use crate::charset::{self, Charset, Declared};
use crate::{Separators, Tolerance};
use std::sync::OnceLock;

/// Offsets are `u32`; the configured limit cannot go beyond this.
pub(super) const MOST_BYTES: usize = 1 << 30;

pub(super) fn message(bytes: &[u8], options: &ParseOptions) -> Result<Message, ParseError> {
    let limit = options.limits.bytes.min(MOST_BYTES);
    if bytes.len() > limit {
        return Err(ParseError::TooLarge { limit });
    }
    if let Some(wide @ (Charset::Utf16 | Charset::Utf32)) = Charset::by_byte_order_mark(bytes) {
        return wide_message(bytes, wide, options);
    }
    let mut notes = Vec::new();
    let received = bytes;
    let (before, bytes) = unframed(bytes, &mut notes);
    begins_with_header(bytes)?;
    let field = *bytes.get(3).ok_or(ParseError::BadSeparators)?;
    let (text, charset) = decoded(bytes, field, options, &mut notes)?;
    // Decoding a Japanese message may have shortened it or made it longer, at most by half.
    if text.len() > MOST_BYTES {
        return Err(ParseError::TooLarge { limit });
    }
    let (start, rest) = received.split_at(before.min(received.len()));
    let framing = Framing {
        before: start.into(),
        after: rest.get(bytes.len()..).unwrap_or_default().into(),
        body: Body::of(bytes, charset),
    };
    split(text, charset, framing, notes, options)
}

/// A message in two or four bytes a character: decoded before anything is looked for in it. Its byte order mark belongs to
/// the set and is no deviation.
fn wide_message(
    bytes: &[u8],
    charset: Charset,
    options: &ParseOptions,
) -> Result<Message, ParseError> {
    let decoded = charset
        .decode(bytes)
        .map_err(|error| ParseError::Undecodable {
            offset: error.offset,
            charset,
        })?;
    let mut notes = decoded.tolerated;
    let (before, body) = unframed(decoded.text.as_bytes(), &mut notes);
    begins_with_header(body)?;
    let text = decoded.text.get(before..before + body.len());
    let framing = Framing {
        body: Body::Received(bytes.into()),
        ..Framing::default()
    };
    let text = text.unwrap_or_default().to_owned();
    split(text, charset, framing, notes, options)
}

fn begins_with_header(bytes: &[u8]) -> Result<(), ParseError> {
    match bytes {
        [] => Err(ParseError::Empty),
        [b'M', b'S', b'H', ..] => Ok(()),
        _ => Err(ParseError::NoHeader),
    }
}

/// The decoded text, cut into segments.
fn split(
    text: String,
    charset: Charset,
    framing: Framing,
    mut notes: Vec<Tolerance>,
    options: &ParseOptions,
) -> Result<Message, ParseError> {
    let field = *text.as_bytes().get(3).ok_or(ParseError::BadSeparators)?;
    let separators = separators(&text, field, &mut notes)?;
    let index = index::cut(
        &text,
        &separators,
        options.limits.segments,
        options.terminators,
        &mut notes,
    )?;
    notes.sort_unstable();
    notes.dedup();
    match notes.first() {
        Some(&note) if options.strict => Err(ParseError::NotTolerated(note)),
        _ => Ok(Message {
            text,
            index,
            separators,
            charset,
            tolerated: notes,
            occurrences: OnceLock::new(),
            framing,
        }),
    }
}

/// Takes off what some senders and files put around a message. Also says how many bytes stood before it.
fn unframed<'a>(received: &'a [u8], notes: &mut Vec<Tolerance>) -> (usize, &'a [u8]) {
    let mut bytes = received;
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        notes.push(Tolerance::ByteOrderMark);
        bytes = rest;
    }
    let blank = |byte: &u8| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0x0B);
    while let [first, rest @ ..] = bytes
        && blank(first)
    {
        notes.push(Tolerance::LeadingBlank);
        bytes = rest;
    }
    let before = received.len() - bytes.len();
    let mut body = bytes.trim_ascii_end();
    if body.last() == Some(&0x1C) {
        notes.push(Tolerance::TrailingFileSeparator);
        while let [rest @ .., 0x1C] = body {
            body = rest;
        }
        bytes = body;
    }
    (before, bytes)
}

fn separators(text: &str, field: u8, notes: &mut Vec<Tolerance>) -> Result<Separators, ParseError> {
    let rest = text.as_bytes().get(4..).unwrap_or_default();
    let end = rest
        .iter()
        .position(|&byte| byte == field || byte == b'\r' || byte == b'\n')
        .unwrap_or(rest.len());
    let (separators, short) =
        Separators::read(field, &rest[..end]).ok_or(ParseError::BadSeparators)?;
    if short {
        notes.push(Tolerance::ShortEncodingCharacters);
    }
    Ok(separators)
}

fn decoded(
    bytes: &[u8],
    field: u8,
    options: &ParseOptions,
    notes: &mut Vec<Tolerance>,
) -> Result<(String, Charset), ParseError> {
    let declared = declared(bytes, field)?;
    if declared.is_some_and(|declared| !declared.standard) {
        notes.push(Tolerance::CharsetName);
    }
    let mut charset = declared
        .map(|declared| declared.charset)
        .or(options.default_charset)
        .unwrap_or(Charset::Ascii);
    let escapes = memchr::memchr(0x1B, bytes).is_some();
    let ascii = bytes.is_ascii();
    let utf8 = || std::str::from_utf8(bytes).ok().map(str::to_owned);
    // What all of these read alike needs no decoder.
    let plain = matches!(
        charset,
        Charset::Ascii | Charset::Latin1 | Charset::Utf8 | Charset::Iso2022Jp
    );
    if let Some(text) = (plain && ascii && !escapes).then(utf8).flatten() {
        return Ok((text, charset));
    }
    // A seven-bit declaration that the bytes contradict: what they plainly are instead.
    let seven_bit = matches!(charset, Charset::Ascii | Charset::Iso2022Jp);
    let kanji = escapes && charset::switches_to_kanji(bytes);
    if let Some(text) = (seven_bit && !ascii && !kanji).then(utf8).flatten() {
        notes.push(Tolerance::UndeclaredUtf8);
        return Ok((text, Charset::Utf8));
    }
    if charset == Charset::Ascii && ascii && kanji {
        notes.push(Tolerance::UndeclaredIso2022Jp);
        charset = Charset::Iso2022Jp;
    }
    let undecodable = |offset| ParseError::Undecodable { offset, charset };
    let decoded = charset
        .decode(bytes)
        .map_err(|error| undecodable(error.offset))?;
    notes.extend(decoded.tolerated);
    Ok((decoded.text, charset))
}

/// MSH-18 read from undecoded bytes; `None` if it is empty.
pub(super) fn declared(bytes: &[u8], field: u8) -> Result<Option<Declared>, ParseError> {
    let line = header_line(bytes);
    // MSH-18 comes after the seventeenth separator; most messages have no field that far.
    if line.iter().filter(|&&byte| byte == field).count() < 17 {
        return Ok(None);
    }
    let header = charset::ascii_only(line);
    let mut fields = header.split(|&byte| byte == field).skip(1);
    let repetition = fields
        .next()
        .and_then(|encoding| encoding.get(1))
        .copied()
        .unwrap_or(b'~');
    // MSH-2 was the first one taken, so MSH-18 is fifteen further on.
    let Some(names) = fields.nth(15).filter(|names| !names.is_empty()) else {
        return Ok(None);
    };
    let names: Vec<&str> = names
        .split(|&byte| byte == repetition)
        .map(|name| std::str::from_utf8(name).unwrap_or("?"))
        .collect();
    Charset::declared(&names)
        .map(Some)
        .map_err(|_| ParseError::UnsupportedCharset)
}

fn header_line(bytes: &[u8]) -> &[u8] {
    memchr::memchr2(b'\r', b'\n', bytes).map_or(bytes, |end| &bytes[..end])
}
