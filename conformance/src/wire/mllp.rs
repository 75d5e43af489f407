//! MLLP framing: 0x0B, message, 0x1C 0x0D (HL7 v2 Minimal Lower Layer Protocol, release 1).

use std::io::{Error, ErrorKind, Read, Result};

/// Bytes of one message.
const MOST: usize = 64 * 1024 * 1024;

/// Reads one frame; bytes outside of frames are an error here, however tolerant a receiver may be.
pub fn read_frame(stream: &mut impl Read) -> Result<Vec<u8>> {
    if byte(stream)? != 0x0b {
        return Err(Error::new(
            ErrorKind::InvalidData,
            "the frame does not start with 0x0B",
        ));
    }
    let mut message = Vec::new();
    loop {
        match byte(stream)? {
            0x1c => break,
            _ if message.len() == MOST => {
                return Err(Error::new(
                    ErrorKind::InvalidData,
                    "the message is longer than 64 MiB",
                ));
            }
            other => message.push(other),
        }
    }
    match byte(stream)? {
        0x0d => Ok(message),
        _ => Err(Error::new(
            ErrorKind::InvalidData,
            "0x1C is not followed by 0x0D",
        )),
    }
}

fn byte(stream: &mut impl Read) -> Result<u8> {
    let mut one = [0];
    stream.read_exact(&mut one)?;
    Ok(one[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_and_no_byte_more() {
        let mut wire = &b"\x0bMSH|x\r\x1c\x0dnext"[..];
        assert_eq!(read_frame(&mut wire).expect("a frame"), b"MSH|x\r");
        assert_eq!(wire, b"next");
    }

    #[test]
    fn bytes_before_a_frame_and_a_missing_end_are_errors() {
        assert!(read_frame(&mut &b"x\x0bMSH\x1c\x0d"[..]).is_err());
        assert!(read_frame(&mut &b"\x0bMSH\x1cx"[..]).is_err());
        assert!(read_frame(&mut &b"\x0bMSH"[..]).is_err());
    }
}
