//! FHS and BHS, BTS and FTS (HL7 v2.5 sections 2.15.2, 2.15.3, 2.15.6, 2.15.7).

use crate::Separators;
use crate::build::SegmentBuilder;
use crate::charset::Charset;
use std::fmt;

/// FHS or BHS, which have the same fields. Texts are raw: escaped, with their own delimiters; absent ones are empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct EnvelopeHeader {
    /// Where the segment is in the file read; not written.
    pub offset: u64,
    /// Field 1 and 2. What is written always has the recommended ones.
    pub separators: Separators,
    /// Field 3 (HD).
    pub sending_application: String,
    /// Field 4 (HD).
    pub sending_facility: String,
    /// Field 5 (HD).
    pub receiving_application: String,
    /// Field 6 (HD).
    pub receiving_facility: String,
    /// Field 7, when the file or batch was made (TS).
    pub date_time: String,
    /// Field 8, security.
    pub security: String,
    /// Field 9, file name or id; batch name, id or type.
    pub name: String,
    /// Field 10, comment.
    pub comment: String,
    /// Field 11, control id.
    pub control_id: String,
    /// Field 12, the control id of the file or batch that this one answers.
    pub reference_control_id: String,
}

impl EnvelopeHeader {
    /// The header of the batch that acknowledges this one (HL7 v2.5 section 2.10.3.3): sender and receiver swapped, field 12
    /// says which batch is answered. Its messages are the acknowledgements of the single messages, all of them or, by
    /// agreement, only those that are not AA.
    ///
    /// ```
    /// use hl7v2::batch::{EnvelopeHeader, Item, Reader, Writer};
    /// use hl7v2::{ack::AckCode, build};
    /// let file = b"BHS|^~\\&|LAB||HIS||||||B7\rMSH|^~\\&|LAB||HIS||2026||ORU^R01|1|P|2.5\rBTS|1\r";
    /// let mut answer = Writer::new(Vec::new());
    /// for item in Reader::new(&file[..]) {
    ///     match item? {
    ///         Item::BatchHeader(header) => answer.begin_batch(&EnvelopeHeader {
    ///             date_time: "20261121".into(),
    ///             ..header.answer("A1")
    ///         })?,
    ///         Item::Message(found) => answer.message(&build::acknowledgement(&found.parse()?, AckCode::Aa, &[]))?,
    ///         _ => {}
    ///     }
    /// }
    /// let answer = String::from_utf8(answer.finish()?)?;
    /// assert!(answer.starts_with("BHS|^~\\&|HIS||LAB||20261121||||A1|B7\rMSH|") && answer.ends_with("\rMSA|AA|1\rBTS|1\r"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn answer(&self, control_id: impl Into<String>) -> EnvelopeHeader {
        let plain = |raw: &str| self.separators.to_default(raw);
        EnvelopeHeader {
            sending_application: plain(&self.receiving_application),
            sending_facility: plain(&self.receiving_facility),
            receiving_application: plain(&self.sending_application),
            receiving_facility: plain(&self.sending_facility),
            date_time: crate::build::now(),
            control_id: control_id.into(),
            reference_control_id: plain(&self.control_id),
            ..EnvelopeHeader::default()
        }
    }

    /// Reads a line that begins with `FHS` or `BHS`; `None` if its delimiters are unusable.
    pub(super) fn read(line: &[u8], offset: u64) -> Option<EnvelopeHeader> {
        let line = text(line);
        let separator = *line.as_bytes().get(3).filter(|byte| byte.is_ascii())?;
        let mut fields = line.get(4..)?.split(char::from(separator));
        let (separators, _) = Separators::read(separator, fields.next()?.as_bytes())?;
        let mut next = || fields.next().unwrap_or_default().to_owned();
        Some(EnvelopeHeader {
            offset,
            separators,
            sending_application: next(),
            sending_facility: next(),
            receiving_application: next(),
            receiving_facility: next(),
            date_time: next(),
            security: next(),
            name: next(),
            comment: next(),
            control_id: next(),
            reference_control_id: next(),
        })
    }

    /// The segment in the recommended delimiters, without its terminator.
    pub(super) fn segment(&self, name: &'static str) -> String {
        let plain = |raw: &str| self.separators.to_default(raw);
        SegmentBuilder::new(name)
            .raw(2, Separators::DEFAULT.encoding_characters())
            .raw(3, plain(&self.sending_application))
            .raw(4, plain(&self.sending_facility))
            .raw(5, plain(&self.receiving_application))
            .raw(6, plain(&self.receiving_facility))
            .raw(7, plain(&self.date_time))
            .raw(8, plain(&self.security))
            .raw(9, plain(&self.name))
            .raw(10, plain(&self.comment))
            .raw(11, plain(&self.control_id))
            .raw(12, plain(&self.reference_control_id))
            .build()
    }
}

impl fmt::Debug for EnvelopeHeader {
    /// Without the texts: a comment may name a patient.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvelopeHeader")
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// BTS or FTS.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Trailer {
    /// Where the segment is in the file.
    pub offset: u64,
    /// BTS-1, messages in the batch, or FTS-1, batches in the file; `None` if empty or no number.
    pub count: Option<u64>,
    /// Field 2, comment, raw.
    pub comment: String,
    /// BTS-3, totals of the batch (NM), raw with its repetitions; empty in FTS.
    pub totals: String,
}

impl Trailer {
    /// Reads a line that begins with `BTS` or `FTS`. The flag says that field 1 is not empty and no number.
    pub(super) fn read(line: &[u8], offset: u64) -> (Trailer, bool) {
        let line = text(line);
        let separator = line.chars().nth(3).unwrap_or('|');
        let mut fields = line.split(separator).skip(1);
        let mut next = || fields.next().unwrap_or_default().to_owned();
        let first = next();
        let digits = first.trim();
        let count = digits.parse().ok();
        let unreadable = count.is_none() && !digits.is_empty();
        let trailer = Trailer {
            offset,
            count,
            comment: next(),
            totals: next(),
        };
        (trailer, unreadable)
    }
}

impl fmt::Debug for Trailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trailer")
            .field("offset", &self.offset)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

/// Envelope segments do not say their character set: ISO-2022-JP by its escape sequences, else UTF-8, else ISO 8859-1.
fn text(line: &[u8]) -> String {
    if crate::charset::switches_to_kanji(line)
        && let Ok(decoded) = Charset::Iso2022Jp.decode(line)
    {
        return decoded.text;
    }
    std::str::from_utf8(line).map_or_else(
        |_| line.iter().copied().map(char::from).collect(),
        str::to_owned,
    )
}
