//! UTF-16 and UTF-32. Neither can be read before the order of its bytes is known, so MSH-18 comes too late for it: a byte
//! order mark says it, or the M of MSH.

/// The error is the offset of the code unit that is no character.
pub(super) fn decode16(bytes: &[u8]) -> Result<String, usize> {
    let (start, little) = match bytes {
        [0xFF, 0xFE, ..] => (2, true),
        [0xFE, 0xFF, ..] => (2, false),
        [first, 0, ..] if *first != 0 => (0, true),
        _ => (0, false),
    };
    let (units, rest) = bytes.get(start..).unwrap_or_default().as_chunks::<2>();
    let unit = |pair: &[u8; 2]| match little {
        true => u16::from_le_bytes(*pair),
        false => u16::from_be_bytes(*pair),
    };
    let mut text = String::with_capacity(bytes.len());
    let mut at = start;
    for character in char::decode_utf16(units.iter().map(unit)) {
        let character = character.map_err(|_| at)?;
        at += 2 * character.len_utf16();
        text.push(character);
    }
    rest.is_empty().then_some(text).ok_or(at)
}

/// The error is the offset of the code unit that is no character.
pub(super) fn decode32(bytes: &[u8]) -> Result<String, usize> {
    let (start, little) = match bytes {
        [0xFF, 0xFE, 0, 0, ..] => (4, true),
        [0, 0, 0xFE, 0xFF, ..] => (4, false),
        [first, _, _, 0, ..] if *first != 0 => (0, true),
        _ => (0, false),
    };
    let (units, rest) = bytes.get(start..).unwrap_or_default().as_chunks::<4>();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut at = start;
    for unit in units {
        let number = match little {
            true => u32::from_le_bytes(*unit),
            false => u32::from_be_bytes(*unit),
        };
        text.push(char::from_u32(number).ok_or(at)?);
        at += 4;
    }
    rest.is_empty().then_some(text).ok_or(at)
}

/// Big-endian behind a byte order mark.
pub(super) fn encode16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF)
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect()
}

/// Big-endian behind a byte order mark.
pub(super) fn encode32(text: &str) -> Vec<u8> {
    std::iter::once('\u{FEFF}')
        .chain(text.chars())
        .flat_map(|character| u32::from(character).to_be_bytes())
        .collect()
}
