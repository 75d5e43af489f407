//! Records of key establishment (RFC 8915 section 4): critical bit, type, length, body.

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// An unknown record with this bit must not be skipped.
    pub critical: bool,
    /// The type, 15 bits.
    pub kind: u16,
    /// At most 65535 bytes.
    pub body: Vec<u8>,
}

/// Why bytes are no message of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// The end-of-message record has not come.
    #[error("the message is not finished")]
    Unfinished,
    /// Longer than 16 KiB or more than 64 records.
    #[error("the message is too long")]
    TooLong,
    /// Bytes after the end-of-message record.
    #[error("the message goes on after its end")]
    AfterEnd,
    /// A critical record of a type that is not known here.
    #[error("critical record of unknown type {0}")]
    Critical(u16),
    /// A body of the wrong length.
    #[error("record of type {0} has a body of the wrong length")]
    Body(u16),
}

/// Bytes of one message at most.
pub(super) const LONGEST: usize = 16 * 1024;
const MOST: usize = 64;

pub(super) const END: u16 = 0;
pub(super) const NEXT_PROTOCOL: u16 = 1;
pub(super) const ERROR: u16 = 2;
pub(super) const WARNING: u16 = 3;
pub(super) const AEAD: u16 = 4;
pub(super) const COOKIE: u16 = 5;
pub(super) const SERVER: u16 = 6;
pub(super) const PORT: u16 = 7;

impl Record {
    pub(super) fn critical(kind: u16, body: &[u8]) -> Record {
        Record {
            critical: true,
            kind,
            body: body.to_vec(),
        }
    }

    pub(super) fn plain(kind: u16, body: &[u8]) -> Record {
        Record {
            critical: false,
            ..Record::critical(kind, body)
        }
    }

    /// The message of these records and the end.
    pub fn message(records: &[Record]) -> Vec<u8> {
        let end = Record::critical(END, &[]);
        let mut out = Vec::new();
        for record in records.iter().chain([&end]) {
            let kind = (record.kind & 0x7fff) | (u16::from(record.critical) << 15);
            let length = u16::try_from(record.body.len()).unwrap_or(u16::MAX);
            out.extend(kind.to_be_bytes());
            out.extend(length.to_be_bytes());
            out.extend(record.body.iter().take(usize::from(length)));
        }
        out
    }

    /// The records before the end. [`RecordError::Unfinished`]: more bytes are needed.
    pub fn read(mut bytes: &[u8]) -> Result<Vec<Record>, RecordError> {
        let too_long = bytes.len() > LONGEST;
        let mut records = Vec::new();
        while let Some((head, rest)) = bytes.split_first_chunk::<4>() {
            let [kind_high, kind_low, length @ ..] = *head;
            let kind = u16::from_be_bytes([kind_high & 0x7f, kind_low]);
            let length = usize::from(u16::from_be_bytes(length));
            let Some((body, rest)) = rest.split_at_checked(length) else {
                break;
            };
            bytes = rest;
            if kind == END {
                return Record::ended(records, rest, length);
            }
            if records.len() >= MOST {
                return Err(RecordError::TooLong);
            }
            records.push(Record {
                critical: kind_high & 0x80 != 0,
                kind,
                body: body.to_vec(),
            });
        }
        Err(if too_long {
            RecordError::TooLong
        } else {
            RecordError::Unfinished
        })
    }

    fn ended(records: Vec<Record>, rest: &[u8], length: usize) -> Result<Vec<Record>, RecordError> {
        match (rest.is_empty(), length) {
            (true, 0) => Ok(records),
            (true, _) => Err(RecordError::Body(END)),
            (false, _) => Err(RecordError::AfterEnd),
        }
    }

    /// The body as 16-bit numbers.
    pub(super) fn numbers(&self) -> Result<Vec<u16>, RecordError> {
        if !self.body.len().is_multiple_of(2) {
            return Err(RecordError::Body(self.kind));
        }
        let pairs = self.body.as_chunks::<2>().0.iter();
        Ok(pairs.map(|pair| u16::from_be_bytes(*pair)).collect())
    }

    /// The body as one 16-bit number.
    pub(super) fn number(&self) -> Result<u16, RecordError> {
        match self.numbers()?.as_slice() {
            [one] => Ok(*one),
            _ => Err(RecordError::Body(self.kind)),
        }
    }
}
