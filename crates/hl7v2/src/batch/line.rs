//! What the start of a line tells.

/// First byte of an MLLP frame.
pub(super) const START_BLOCK: u8 = 0x0B;
/// Last but one byte of an MLLP frame, and the last of an SS-MIX2 file.
pub(super) const FILE_SEPARATOR: u8 = 0x1C;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The segments that begin something.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    FileHeader,
    BatchHeader,
    Message,
    BatchTrailer,
    FileTrailer,
}

impl Name {
    /// A line that begins with such a name and delimiters. `MSH-9 is wrong` in a line of free text is none.
    pub(super) fn of(line: &[u8], field: u8) -> Option<Name> {
        let name = match line.get(..3)? {
            b"FHS" => Name::FileHeader,
            b"BHS" => Name::BatchHeader,
            b"MSH" => Name::Message,
            b"BTS" => Name::BatchTrailer,
            b"FTS" => Name::FileTrailer,
            _ => return None,
        };
        let delimited = match name {
            Name::BatchTrailer | Name::FileTrailer => line
                .get(3)
                .is_none_or(|&byte| byte == field || byte == b'|'),
            _ => line
                .iter()
                .skip(3)
                .take(2)
                .all(|byte| byte.is_ascii_punctuation()),
        };
        delimited.then_some(name)
    }
}

/// Bytes before a name that are no text.
#[derive(Default)]
pub(super) struct Lead {
    pub(super) length: usize,
    pub(super) start_block: bool,
    pub(super) separator: bool,
    pub(super) byte_order_mark: bool,
}

impl Lead {
    /// Blanks count only outside of messages: an indented line in a message is free text.
    pub(super) fn of(line: &[u8], blanks: bool) -> Lead {
        let mut lead = Lead::default();
        loop {
            let rest = line.get(lead.length..).unwrap_or_default();
            lead.length += match rest.first() {
                Some(&START_BLOCK) => {
                    lead.start_block = true;
                    1
                }
                Some(&FILE_SEPARATOR) => {
                    lead.separator = true;
                    1
                }
                Some(b' ' | b'\t') if blanks => 1,
                _ if rest.starts_with(BYTE_ORDER_MARK) => {
                    lead.byte_order_mark = true;
                    BYTE_ORDER_MARK.len()
                }
                _ => return lead,
            };
        }
    }
}

pub(super) fn is_utf16(start: &[u8]) -> bool {
    let wide = |text: &[u8]| matches!(text, [b'M' | b'F' | b'B', 0, b'S' | b'H', 0, ..]);
    start.starts_with(b"\xFF\xFE")
        || start.starts_with(b"\xFE\xFF")
        || wide(start)
        || start.split_first().is_some_and(|(&zero, rest)| {
            zero == 0 && matches!(rest, [b'M' | b'F' | b'B', 0, b'S' | b'H', ..])
        })
}

/// Leaves one line end.
pub(super) fn trim_blank_lines(bytes: &mut Vec<u8>) {
    let end = bytes
        .iter()
        .rposition(|byte| !matches!(byte, b'\r' | b'\n'))
        .map_or(0, |last| last + 1);
    let one = match bytes.get(end..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([_, ..]) => 1,
        _ => 0,
    };
    bytes.truncate(end + one);
}
