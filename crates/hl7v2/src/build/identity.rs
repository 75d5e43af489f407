//! Control ids and times.

use chrono::{DateTime, FixedOffset, Utc};
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A new MSH-10 of 20 characters (the length v2.5 allows): microseconds since 1970, a number of this process, a counter.
pub fn control_id() -> String {
    static PROCESS: OnceLock<u64> = OnceLock::new();
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let process = *PROCESS.get_or_init(|| RandomState::new().hash_one(std::process::id()));
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let micros = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_micros() as u64);
    let mut id = String::with_capacity(20);
    for (number, width) in [(micros, 10), (process, 5), (u64::from(count), 5)] {
        base36(number, width, &mut id);
    }
    id
}

/// The lowest `width` digits of a number.
fn base36(mut number: u64, width: usize, out: &mut String) {
    let mut digits = vec!['0'; width];
    for digit in digits.iter_mut().rev() {
        *digit = char::from(DIGITS[(number % 36) as usize]);
        number /= 36;
    }
    out.extend(digits);
}

/// The present time as a TS to seconds in UTC: `20261121143000+0000`.
pub fn now() -> String {
    date_time(Utc::now(), Zone::Utc)
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// In UTC, with `+0000`.
    Utc,
    /// In the time of this offset, which is written: `20261121233000+0900`.
    Offset(FixedOffset),
    /// In the time of this offset, which is not written, as SS-MIX2 and JAHIS ask for.
    Unwritten(FixedOffset),
}

/// A time as a TS to seconds (HL7 v2.5 section 2A.77).
///
/// ```
/// use chrono::{DateTime, FixedOffset};
/// use hl7v2::build::{Zone, date_time};
/// let at = DateTime::from_timestamp(1_792_000_000, 0).unwrap();
/// let japan = FixedOffset::east_opt(9 * 3600).unwrap();
/// assert_eq!(date_time(at, Zone::Utc), "20261014174640+0000");
/// assert_eq!(date_time(at, Zone::Offset(japan)), "20261015024640+0900");
/// assert_eq!(date_time(at, Zone::Unwritten(japan)), "20261015024640");
/// ```
pub fn date_time(at: DateTime<Utc>, zone: Zone) -> String {
    match zone {
        Zone::Utc => at.format("%Y%m%d%H%M%S+0000").to_string(),
        Zone::Offset(offset) => at
            .with_timezone(&offset)
            .format("%Y%m%d%H%M%S%z")
            .to_string(),
        Zone::Unwritten(offset) => at.with_timezone(&offset).format("%Y%m%d%H%M%S").to_string(),
    }
}
