//! CT-R-006 and the arithmetic of RFC 4330 section 5, without a socket.

use super::*;
use proptest::prelude::*;

const SECOND: u64 = 1 << 32;

fn at(seconds: f64) -> NtpTimestamp {
    NtpTimestamp::from_bits(0xE900_0000_u64.wrapping_shl(32)).plus(Duration::from_secs_f64(seconds))
}

fn answer(exchange: &Exchange, receive: NtpTimestamp, transmit: NtpTimestamp) -> Packet {
    Packet {
        mode: Mode::Server,
        stratum: 2,
        originate: exchange.packet().transmit,
        receive,
        transmit,
        ..exchange.packet()
    }
}

fn verdict(change: impl Fn(&mut Packet)) -> Result<Measurement, Rejection> {
    let exchange = Exchange::start(at(0.0)).with_cookie(0xfeed_beef);
    let mut packet = answer(&exchange, at(0.1), at(0.1));
    change(&mut packet);
    exchange.finish(&packet.encode(), at(0.2))
}

#[test]
fn offset_is_exact_when_both_ways_are_equally_long() {
    // We are 10 s slow; 50 ms each way, 20 ms in the server.
    let (offset, delay) = offset_and_delay(at(0.0), at(10.05), at(10.07), at(0.12));
    assert!((offset - 10_000_000_000).abs() < 5, "{offset}");
    assert!((delay - 100_000_000).abs() < 5, "{delay}");
}

#[test]
fn with_an_asymmetric_path_the_error_is_half_the_asymmetry_and_within_half_the_delay() {
    // True offset 0; 300 ms there, 100 ms back.
    let (offset, delay) = offset_and_delay(at(0.0), at(0.3), at(0.3), at(0.4));
    assert!((offset - 100_000_000).abs() < 5, "{offset}");
    assert!(offset.abs() <= delay / 2, "{offset} {delay}");
}

#[test]
fn offset_is_right_when_the_era_rolls_over_between_question_and_answer() {
    let before = NtpTimestamp::from_bits(u64::MAX - SECOND / 4);
    let t2 = before.plus(Duration::from_millis(500));
    let (offset, delay) = offset_and_delay(before, t2, t2, before.plus(Duration::from_secs(1)));
    assert!(
        offset.abs() < 5 && (delay - 1_000_000_000).abs() < 5,
        "{offset} {delay}"
    );
}

#[test]
fn a_client_68_years_off_does_not_overflow() {
    let far = NtpTimestamp::from_bits(at(0.0).to_bits().wrapping_add(1 << 63));
    let (offset, _) = offset_and_delay(at(0.0), far, far, at(0.1));
    assert!(
        offset.unsigned_abs() > 2_000_000_000_000_000_000,
        "{offset}"
    );
}

#[test]
fn ct_r_006_a_good_answer_is_measured() {
    let measured = verdict(|_| {}).expect("good");
    assert!(measured.offset.abs() < 5 && (measured.delay - 200_000_000).abs() < 5);
    assert_eq!((measured.stratum, measured.leap), (2, Leap::None));
}

#[test]
fn ct_r_006_another_originate_timestamp_is_ignored() {
    assert_eq!(
        verdict(|p| p.originate = at(0.0)),
        Err(Rejection::Originate)
    );
    assert_eq!(
        verdict(|p| p.originate = NtpTimestamp::ZERO),
        Err(Rejection::Originate)
    );
    assert!(Rejection::Originate.may_be_forged());
}

#[test]
fn ct_r_006_stratum_0_is_a_kiss_and_its_code_is_read() {
    let kiss = |code: &[u8; 4]| {
        verdict(|p| {
            p.stratum = 0;
            p.leap = Leap::Unsynchronised;
            p.reference_id = ReferenceId(*code);
        })
    };
    assert_eq!(kiss(b"DENY"), Err(Rejection::Kiss(Kiss::Deny)));
    assert_eq!(kiss(b"RSTR"), Err(Rejection::Kiss(Kiss::Restrict)));
    assert_eq!(kiss(b"RATE"), Err(Rejection::Kiss(Kiss::Rate)));
    assert_eq!(
        kiss(b"INIT"),
        Err(Rejection::Kiss(Kiss::Other(ReferenceId::INIT)))
    );
    assert!(Kiss::Deny.must_stop() && Kiss::Restrict.must_stop() && !Kiss::Rate.must_stop());
}

#[test]
fn ct_r_006_a_kiss_for_another_question_is_not_obeyed() {
    let refused = verdict(|p| {
        p.stratum = 0;
        p.reference_id = ReferenceId(*b"DENY");
        p.originate = at(3.0);
    });
    assert_eq!(refused, Err(Rejection::Originate));
}

#[test]
fn ct_r_006_an_unsynchronised_server_is_not_believed() {
    assert_eq!(
        verdict(|p| p.leap = Leap::Unsynchronised),
        Err(Rejection::Unsynchronised)
    );
    assert_eq!(verdict(|p| p.stratum = 16), Err(Rejection::Unsynchronised));
    assert!(verdict(|p| p.stratum = 15).is_ok());
}

#[test]
fn ct_r_006_an_answer_without_time_is_ignored() {
    assert_eq!(
        verdict(|p| p.transmit = NtpTimestamp::ZERO),
        Err(Rejection::NoTime)
    );
    assert_eq!(
        verdict(|p| p.receive = NtpTimestamp::ZERO),
        Err(Rejection::NoTime)
    );
}

#[test]
fn bad_input_only_mode_4_is_an_answer() {
    for mode in [
        Mode::Reserved,
        Mode::SymmetricActive,
        Mode::Client,
        Mode::Broadcast,
        Mode::Control,
        Mode::Private,
    ] {
        assert_eq!(verdict(|p| p.mode = mode), Err(Rejection::Mode(mode)));
    }
}

#[test]
fn ct_r_001_a_server_that_states_more_than_a_second_of_error_is_not_believed() {
    assert_eq!(
        verdict(|p| p.root_dispersion = NtpShort::from_bits(0x1_0001)),
        Err(Rejection::RootDistance)
    );
    assert_eq!(
        verdict(|p| p.root_delay = NtpShort::from_bits(0x2_0002)),
        Err(Rejection::RootDistance)
    );
    assert!(verdict(|p| p.root_delay = NtpShort::from_bits(0x1_ffff)).is_ok());
}

#[test]
fn an_answer_that_spent_more_time_in_the_server_than_passed_contradicts_itself() {
    assert_eq!(
        verdict(|p| p.transmit = at(5.0)),
        Err(Rejection::Contradiction)
    );
}

#[test]
fn leap_warnings_01_and_10_are_passed_through() {
    assert_eq!(
        verdict(|p| p.leap = Leap::Add).map(|m| m.leap),
        Ok(Leap::Add)
    );
    assert_eq!(
        verdict(|p| p.leap = Leap::Remove).map(|m| m.leap),
        Ok(Leap::Remove)
    );
}

proptest! {
    #[test]
    fn any_48_bytes_with_a_known_version_survive_decode_and_encode(mut bytes in proptest::array::uniform32(any::<u8>()), tail in proptest::array::uniform16(any::<u8>()), version in 1_u8..=4) {
        bytes[0] = (bytes[0] & 0b11_000_111) | (version << 3);
        let whole: Vec<u8> = bytes.iter().chain(&tail).copied().collect();
        let packet = Packet::parse(&whole).expect("48 bytes of a known version");
        prop_assert_eq!(packet.encode().to_vec(), whole);
    }

    #[test]
    fn a_measured_offset_is_wrong_by_at_most_half_the_delay(start in any::<u64>(), offset in -1_000_000_i64..1_000_000, there in 0_u64..5_000, inside in 0_u64..500, back in 0_u64..5_000) {
        let t1 = NtpTimestamp::from_bits(start);
        let moved = start.wrapping_add((offset as u64).wrapping_mul(SECOND / 1_000));
        let t2 = NtpTimestamp::from_bits(moved).plus(Duration::from_millis(there));
        let t3 = t2.plus(Duration::from_millis(inside));
        let t4 = t1.plus(Duration::from_millis(there + inside + back));
        let (measured, delay) = offset_and_delay(t1, t2, t3, t4);
        let truth = offset * 1_000_000;
        prop_assert!((delay - (there + back) as i64 * 1_000_000).abs() < 10);
        // SECOND / 1000 is cut: up to 1e6 of them lose 0.3 ms.
        prop_assert!((measured - truth).abs() <= delay / 2 + 1_000_000);
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), now in any::<u64>()) {
        let _ = Exchange::start(NtpTimestamp::from_bits(now)).finish(&bytes, NtpTimestamp::from_bits(now.wrapping_add(9)));
    }
}
