//! What the Time Server says and when it is silent, without a socket.

use super::*;
use std::net::Ipv4Addr;

const NOW: NtpTimestamp = NtpTimestamp::from_bits(0xE900_0000_1234_5678);
const COOKIE: NtpTimestamp = NtpTimestamp::from_bits(0x0102_0304_0506_0708);

fn answer_to(datagram: &[u8]) -> Option<[u8; LEN]> {
    let server = TimeServer::new(ServerState::local_clock(10));
    let mut rates = RateTable::new(&ServerLimits::default());
    let answer = server.answer(datagram, Ipv4Addr::LOCALHOST.into(), NOW, &mut rates);
    answer.map(|answer| plain(&answer))
}

fn plain(answer: &Answer) -> [u8; LEN] {
    answer.bytes().try_into().expect("48 bytes")
}

#[test]
fn ct_r_002_the_answer_carries_origin_version_poll_and_receive_time() {
    for version in 1..=4 {
        let question = Packet {
            poll: 6,
            ..Packet::question(version, COOKIE)
        };
        let bytes = answer_to(&question.encode()).expect("an answer");
        assert_eq!(bytes[0], (version << 3) | 4);
        assert_eq!((bytes[1], bytes[2]), (10, 6));
        assert_eq!(&bytes[12..16], b"LOCL");
        assert_eq!(bytes[24..32], [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(bytes[32..40], NOW.to_bits().to_be_bytes());
        assert_ne!(bytes[40..48], [0; 8]);
    }
}

#[test]
fn ct_r_008_a_server_without_synchronisation_says_li_3_and_stratum_16() {
    let unsynchronised = [
        ServerState::Unsynchronised,
        ServerState::local_clock(0),
        ServerState::local_clock(16),
    ];
    for state in unsynchronised {
        let bytes = reply(&Packet::question(4, COOKIE), state, NOW).encode();
        assert_eq!((bytes[0] >> 6, bytes[1]), (3, 16));
        assert_eq!(bytes[16..24], [0; 8], "no reference time");
    }
}

#[test]
fn leap_warnings_are_passed_on() {
    for (leap, bits) in [(Leap::Add, 1), (Leap::Remove, 2)] {
        let state = ServerState::Clock {
            offset: 0,
            stratum: 2,
            leap,
            root_delay: Duration::from_millis(500),
            root_dispersion: Duration::from_millis(250),
            reference_id: ReferenceId([10, 0, 0, 1]),
            reference: Some(COOKIE),
        };
        let bytes = reply(&Packet::question(4, COOKIE), state, NOW).encode();
        assert_eq!(bytes[0] >> 6, bits);
        assert_eq!(bytes[4..12], [0, 0, 0x80, 0, 0, 0, 0x40, 0]);
        assert_eq!(bytes[12..24], [10, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
}

#[test]
fn bad_input_short_datagrams_other_modes_and_versions_are_dropped() {
    let question = Packet::question(4, COOKIE).encode();
    assert_eq!(answer_to(&question[..47]), None);
    assert_eq!(answer_to(&[]), None);
    for mode in [0, 1, 2, 4, 5, 6, 7] {
        let mut other = question;
        other[0] = 0x20 | mode;
        assert_eq!(answer_to(&other), None, "mode {mode}");
    }
    for version in [0_u8, 5, 6, 7] {
        let mut other = question;
        other[0] = (version << 3) | 3;
        assert_eq!(answer_to(&other), None, "version {version}");
    }
}

#[test]
fn bad_input_a_long_question_gets_a_short_answer() {
    let mut long = Packet::question(4, COOKIE).encode().to_vec();
    long.extend([0xAA; 900]);
    assert_eq!(answer_to(&long).map(|bytes| bytes.len()), Some(48));
}

#[test]
fn a_noisy_client_gets_one_rate_kiss_that_names_its_question() {
    let server = TimeServer::new(ServerState::local_clock(10));
    let mut rates = RateTable::new(&ServerLimits {
        burst: 1,
        per_second: 1,
        ..ServerLimits::default()
    });
    let question = Packet::question(4, COOKIE).encode();
    let mut ask = || {
        let answer = server.answer(&question, Ipv4Addr::LOCALHOST.into(), NOW, &mut rates);
        answer.map(|answer| plain(&answer))
    };
    assert_eq!(ask().map(|bytes| bytes[1]), Some(10));
    let kiss = ask().expect("a kiss");
    assert_eq!((kiss[0] >> 6, kiss[1]), (3, 0));
    assert_eq!(&kiss[12..16], b"RATE");
    assert_eq!(kiss[24..32], COOKIE.to_bits().to_be_bytes());
    assert_eq!(ask(), None);
}

#[test]
fn ct_r_004_what_only_sntp_found_out_is_not_served_and_what_ntp_found_out_is() {
    use crate::client::frame::tests::{measured, start};
    use crate::health::Reading;
    let now = start();
    let health = TimeHealth::since(Default::default(), now);
    health.record(measured(0.25, 0.01), now);
    assert!(health.health(now).is_good());
    assert_eq!(ServerState::of(&health, now), ServerState::Unsynchronised);
    let mut reading = Reading::of(&measured(0.25, 0.01), now, 1e-4);
    reading.source.address = Some("192.0.2.7:123".parse().expect("an address"));
    health.read(reading);
    let ServerState::Clock {
        offset,
        stratum,
        reference_id,
        root_delay,
        root_dispersion,
        ..
    } = ServerState::of(&health, now)
    else {
        panic!("not served");
    };
    assert_eq!((offset, stratum), (250_000_000, 3));
    assert_eq!(reference_id, ReferenceId([192, 0, 2, 7]));
    let distance = root_delay / 2 + root_dispersion;
    assert!(
        distance >= health.health(now).bound.expect("known"),
        "the bound is passed on"
    );
}

#[test]
fn ct_r_008_a_server_whose_time_is_lost_or_too_uncertain_says_so() {
    use crate::client::frame::tests::{measured, start};
    use crate::health::Reading;
    let now = start();
    let health = TimeHealth::since(Default::default(), now);
    let served = |now| ServerState::of(&health, now) != ServerState::Unsynchronised;
    assert!(!served(now), "nothing is known");
    let mut reading = Reading::of(&measured(0.0, 0.01), now, 1e-4);
    reading.source.address = Some("192.0.2.7:123".parse().expect("an address"));
    health.read(reading);
    assert!(served(now.plus(Duration::from_secs(3600))));
    assert!(!served(now.plus(Duration::from_secs(3601))), "lost");
    reading.high += 2_000_000_000;
    health.read(reading);
    assert!(!served(now), "too uncertain");
}
