//! ITI-1: the Time Server's datagrams (ITI TF-2 3.1, RFC 5905 section 7.3).

use crate::domain::Domain;
use std::net::UdpSocket;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const ORIGIN: [u8; 8] = [0xCA, 0xFE, 1, 2, 3, 4, 5, 6];

fn socket(domain: &Domain) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.connect(domain.endpoint("ntp")).expect("an address");
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a timeout");
    socket
}

fn question(first: u8) -> Vec<u8> {
    let mut packet = vec![0; 48];
    packet[0] = first;
    packet[40..].copy_from_slice(&ORIGIN);
    packet
}

/// Seconds since 1970 of the timestamp at `at`, in era 0.
fn unix_seconds(packet: &[u8], at: usize) -> u64 {
    let seconds = packet[at..at + 4]
        .iter()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    seconds.checked_sub(2_208_988_800).expect("after 1970")
}

pub(crate) fn iti_1_a_question_is_answered(domain: &Domain) {
    for version in [3, 4] {
        let socket = socket(domain);
        socket.send(&question(version << 3 | 3)).expect("sent");
        let mut buffer = [0; 1024];
        let length = socket.recv(&mut buffer).expect("an answer");
        let answer = &buffer[..length];
        assert_eq!(length, 48);
        assert_eq!(answer[0] & 0x3f, version << 3 | 4, "version echoed, mode 4");
        assert!(
            answer[0] >> 6 != 3 && (1..=15).contains(&answer[1]),
            "it has time to give"
        );
        assert_eq!(answer[24..32], ORIGIN);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970")
            .as_secs();
        for at in [32, 40] {
            assert!(
                unix_seconds(answer, at).abs_diff(now) <= 2,
                "not the time of this machine"
            );
        }
    }
}

pub(crate) fn bad_datagrams_are_not_answered(domain: &Domain) {
    let socket = socket(domain);
    let short = question(0x23)[..47].to_vec();
    for bad in [
        short,
        question(0x03),
        question(0x2b),
        question(0x24),
        question(0x26),
        question(0x27),
    ] {
        socket.send(&bad).expect("sent");
    }
    // One thread serves in order: the first answer to come must be the good question's.
    let mut good = question(0x23);
    good[47] = 0x77;
    socket.send(&good).expect("sent");
    let mut buffer = [0; 1024];
    let length = socket.recv(&mut buffer).expect("an answer");
    assert_eq!(
        (length, buffer[31]),
        (48, 0x77),
        "a bad datagram was answered"
    );
}
