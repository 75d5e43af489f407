//! From bytes to [`Message`]: framing off, character set found, text decoded, then and only then split.

use super::{Message, ParseError, ParseOptions, index};
use crate::charset::{self, Charset};
use crate::{Separators, Tolerance};

/// Offsets are `u32`; the configured limit cannot go beyond this.
const MOST_BYTES: usize = 1 << 30;

pub(super) fn message(bytes: &[u8], options: &ParseOptions) -> Result<Message, ParseError> {
    let limit = options.limits.bytes.min(MOST_BYTES);
    if bytes.len() > limit {
        return Err(ParseError::TooLarge { limit });
    }
    let mut notes = Vec::new();
    let bytes = unframed(bytes, &mut notes);
    if bytes.is_empty() {
        return Err(ParseError::Empty);
    }
    if !bytes.starts_with(b"MSH") {
        return Err(ParseError::NoHeader);
    }
    let field = *bytes.get(3).ok_or(ParseError::BadSeparators)?;
    let (text, charset) = decoded(bytes, field, options, &mut notes)?;
    // Decoding a Japanese message may have shortened it or made it longer, at most by half.
    if text.len() > MOST_BYTES {
        return Err(ParseError::TooLarge { limit });
    }
    let separators = separators(&text, field, &mut notes)?;
    let index = index::cut(&text, &separators, options.limits.segments, &mut notes)?;
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
        }),
    }
}

/// Takes off what some senders and files put around a message.
fn unframed<'a>(mut bytes: &'a [u8], notes: &mut Vec<Tolerance>) -> &'a [u8] {
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        notes.push(Tolerance::ByteOrderMark);
        bytes = rest;
    }
    let blank = bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t' | 0x0B))
        .count();
    if blank > 0 {
        notes.push(Tolerance::LeadingBlank);
        bytes = &bytes[blank..];
    }
    let body = bytes.trim_ascii_end();
    let separators = body.iter().rev().take_while(|&&byte| byte == 0x1C).count();
    if separators > 0 {
        notes.push(Tolerance::TrailingFileSeparator);
        bytes = &body[..body.len() - separators];
    }
    bytes
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
    let mut charset = declared
        .or(options.default_charset)
        .unwrap_or(Charset::Ascii);
    if let Some((found, note)) = found_instead(bytes, charset) {
        notes.push(note);
        charset = found;
    }
    let decoded = charset
        .decode(bytes)
        .map_err(|error| ParseError::Undecodable {
            offset: error.offset,
            charset,
        })?;
    notes.extend(decoded.tolerated);
    Ok((decoded.text, charset))
}

/// A seven-bit declaration that the bytes contradict: what they plainly are instead.
fn found_instead(bytes: &[u8], charset: Charset) -> Option<(Charset, Tolerance)> {
    let seven_bit = matches!(charset, Charset::Ascii | Charset::Iso2022Jp);
    if seven_bit
        && !bytes.is_ascii()
        && std::str::from_utf8(bytes).is_ok()
        && !charset::switches_to_kanji(bytes)
    {
        return Some((Charset::Utf8, Tolerance::UndeclaredUtf8));
    }
    let japanese =
        charset == Charset::Ascii && bytes.is_ascii() && charset::switches_to_kanji(bytes);
    japanese.then_some((Charset::Iso2022Jp, Tolerance::UndeclaredIso2022Jp))
}

/// MSH-18 read from undecoded bytes; `None` if it is empty.
fn declared(bytes: &[u8], field: u8) -> Result<Option<Charset>, ParseError> {
    let header = charset::ascii_only(header_line(bytes));
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
    Charset::from_names(&names)
        .map(Some)
        .map_err(|_| ParseError::UnsupportedCharset)
}

fn header_line(bytes: &[u8]) -> &[u8] {
    memchr::memchr2(b'\r', b'\n', bytes).map_or(bytes, |end| &bytes[..end])
}
