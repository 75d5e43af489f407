//! ITI-20 a record as one value of a table: a version byte, then numbers little-endian and texts with
//! their length (u32) before them.

use chrono::{DateTime, FixedOffset};

use crate::store::{RecordSummary, StoredRecord};
use crate::trail::RecordFlags;

const VERSION: u8 = 1;

/// All but the sequence.
pub(crate) fn encode(record: &StoredRecord) -> Vec<u8> {
    let mut bytes = vec![VERSION, record.flags.bits()];
    bytes.extend_from_slice(&record.received.timestamp_micros().to_le_bytes());
    text(&mut bytes, &record.peer);
    if let Some(summary) = &record.summary {
        bytes.extend_from_slice(&summary.event_time.timestamp_micros().to_le_bytes());
        let offset = summary.event_time.offset().local_minus_utc();
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&[summary.outcome, u8::from(summary.cut)]);
        for one in [
            &summary.event_id,
            &summary.event_type,
            &summary.action,
            &summary.source_id,
        ] {
            text(&mut bytes, one);
        }
        for list in [&summary.users, &summary.patients, &summary.objects] {
            bytes.extend_from_slice(&(list.len() as u32).to_le_bytes());
            list.iter().for_each(|one| text(&mut bytes, one));
        }
    }
    bytes
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// What `encode` wrote; None: it is not that.
pub(crate) fn decode(sequence: u64, bytes: &[u8]) -> Option<StoredRecord> {
    let mut rest = Rest(bytes);
    let [VERSION, flags] = rest.take()? else {
        return None;
    };
    Some(StoredRecord {
        sequence,
        flags: RecordFlags::from_bits(flags),
        received: DateTime::from_timestamp_micros(rest.number()?)?,
        peer: rest.text()?,
        summary: if rest.0.is_empty() {
            None
        } else {
            Some(summary(&mut rest)?)
        },
    })
}

fn summary(rest: &mut Rest<'_>) -> Option<RecordSummary> {
    let time = DateTime::from_timestamp_micros(rest.number()?)?;
    let offset = FixedOffset::east_opt(i32::from_le_bytes(rest.take()?))?;
    let [outcome, cut] = rest.take()?;
    Some(RecordSummary {
        event_time: time.with_timezone(&offset),
        outcome,
        cut: cut != 0,
        event_id: rest.text()?,
        event_type: rest.text()?,
        action: rest.text()?,
        source_id: rest.text()?,
        users: rest.list()?,
        patients: rest.list()?,
        objects: rest.list()?,
    })
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let length = u32::from_le_bytes(self.take()?) as usize;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok().map(str::to_owned)
    }

    fn list(&mut self) -> Option<Vec<String>> {
        let count = u32::from_le_bytes(self.take()?);
        (0..count).map(|_| self.text()).collect()
    }
}
