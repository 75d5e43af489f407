//! The NTP packet: 48 bytes, versions 1 to 4 (RFC 1305 appendix A, RFC 5905 section 7.3).

use crate::timestamp::{NtpShort, NtpTimestamp};

/// Bytes of a packet without extension fields and authenticator.
pub const LEN: usize = 48;

/// Leap indicator: what the last minute of the current day will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Leap {
    /// 0: sixty seconds.
    None,
    /// 1: the last minute of the day has 61 seconds.
    Add,
    /// 2: the last minute of the day has 59 seconds.
    Remove,
    /// 3: the clock has never been synchronised, or is no longer.
    Unsynchronised,
}

impl Leap {
    const ALL: [Leap; 4] = [Leap::None, Leap::Add, Leap::Remove, Leap::Unsynchronised];
}

/// The association mode. ITI-1 uses [`Mode::Client`] and [`Mode::Server`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// 0
    Reserved,
    /// 1
    SymmetricActive,
    /// 2
    SymmetricPassive,
    /// 3: a question.
    Client,
    /// 4: an answer.
    Server,
    /// 5
    Broadcast,
    /// 6: NTP control; never answered here, it amplifies.
    Control,
    /// 7: private; never answered here, it amplifies.
    Private,
}

impl Mode {
    const ALL: [Mode; 8] = [
        Mode::Reserved,
        Mode::SymmetricActive,
        Mode::SymmetricPassive,
        Mode::Client,
        Mode::Server,
        Mode::Broadcast,
        Mode::Control,
        Mode::Private,
    ];
}

/// Where a server has its time from: four ASCII letters at stratum 0 and 1, else 32 bits of an address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ReferenceId(pub [u8; 4]);

impl ReferenceId {
    /// The machine's own undisciplined clock.
    pub const LOCAL: ReferenceId = ReferenceId(*b"LOCL");
    /// Not yet synchronised.
    pub const INIT: ReferenceId = ReferenceId(*b"INIT");
}

impl std::fmt::Display for ReferenceId {
    /// Letters where the bytes are letters padded with zeros, otherwise dotted numbers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let letters = self
            .0
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        if letters > 0 && self.0.iter().skip(letters).all(|b| *b == 0) {
            return self
                .0
                .iter()
                .take(letters)
                .try_for_each(|b| write!(f, "{}", char::from(*b)));
        }
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

impl std::fmt::Debug for ReferenceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReferenceId({self})")
    }
}

/// One NTP packet, as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Leap indicator, 2 bits.
    pub leap: Leap,
    /// Version number, 1 to 4.
    pub version: u8,
    /// Mode, 3 bits.
    pub mode: Mode,
    /// 0 kiss-o'-death, 1 primary, 2 to 15 secondary, 16 unsynchronised.
    pub stratum: u8,
    /// Poll interval, log2 seconds.
    pub poll: i8,
    /// Precision of the clock, log2 seconds.
    pub precision: i8,
    /// Round-trip delay to the primary source.
    pub root_delay: NtpShort,
    /// Error bound to the primary source.
    pub root_dispersion: NtpShort,
    /// The source.
    pub reference_id: ReferenceId,
    /// When the server's clock was last set.
    pub reference: NtpTimestamp,
    /// T1 in an answer: the question's transmit timestamp.
    pub originate: NtpTimestamp,
    /// T2: when the question arrived at the server.
    pub receive: NtpTimestamp,
    /// T3 in an answer (T1 in a question): when this packet left.
    pub transmit: NtpTimestamp,
}

/// Why bytes are no NTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Fewer than 48 bytes.
    #[error("{0} bytes, an NTP packet has at least 48")]
    TooShort(usize),
    /// Version 0 or above 4.
    #[error("NTP version {0}, known are 1 to 4")]
    Version(u8),
}

impl Packet {
    /// A question as an SNTP client sends it: everything zero but version, mode and transmit timestamp
    /// (RFC 4330 section 5).
    pub fn question(version: u8, transmit: NtpTimestamp) -> Packet {
        Packet {
            leap: Leap::None,
            version: version.clamp(1, 4),
            mode: Mode::Client,
            stratum: 0,
            poll: 0,
            precision: 0,
            root_delay: NtpShort::default(),
            root_dispersion: NtpShort::default(),
            reference_id: ReferenceId::default(),
            reference: NtpTimestamp::ZERO,
            originate: NtpTimestamp::ZERO,
            receive: NtpTimestamp::ZERO,
            transmit,
        }
    }

    /// Reads the first 48 bytes; extension fields and authenticators after them are not read.
    pub fn parse(bytes: &[u8]) -> Result<Packet, PacketError> {
        let Some(head) = bytes.first_chunk::<LEN>() else {
            return Err(PacketError::TooShort(bytes.len()));
        };
        let version = (head[0] >> 3) & 7;
        if !(1..=4).contains(&version) {
            return Err(PacketError::Version(version));
        }
        Ok(Packet {
            leap: Leap::ALL[usize::from(head[0] >> 6)],
            version,
            mode: Mode::ALL[usize::from(head[0] & 7)],
            stratum: head[1],
            poll: head[2] as i8,
            precision: head[3] as i8,
            root_delay: NtpShort::from_bits(word(head, 4)),
            root_dispersion: NtpShort::from_bits(word(head, 8)),
            reference_id: ReferenceId(word(head, 12).to_be_bytes()),
            reference: stamp(head, 16),
            originate: stamp(head, 24),
            receive: stamp(head, 32),
            transmit: stamp(head, 40),
        })
    }

    /// The 48 bytes. Only the low three bits of the version have room.
    pub fn encode(&self) -> [u8; LEN] {
        let mut out = [0; LEN];
        out[0] = ((self.leap as u8) << 6) | ((self.version & 7) << 3) | self.mode as u8;
        out[1] = self.stratum;
        out[2] = self.poll as u8;
        out[3] = self.precision as u8;
        out[4..8].copy_from_slice(&self.root_delay.to_bits().to_be_bytes());
        out[8..12].copy_from_slice(&self.root_dispersion.to_bits().to_be_bytes());
        out[12..16].copy_from_slice(&self.reference_id.0);
        let stamps = [self.reference, self.originate, self.receive, self.transmit];
        for (place, stamp) in out[16..].chunks_exact_mut(8).zip(stamps) {
            place.copy_from_slice(&stamp.to_bits().to_be_bytes());
        }
        out
    }
}

fn word(head: &[u8; LEN], at: usize) -> u32 {
    head[at..at + 4]
        .iter()
        .fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

fn stamp(head: &[u8; LEN], at: usize) -> NtpTimestamp {
    NtpTimestamp::from_bits((u64::from(word(head, at)) << 32) | u64::from(word(head, at + 4)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_48_bytes_of_zero_but_the_first_and_the_transmit_timestamp() {
        let bytes = Packet::question(4, NtpTimestamp::from_bits(0x0102_0304_0506_0708)).encode();
        assert_eq!(bytes[0], 0x23);
        assert_eq!(bytes[1..40], [0; 39]);
        assert_eq!(bytes[40..], [1, 2, 3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn every_field_stands_at_its_place_on_the_wire() {
        let mut bytes = [0_u8; LEN];
        for (number, byte) in bytes.iter_mut().enumerate() {
            *byte = number as u8;
        }
        bytes[0] = 0b01_011_100;
        let packet = Packet::parse(&bytes).expect("a packet");
        assert_eq!(
            (packet.leap, packet.version, packet.mode),
            (Leap::Add, 3, Mode::Server)
        );
        assert_eq!((packet.stratum, packet.poll, packet.precision), (1, 2, 3));
        assert_eq!(packet.root_delay.to_bits(), 0x0405_0607);
        assert_eq!(packet.root_dispersion.to_bits(), 0x0809_0a0b);
        assert_eq!(packet.reference_id, ReferenceId([12, 13, 14, 15]));
        assert_eq!(packet.reference.to_bits(), 0x1011_1213_1415_1617);
        assert_eq!(packet.originate.to_bits(), 0x1819_1a1b_1c1d_1e1f);
        assert_eq!(packet.receive.to_bits(), 0x2021_2223_2425_2627);
        assert_eq!(packet.transmit.to_bits(), 0x2829_2a2b_2c2d_2e2f);
        assert_eq!(packet.encode(), bytes);
    }

    #[test]
    fn bad_input_short_packets_and_unknown_versions_are_refused() {
        assert_eq!(Packet::parse(&[0x23; 47]), Err(PacketError::TooShort(47)));
        for (first, version) in [(0x03, 0), (0x2b, 5), (0x33, 6), (0x3b, 7)] {
            let mut bytes = [0; LEN];
            bytes[0] = first;
            assert_eq!(Packet::parse(&bytes), Err(PacketError::Version(version)));
        }
    }

    #[test]
    fn a_reference_id_prints_letters_or_an_address() {
        assert_eq!(ReferenceId(*b"GPS\0").to_string(), "GPS");
        assert_eq!(ReferenceId::LOCAL.to_string(), "LOCL");
        assert_eq!(ReferenceId([10, 0, 0, 1]).to_string(), "10.0.0.1");
    }
}
