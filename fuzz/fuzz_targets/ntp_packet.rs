//! NTP packets: parsed, answered, judged, and given to the client's protocol.
#![no_main]

use ihe_ct::client::{Action, ClientOptions, Event, Machine, Timer};
use ihe_ct::{Exchange, Moment, NtpTimestamp, Packet, ServerState, server};
use libfuzzer_sys::fuzz_target;
use std::time::{Duration, Instant, UNIX_EPOCH};

fuzz_target!(|bytes: &[u8]| {
    let now = NtpTimestamp::from_bits(0xE900_0000_0000_0000);
    let exchange = Exchange::start(now).with_cookie(0);
    let _ = exchange.finish(bytes, now);
    several_servers(bytes);
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

/// Three servers whose answers are the input, 53 bytes each: who, how much later, by how much the wall clock was
/// set meanwhile, and the packet, made an answer to the question at hand or left as it is.
fn several_servers(bytes: &[u8]) {
    let mut cookie = 0;
    let names = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
    let mut client = Machine::new(&names, ClientOptions::default(), move || {
        cookie += 1;
        cookie
    })
    .adjusting();
    let mut now = Moment {
        wall: UNIX_EPOCH + Duration::from_secs(1_795_219_200),
        steady: Instant::now(),
    };
    let mut asked = [[0; 8]; 3];
    act(client.handle(Event::Start, now), &mut asked);
    for part in bytes.chunks(53) {
        let [who, later, set, forged, tail @ ..] = part else {
            return;
        };
        let server = usize::from(who % 3);
        now = now.plus(Duration::from_millis(u64::from(*later) * 50));
        now.wall += Duration::from_millis(u64::from(*set) * 4);
        let mut datagram = tail.to_vec();
        if let (Some(origin), 0) = (datagram.get_mut(24..32), forged % 2) {
            origin.copy_from_slice(&asked[server]);
        }
        let datagram = &datagram[..];
        act(
            client.handle(Event::Received { server, datagram }, now),
            &mut asked,
        );
        now = now.plus(Duration::from_secs(u64::from(who / 3)));
        let timer = Event::Timer(Timer::Poll(server));
        act(client.handle(timer, now), &mut asked);
        assert_eq!(client.report(now).len(), 3);
    }
}

fn act(actions: Vec<Action>, asked: &mut [[u8; 8]; 3]) {
    for action in actions {
        match action {
            Action::Send { server, packet, .. } => {
                asked[server].copy_from_slice(&packet[40..]);
            }
            Action::Read(reading) => {
                assert!(reading.low <= reading.offset && reading.offset <= reading.high);
            }
            Action::Adjust(rate) => assert!(rate.abs() <= 450e-6),
            _ => {}
        }
    }
}
