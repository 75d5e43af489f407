//! NTP packets: parsed, answered, judged.
#![no_main]

use ihe_ct::{Exchange, NtpTimestamp, Packet, ServerState, server};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let now = NtpTimestamp::from_bits(0xE900_0000_0000_0000);
    let exchange = Exchange::start(now).with_cookie(0);
    let _ = exchange.finish(bytes, now);
    let Ok(packet) = Packet::parse(bytes) else {
        return;
    };
    assert_eq!(packet.encode()[..], bytes[..48]);
    let answer = server::reply(&packet, ServerState::local_clock(10), now);
    assert_eq!(Packet::parse(&answer.encode()), Ok(answer));
    // An answer to our own question, with everything but mode and origin as found.
    let mut ours = packet.encode();
    ours[0] = (ours[0] & 0xf8) | 4;
    ours[24..32].copy_from_slice(&1_u64.to_be_bytes());
    if let Ok(measured) = exchange.finish(&ours, now) {
        assert!((1..=15).contains(&measured.stratum) && measured.delay >= 0);
    }
});
