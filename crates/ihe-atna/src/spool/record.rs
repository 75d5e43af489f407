//! ITI-20 spool record on disk: length (u32), CRC-32 (u32), time in ms (u64), all little-endian,
//! then the SYSLOG-MSG. The check covers time and message.

/// Bytes before the message.
pub(crate) const HEAD: usize = 16;

/// Puts a record behind `bytes`; `message` writes its SYSLOG-MSG.
pub(crate) fn encode(bytes: &mut Vec<u8>, time_ms: u64, message: impl FnOnce(&mut Vec<u8>)) {
    let begin = bytes.len();
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&time_ms.to_le_bytes());
    message(bytes);
    let length = u32::try_from(bytes.len() - begin - HEAD).unwrap_or(u32::MAX);
    let check = crc32fast::hash(&bytes[begin + 8..]);
    bytes[begin..begin + 4].copy_from_slice(&length.to_le_bytes());
    bytes[begin + 4..begin + 8].copy_from_slice(&check.to_le_bytes());
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
    if crc32fast::hash(&whole[8..]) != check {
        return None;
    }
    let time_ms = u64::from_le_bytes(head.get(8..HEAD)?.try_into().ok()?);
    Some(Record {
        time_ms,
        message: &whole[HEAD..],
        length: HEAD + length,
    })
}

/// How every message begins.
const BEGIN: &[u8] = b"<85>1 ";

/// Where the next whole record begins, behind a damaged one at the beginning. Looks at so many
/// bytes as there are, sixteen times over, whatever they say about their lengths.
pub(crate) fn next_whole(bytes: &[u8]) -> Option<usize> {
    let mut budget = bytes.len().saturating_mul(16);
    let begins = |at: &usize| bytes[*at..].starts_with(BEGIN);
    for at in (HEAD + 1..bytes.len()).filter(begins) {
        let candidate = &bytes[at - HEAD..];
        let claimed = u32::from_le_bytes(candidate.get(..4)?.try_into().ok()?) as usize;
        if claimed > candidate.len() {
            continue;
        }
        budget = budget.checked_sub(claimed)?;
        if decode(candidate).is_some() {
            return Some(at - HEAD);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_and_any_flipped_bit_is_seen() {
        let mut bytes = Vec::new();
        encode(&mut bytes, 7, |bytes| bytes.extend_from_slice(b"message"));
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

    #[test]
    fn atna_r_025_behind_a_damaged_record_the_next_whole_one_is_found() {
        let mut bytes = Vec::new();
        for text in ["<85>1 one", "<85>1 two", "<85>1 three"] {
            encode(&mut bytes, 7, |bytes| {
                bytes.extend_from_slice(text.as_bytes())
            });
        }
        let second = HEAD + 9;
        for damaged in 0..second {
            let mut bytes = bytes.clone();
            bytes[damaged] ^= 0x40;
            assert_eq!(next_whole(&bytes), Some(second), "byte {damaged}");
        }
        bytes[second + 4] ^= 1;
        assert_eq!(next_whole(&bytes), Some(2 * second));
        bytes.truncate(2 * second + 20);
        assert_eq!(next_whole(&bytes), None);
    }
}
