//! Hashes that are the same in every process and on every machine: they are stored.

/// 32 well mixed bits (FNV-1a, then finished).
pub(super) fn of(bytes: &[u8]) -> u32 {
    let all = bytes.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    });
    mixed(all)
}

/// 16 bits, never 0.
pub(super) fn short(bytes: &[u8]) -> u16 {
    ((of(bytes) >> 16) as u16).max(1)
}

/// A number as 32 well mixed bits.
pub(super) fn mixed(number: u64) -> u32 {
    let number = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ number >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    (number ^ number >> 31) as u32
}
