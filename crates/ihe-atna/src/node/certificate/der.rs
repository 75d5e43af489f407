//! X.690 tags, lengths, values: just enough to cut a certificate into pieces, and to turn BER into
//! DER (ITI TF-2 3.19.6.1.1 asks for both encodings).

/// Deepest nesting that is followed; a certificate has about ten.
const DEEPEST: usize = 32;
/// Largest certificate that is re-encoded.
const LARGEST: usize = 128 * 1024;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OID: u8 = 0x06;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
const CONSTRUCTED: u8 = 0x20;
/// Universal string types that BER may cut into pieces: OCTET STRING, UTF8String and the others.
const STRINGS: [u8; 11] = [
    0x04, 0x0c, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a, 0x1c, 0x1e,
];

/// One element of definite length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// With tag and length.
    pub(crate) whole: &'a [u8],
}

/// Takes the next element; `None` when there is none or it is not DER.
pub(crate) fn next<'a>(input: &mut &'a [u8]) -> Option<Element<'a>> {
    let (tag, length, header) = header(input)?;
    let whole = input.get(..header.checked_add(length?)?)?;
    *input = input.get(whole.len()..)?;
    let content = whole.get(header..)?;
    Some(Element {
        tag,
        content,
        whole,
    })
}

/// The next element, if it has this tag.
pub(crate) fn expect<'a>(input: &mut &'a [u8], tag: u8) -> Option<Element<'a>> {
    next(input).filter(|element| element.tag == tag)
}

/// Tag, length (none: indefinite) and the size of both.
fn header(input: &[u8]) -> Option<(u8, Option<usize>, usize)> {
    let (tag, first) = (*input.first()?, *input.get(1)?);
    if tag & 0x1f == 0x1f {
        return None;
    }
    match first {
        0x80 => Some((tag, None, 2)),
        0..0x80 => Some((tag, Some(usize::from(first)), 2)),
        _ => {
            let count = usize::from(first & 0x7f);
            let bytes = input.get(2..2 + count)?;
            let significant = bytes.iter().skip_while(|byte| **byte == 0);
            if significant.clone().count() > 4 {
                return None;
            }
            let length = significant.fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            Some((tag, Some(length), 2 + count))
        }
    }
}

/// The same value in DER; `None` when it is no BER, too deep or too large.
pub(crate) fn from_ber(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() > LARGEST {
        return None;
    }
    let mut input = bytes;
    let der = recode(&mut input, 0)?;
    input.is_empty().then_some(der)
}

/// The first element inside the outermost one, as it stands in BER: of a certificate, what was signed.
pub(crate) fn first_inside(bytes: &[u8]) -> Option<&[u8]> {
    let (_, _, size) = header(bytes)?;
    let inside = bytes.get(size..)?;
    let mut rest = inside;
    recode(&mut rest, 1)?;
    inside.get(..inside.len() - rest.len())
}

fn recode(input: &mut &[u8], depth: usize) -> Option<Vec<u8>> {
    if depth > DEEPEST {
        return None;
    }
    let (tag, length, size) = header(input)?;
    *input = input.get(size..)?;
    if tag & CONSTRUCTED == 0 {
        let content = input.get(..length?)?;
        *input = input.get(content.len()..)?;
        return Some(encode(tag, &primitive(tag, content)));
    }
    let mut parts = match length {
        Some(length) => {
            let mut content = input.get(..length)?;
            *input = input.get(length..)?;
            children(&mut content, false, depth)?
        }
        None => children(input, true, depth)?,
    };
    let primitive = tag & !CONSTRUCTED;
    if primitive == BIT_STRING || STRINGS.contains(&primitive) {
        return joined(primitive, &parts);
    }
    if tag == SET {
        parts.sort();
    }
    Some(encode(tag, &parts.concat()))
}

fn children(input: &mut &[u8], indefinite: bool, depth: usize) -> Option<Vec<Vec<u8>>> {
    let mut parts = Vec::new();
    loop {
        if indefinite && input.starts_with(&[0, 0]) {
            *input = input.get(2..)?;
            return Some(parts);
        }
        if !indefinite && input.is_empty() {
            return Some(parts);
        }
        parts.push(recode(input, depth + 1)?);
    }
}

fn primitive(tag: u8, content: &[u8]) -> Vec<u8> {
    match (tag, content) {
        (BOOLEAN, [value]) if *value != 0 => vec![0xff],
        _ => content.to_vec(),
    }
}

/// A string that came in pieces. The last piece of a BIT STRING says how many bits are unused.
fn joined(tag: u8, parts: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut content = Vec::new();
    let mut unused = 0;
    for part in parts {
        let piece = next(&mut part.as_slice())?.content;
        if tag == BIT_STRING {
            let (bits, rest) = piece.split_first()?;
            unused = *bits;
            content.extend_from_slice(rest);
        } else {
            content.extend_from_slice(piece);
        }
    }
    if tag == BIT_STRING {
        content.insert(0, unused);
    }
    Some(encode(tag, &content))
}

/// An element with the shortest length.
pub(crate) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let zeros = length.iter().take_while(|byte| **byte == 0).count();
            out.push(0x80 | u8::try_from(length.len() - zeros).unwrap_or(8));
            out.extend_from_slice(&length[zeros..]);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_pieces_and_loose_booleans_become_der() {
        let ber = [
            0x30, 0x80, // SEQUENCE, indefinite
            0x01, 0x01, 0x01, // TRUE, loosely
            0x24, 0x80, 0x04, 0x01, b'a', 0x04, 0x81, 0x01, b'b', 0,
            0, // OCTET STRING in pieces
            0x31, 0x06, 0x02, 0x01, 0x09, 0x02, 0x01, 0x03, // SET out of order
            0, 0,
        ];
        let der = [
            0x30, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x02, b'a', b'b', 0x31, 0x06, 0x02, 0x01, 0x03,
            0x02, 0x01, 0x09,
        ];
        assert_eq!(from_ber(&ber).as_deref(), Some(&der[..]));
        assert_eq!(from_ber(&der).as_deref(), Some(&der[..]));
    }

    #[test]
    fn nesting_without_end_and_lengths_beyond_the_bytes_are_no_certificate() {
        assert_eq!(from_ber(&[0x30, 0x80].repeat(60_000)), None);
        assert_eq!(from_ber(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(from_ber(&[0x30, 0x82, 0x00]), None);
        assert_eq!(from_ber(&[]), None);
        assert!(next(&mut &[0x1f, 0x81, 0x00][..]).is_none());
    }
}
