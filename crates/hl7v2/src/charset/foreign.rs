//! Sets of several bytes a character that `encoding_rs` reads and writes whole.

use super::Charset;
use super::jis::usual_spelling;
use encoding_rs::{
    BIG5, DecoderResult, EUC_JP, EUC_KR, EncoderResult, Encoding, GB18030, SHIFT_JIS,
};

pub(super) fn encoding(charset: Charset) -> Option<&'static Encoding> {
    Some(match charset {
        Charset::ShiftJis => SHIFT_JIS,
        Charset::EucJp => EUC_JP,
        Charset::Gb18030 => GB18030,
        Charset::KsX1001 => EUC_KR,
        Charset::Big5 => BIG5,
        _ => return None,
    })
}

/// The error is the offset of the first byte that belongs to no character.
pub(super) fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(most.unwrap_or(bytes.len()));
    let mut read = 0;
    loop {
        let rest = bytes.get(read..).unwrap_or_default();
        let (result, taken) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        read += taken;
        match result {
            DecoderResult::InputEmpty => return Ok(text),
            DecoderResult::OutputFull => text.reserve(rest.len().max(16)),
            DecoderResult::Malformed(length, after) => {
                return Err(read.saturating_sub(usize::from(length) + usize::from(after)));
            }
        }
    }
}

/// The error is the offset of the first character without bytes.
pub(super) fn encode(encoding: &'static Encoding, text: &str) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if character.is_ascii() {
            out.push(character as u8);
        } else {
            let (bytes, length) = bytes_of(encoding, character).ok_or(at)?;
            out.extend_from_slice(bytes.get(..length).unwrap_or_default());
        }
    }
    Ok(out)
}

/// The bytes of a character that is not ASCII. `encoding_rs` writes ¥ and ‾ as 5C and 7E, the HL7 escape and repetition
/// delimiters, in the Japanese sets: never taken.
pub(super) fn bytes_of(encoding: &'static Encoding, character: char) -> Option<([u8; 8], usize)> {
    let japanese = encoding == SHIFT_JIS || encoding == EUC_JP;
    let spelled = if japanese {
        usual_spelling(character)
    } else {
        character
    };
    let mut utf8 = [0; 4];
    let mut bytes = [0; 8];
    let (result, _, written) = encoding.new_encoder().encode_from_utf8_without_replacement(
        spelled.encode_utf8(&mut utf8),
        &mut bytes,
        true,
    );
    (result == EncoderResult::InputEmpty && !bytes[0].is_ascii()).then_some((bytes, written))
}
