//! ITI-20 spool record on disk: length (u32), CRC-32 (u32), time in ms (u64), all little-endian,
//! then the SYSLOG-MSG. The check covers time and message.

/// Bytes before the message.
pub(crate) const HEAD: usize = 16;

/// A record as bytes.
pub(crate) fn encode(time_ms: u64, message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + message.len());
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&time_ms.to_le_bytes());
    bytes.extend_from_slice(message);
    let check = crc32(&bytes[8..]);
    bytes[4..8].copy_from_slice(&check.to_le_bytes());
    bytes
}

/// No record is longer, whatever the limit was when it was written.
pub(crate) const LONGEST: usize = 64 << 20;

/// One record at the beginning of `bytes`.
pub(crate) struct Record<'a> {
    pub(crate) time_ms: u64,
    pub(crate) message: &'a [u8],
    pub(crate) length: usize,
}

/// Decodes a record; `None` when it is cut short, too long or damaged.
pub(crate) fn decode(bytes: &[u8]) -> Option<Record<'_>> {
    let head = bytes.get(..HEAD)?;
    let length = u32::from_le_bytes(head.get(..4)?.try_into().ok()?) as usize;
    if length > LONGEST {
        return None;
    }
    let whole = bytes.get(..HEAD + length)?;
    let check = u32::from_le_bytes(head.get(4..8)?.try_into().ok()?);
    if crc32(&whole[8..]) != check {
        return None;
    }
    let time_ms = u64::from_le_bytes(head.get(8..HEAD)?.try_into().ok()?);
    Some(Record {
        time_ms,
        message: &whole[HEAD..],
        length: HEAD + length,
    })
}

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xedb8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |value, byte| {
        (value >> 8) ^ TABLE[((value ^ u32::from(*byte)) & 0xff) as usize]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_record_comes_back_and_any_flipped_bit_is_seen() {
        let bytes = encode(7, b"message");
        let record = decode(&bytes).map(|one| (one.time_ms, one.message.to_vec(), one.length));
        assert_eq!(record, Some((7, b"message".to_vec(), HEAD + 7)));
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1;
            assert!(decode(&damaged).is_none(), "byte {index}");
        }
        assert!(decode(&bytes[..bytes.len() - 1]).is_none());
        assert!(decode(&[0xff; 64]).is_none());
    }
}
