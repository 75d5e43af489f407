//! Content-Transfer-Encoding of a part (RFC 2045 6).
//!
//! XOP's writers send octets as they are; toolkits from the time of mail send base64, and MIME says that both
//! mean the same octets. Quoted-printable is for text and refused.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::error::Error;

/// How the octets of one part stand on the wire.
pub(crate) enum Transfer {
    /// As they are: binary, 8bit, 7bit, or not said.
    Plain,
    /// In base64; the characters of an unfinished group of four.
    Base64(Vec<u8>),
}

impl Transfer {
    /// By the value of the header field.
    pub(crate) fn named(value: &str) -> Result<Transfer, Error> {
        match value.to_ascii_lowercase().as_str() {
            "binary" | "8bit" | "7bit" => Ok(Transfer::Plain),
            "base64" => Ok(Transfer::Base64(Vec::new())),
            _ => Err(malformed(
                "Content-Transfer-Encoding of a part is neither binary nor base64",
            )),
        }
    }

    /// The octets of one chunk; none of them, perhaps.
    pub(crate) fn decode(&mut self, chunk: Bytes) -> Result<Bytes, Error> {
        let Transfer::Base64(rest) = self else {
            return Ok(chunk);
        };
        rest.extend(chunk.iter().filter(|byte| !byte.is_ascii_whitespace()));
        let whole = rest.len() / 4 * 4;
        let octets = STANDARD.decode(rest.get(..whole).unwrap_or_default());
        rest.drain(..whole);
        let octets = octets.map_err(|_| malformed("base64 of a part"))?;
        // padding ends the text: what follows it is refused
        if octets.len() < whole / 4 * 3 {
            rest.push(b'=');
        }
        Ok(octets.into())
    }

    /// The part ended.
    pub(crate) fn finish(&self) -> Result<(), Error> {
        match self {
            Transfer::Base64(rest) if rest.as_slice() != b"=" && !rest.is_empty() => {
                Err(malformed("base64 of a part"))
            }
            _ => Ok(()),
        }
    }
}

fn malformed(text: &str) -> Error {
    Error::Malformed(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(text: &str, size: usize) -> Result<Vec<u8>, Error> {
        let mut transfer = Transfer::named("BASE64")?;
        let mut octets = Vec::new();
        for chunk in text.as_bytes().chunks(size) {
            octets.extend_from_slice(&transfer.decode(Bytes::copy_from_slice(chunk))?);
        }
        transfer.finish().map(|()| octets)
    }

    #[test]
    fn xds_t_008_base64_of_a_part_is_decoded_in_chunks_of_any_size() {
        for size in 1..9 {
            assert_eq!(decode("aGVs\r\nbG8h\r\n", size).expect("octets"), b"hello!");
            assert_eq!(decode("aGVsbG8=", size).expect("octets"), b"hello");
            assert_eq!(decode("", size).expect("octets"), b"");
        }
    }

    #[test]
    fn what_is_no_base64_is_malformed() {
        for text in [
            "aGV",
            "a",
            "aGVs!",
            "aGVsbG8=aGVs",
            "aG==aGVs",
            "====",
            "\u{e9}",
        ] {
            for size in 1..9 {
                assert!(decode(text, size).is_err(), "{text} by {size}");
            }
        }
    }
}
