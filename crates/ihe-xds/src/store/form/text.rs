//! Texts: what most of an object is made of.

use super::{Input, Part, put_number};

const URN: &str = "urn:uuid:";

/// How a text is packed: the two low bits of its head, which is this plus four times its length, plus one.
/// A head of zero says that there is no text.
const PLAIN: u64 = 0;
/// `urn:uuid:` and a UUID in lower case, as its 16 bytes.
const UUID: u64 = 1;
/// Hexadecimal in lower case, two digits to a byte.
const HEX: u64 = 2;
/// Digits and dots, two to a byte; the length counts characters.
const DIGITS: u64 = 3;

/// Shorter texts are not worth packing.
const LEAST: usize = 4;

/// The two characters of each byte of `DIGITS`; NUL where there is none.
const DIGIT_PAIRS: [[u8; 2]; 256] = pairs(b"0123456789.\0\0\0\0\0");
/// The two characters of each byte of `HEX`.
const HEX_PAIRS: [[u8; 2]; 256] = pairs(b"0123456789abcdef");

const fn pairs(marks: &[u8; 16]) -> [[u8; 2]; 256] {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [marks[byte >> 4], marks[byte & 15]];
        byte += 1;
    }
    pairs
}

impl Part for String {
    fn put(&self, form: &mut Vec<u8>) {
        put_text(self, form);
    }

    fn take(input: &mut Input<'_>) -> Option<Self> {
        take_text(input)?
    }
}

impl Part for Option<String> {
    fn put(&self, form: &mut Vec<u8>) {
        match self {
            None => form.push(0),
            Some(text) => put_text(text, form),
        }
    }

    fn take(input: &mut Input<'_>) -> Option<Self> {
        take_text(input)
    }
}

/// The UUID of a `urn:uuid:` in lower case.
pub(crate) fn uuid_of(text: &str) -> Option<[u8; 16]> {
    let digits = text.strip_prefix(URN)?.as_bytes();
    let mut uuid = [0; 16];
    let mut place = 0;
    if digits.len() != 36 {
        return None;
    }
    for byte in &mut uuid {
        if matches!(place, 8 | 13 | 18 | 23) {
            if digits[place] != b'-' {
                return None;
            }
            place += 1;
        }
        *byte = nibble(digits[place])? << 4 | nibble(digits[place + 1])?;
        place += 2;
    }
    Some(uuid)
}

fn put_text(text: &str, form: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let head = |kind: u64, length: usize| ((length as u64) << 2 | kind) + 1;
    if let Some(uuid) = uuid_of(text) {
        put_number(head(UUID, uuid.len()), form);
        form.extend(uuid);
    } else if bytes.len() >= LEAST && bytes.iter().all(|byte| digit(*byte).is_some()) {
        put_number(head(DIGITS, bytes.len()), form);
        let pair = |pair: &[u8]| {
            let high = digit(pair[0]).unwrap_or(15);
            high << 4 | pair.get(1).and_then(|byte| digit(*byte)).unwrap_or(15)
        };
        form.extend(bytes.chunks(2).map(pair));
    } else if bytes.len() >= LEAST
        && bytes.len().is_multiple_of(2)
        && bytes.iter().all(|byte| nibble(*byte).is_some())
    {
        put_number(head(HEX, bytes.len() / 2), form);
        let pair = |pair: &[u8]| nibble(pair[0]).unwrap_or(0) << 4 | nibble(pair[1]).unwrap_or(0);
        form.extend(bytes.chunks_exact(2).map(pair));
    } else {
        put_number(head(PLAIN, bytes.len()), form);
        form.extend(bytes);
    }
}

/// `Some(None)`: there is no text.
fn take_text(input: &mut Input<'_>) -> Option<Option<String>> {
    let Some(head) = input.number()?.checked_sub(1) else {
        return Some(None);
    };
    let (kind, length) = (head & 3, usize::try_from(head >> 2).ok()?);
    let text = match kind {
        PLAIN => std::str::from_utf8(input.bytes(length)?).ok()?.to_owned(),
        UUID => urn(input.bytes(length)?.try_into().ok()?),
        HEX => unpacked(input.bytes(length)?, length * 2, &HEX_PAIRS)?,
        _ => digits(input.bytes(length.div_ceil(2))?, length)?,
    };
    Some(Some(text))
}

fn urn(uuid: [u8; 16]) -> String {
    let mut buffer = uuid::Uuid::encode_buffer();
    let digits = uuid::Uuid::from_bytes(uuid)
        .hyphenated()
        .encode_lower(&mut buffer);
    let mut urn = String::with_capacity(URN.len() + digits.len());
    urn.push_str(URN);
    urn.push_str(digits);
    urn
}

fn digits(packed: &[u8], length: usize) -> Option<String> {
    let text = unpacked(packed, length, &DIGIT_PAIRS)?;
    (!text.contains('\0')).then_some(text)
}

/// So many characters of two to a byte.
fn unpacked(packed: &[u8], length: usize, pairs: &[[u8; 2]; 256]) -> Option<String> {
    let mut text = vec![0; packed.len() * 2];
    for (two, byte) in text.chunks_exact_mut(2).zip(packed) {
        two.copy_from_slice(&pairs[usize::from(*byte)]);
    }
    text.truncate(length);
    String::from_utf8(text).ok()
}

fn nibble(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'.' => Some(10),
        _ => None,
    }
}
