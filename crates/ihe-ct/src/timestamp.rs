//! NTP timestamps: 64 bits since 1900-01-01 UTC, seconds and binary fraction (RFC 5905 section 6).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds from 1900-01-01 (NTP era 0) to 1970-01-01 (Unix).
pub const UNIX_OFFSET: u64 = 2_208_988_800;

const NANOS: i128 = 1_000_000_000;

/// A moment in UTC, modulo 2^32 seconds: the era is not in the packet. Zero means "not known".
///
/// Differences are right across the roll-over of 2036-02-07 06:28:16 UTC as long as the two moments
/// are less than 68 years apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct NtpTimestamp(u64);

impl NtpTimestamp {
    /// The value that says "not known" or "never".
    pub const ZERO: NtpTimestamp = NtpTimestamp(0);

    /// From the 64 bits of a packet: seconds in the upper half, 2^-32 seconds in the lower.
    pub const fn from_bits(bits: u64) -> NtpTimestamp {
        NtpTimestamp(bits)
    }

    /// The 64 bits as they stand in a packet.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// The time of the machine's clock now.
    pub fn now() -> NtpTimestamp {
        NtpTimestamp::from_system(SystemTime::now())
    }

    /// From a system time; times before 1970 are right too.
    pub fn from_system(time: SystemTime) -> NtpTimestamp {
        let unix = NtpTimestamp(UNIX_OFFSET << 32);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => unix.plus(after),
            Err(before) => NtpTimestamp(unix.0.wrapping_sub(bits_of(before.duration()))),
        }
    }

    /// The system time nearest to `near` that this timestamp can mean; `None` if it cannot be represented.
    pub fn to_system(self, near: SystemTime) -> Option<SystemTime> {
        let nanos = self.nanos_since(NtpTimestamp::from_system(near));
        let size = Duration::from_nanos(nanos.unsigned_abs());
        if nanos < 0 {
            near.checked_sub(size)
        } else {
            near.checked_add(size)
        }
    }

    /// This moment moved later, across an era if need be.
    pub fn plus(self, duration: Duration) -> NtpTimestamp {
        NtpTimestamp(self.0.wrapping_add(bits_of(duration)))
    }

    /// This moment moved by so many nanoseconds, either way.
    pub fn moved(self, nanos: i64) -> NtpTimestamp {
        let bits = (i128::from(nanos) << 32).div_euclid(NANOS);
        NtpTimestamp(self.0.wrapping_add(bits as u64))
    }

    /// `self - earlier` in units of 2^-32 s, by two's complement: an era boundary between them does no harm.
    pub fn bits_since(self, earlier: NtpTimestamp) -> i64 {
        self.0.wrapping_sub(earlier.0) as i64
    }

    /// `self - earlier` in nanoseconds.
    pub fn nanos_since(self, earlier: NtpTimestamp) -> i64 {
        bits_to_nanos(i128::from(self.bits_since(earlier)))
    }

    /// True for the value that says "not known".
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl std::fmt::Debug for NtpTimestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}.{:08x}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

/// 2^-32 seconds to nanoseconds, rounded to nearest, held within `i64`.
pub(crate) fn bits_to_nanos(bits: i128) -> i64 {
    let nanos = (bits * NANOS + (1 << 31)) >> 32;
    nanos.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

fn bits_of(duration: Duration) -> u64 {
    let fraction = (u64::from(duration.subsec_nanos()) << 32) / 1_000_000_000;
    (duration.as_secs() << 32) | fraction
}

/// A short interval as root delay and dispersion carry it: 16 bits of seconds, 16 of fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct NtpShort(u32);

impl NtpShort {
    /// From the 32 bits of a packet.
    pub const fn from_bits(bits: u32) -> NtpShort {
        NtpShort(bits)
    }

    /// The 32 bits as they stand in a packet.
    pub const fn to_bits(self) -> u32 {
        self.0
    }

    /// Rounded up, so that an error bound is never understated; at most 65535.99 s.
    pub fn from_duration(duration: Duration) -> NtpShort {
        let bits = (duration.as_nanos() << 16).div_ceil(1_000_000_000);
        NtpShort(u32::try_from(bits).unwrap_or(u32::MAX))
    }

    /// As a duration, to the nanosecond below.
    pub fn to_duration(self) -> Duration {
        Duration::from_nanos((u64::from(self.0) * 1_000_000_000) >> 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unix_epoch_is_the_known_ntp_second() {
        assert_eq!(
            NtpTimestamp::from_system(UNIX_EPOCH).to_bits(),
            0x83aa_7e80_0000_0000
        );
    }

    #[test]
    fn ct_facts_the_era_rolls_over_on_2036_02_07_at_06_28_16() {
        let last = UNIX_EPOCH + Duration::from_secs(2_085_978_495);
        assert_eq!(
            NtpTimestamp::from_system(last).to_bits(),
            0xffff_ffff_0000_0000
        );
        let first = NtpTimestamp::from_system(last + Duration::from_millis(1_500));
        assert_eq!(first.to_bits(), 0x0000_0000_8000_0000);
        assert_eq!(
            first.nanos_since(NtpTimestamp::from_system(last)),
            1_500_000_000
        );
    }

    #[test]
    fn an_era_1_timestamp_read_near_its_own_day_is_the_right_day() {
        let day = UNIX_EPOCH + Duration::from_secs(2_100_000_000);
        let stamp = NtpTimestamp::from_system(day + Duration::from_secs(5));
        let read = stamp.to_system(day).expect("representable");
        assert_eq!(read, day + Duration::from_secs(5));
    }

    #[test]
    fn a_moment_moves_either_way_across_the_era() {
        let first = NtpTimestamp::from_bits(0x0000_0000_8000_0000);
        assert_eq!(first.moved(-1_000_000_000).to_bits(), 0xffff_ffff_8000_0000);
        assert_eq!(first.moved(-1_000_000_000).moved(1_000_000_000), first);
    }

    #[test]
    fn a_time_before_1970_keeps_its_place() {
        let before = NtpTimestamp::from_system(UNIX_EPOCH - Duration::from_secs(10));
        assert_eq!(before.to_bits() >> 32, UNIX_OFFSET - 10);
    }

    #[test]
    fn a_dispersion_is_never_understated() {
        assert_eq!(
            NtpShort::from_duration(Duration::from_nanos(1)).to_bits(),
            1
        );
        assert_eq!(
            NtpShort::from_duration(Duration::from_secs(1)).to_bits(),
            0x1_0000
        );
        assert_eq!(
            NtpShort::from_duration(Duration::from_secs(1 << 20)).to_bits(),
            u32::MAX
        );
    }
}
