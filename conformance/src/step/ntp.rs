//! `do = "ntp"`: asks a Time Server (ITI-1; RFC 5905 section 7.3), rightly and wrongly.

use crate::actors::Actor;
use crate::case::Text;
use crate::look::Received;
use crate::run::{Scene, Trouble};
use serde::Deserialize;
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Seconds from 1900 to 1970.
const TO_1970: f64 = 2_208_988_800.0;
/// How often a question is put again that was not answered, and after what pause.
const RETRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(700);
/// An era of NTP timestamps.
const ERA: f64 = 4_294_967_296.0;

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ntp {
    /// The datagram in hexadecimal, with values: `${transmit}` is 64 fresh bits, as timestamp of transmission.
    pub packet: Text,
    /// So many questions, each after the answer to the last; `offset_ms` is the median.
    pub copies: usize,
    /// No answer within so many milliseconds is none; else the question is put again a few times.
    pub wait: u64,
    /// To another actor than the one that is judged.
    pub to: Option<Actor>,
}

/// A question that was answered, with the times of our clock, in seconds since 1970.
struct Exchange {
    question: Vec<u8>,
    answer: Vec<u8>,
    sent: f64,
    came: f64,
}

impl Ntp {
    /// Asks. Facts: `answered` (`yes`, `no`), `size`, `larger` (octets more than the question; 0 without an answer), and of an answer
    /// `ntp.leap`, `ntp.version`, `ntp.mode`, `ntp.stratum`, `ntp.poll`, `ntp.precision`, `ntp.root_delay`,
    /// `ntp.root_dispersion` (seconds), `ntp.refid`, `ntp.originate_echoed`, `ntp.order` (`yes`: reference, receive and
    /// transmit do not go backwards), `offset_ms`, `delay_ms`.
    ///
    /// # Errors
    /// The datagram cannot be sent.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let address = scene.address(self.to, false)?;
        scene.peer_is(&address);
        let any = if address.starts_with('[') {
            "[::]:0"
        } else {
            "0.0.0.0:0"
        };
        let socket = UdpSocket::bind(any)
            .and_then(|socket| socket.connect(&address).map(|()| socket))
            .map_err(Trouble::sending)?;
        let (mut offsets, mut last) = (Vec::new(), None);
        for _ in 0..self.copies.max(1) {
            let Some(exchange) = self.patiently(scene, &socket)? else {
                let nothing = Received::default().with("answered", "no").with("size", 0);
                return Ok(nothing.with("larger", 0));
            };
            offsets.extend(exchange.offset());
            last = Some(exchange);
        }
        offsets.sort_by(f64::total_cmp);
        let median = offsets.get(offsets.len() / 2).copied();
        let last = last.expect("there is one copy at least");
        Ok(last.received(median))
    }

    /// A server may answer only so many questions of one address: as a client does, we ask again later.
    fn patiently(
        &self,
        scene: &mut Scene<'_>,
        socket: &UdpSocket,
    ) -> Result<Option<Exchange>, Trouble> {
        for _ in 0..RETRIES {
            match self.exchange(scene, socket)? {
                Some(exchange) if !exchange.asks_for_less() => return Ok(Some(exchange)),
                None if self.wait > 0 => return Ok(None),
                _ => std::thread::sleep(PAUSE),
            }
        }
        self.exchange(scene, socket)
    }

    fn exchange(
        &self,
        scene: &mut Scene<'_>,
        socket: &UdpSocket,
    ) -> Result<Option<Exchange>, Trouble> {
        let mut transmit = [0; 8];
        getrandom::fill(&mut transmit).map_err(|error| Trouble::Case(error.to_string()))?;
        let digits: String = transmit.iter().map(|byte| format!("{byte:02x}")).collect();
        scene.values.set("transmit", digits);
        let hex = self
            .packet
            .filled(&mut scene.values)
            .map_err(Trouble::Case)?;
        let question = Text {
            hex,
            ..Text::default()
        };
        let question = question.bytes(&mut scene.values).map_err(Trouble::Case)?;
        scene.sent(&question);
        let wait = match self.wait {
            0 => scene.patience().min(Duration::from_secs(1)),
            wait => Duration::from_millis(wait.min(10_000)),
        };
        let sent = unix_now();
        socket.send(&question).map_err(Trouble::sending)?;
        let mut buffer = [0; 65_536];
        let until = Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            socket
                .set_read_timeout(Some(left))
                .map_err(Trouble::sending)?;
            match socket.recv(&mut buffer) {
                Ok(length) => {
                    let answer = buffer[..length].to_vec();
                    scene.received(&answer);
                    return Ok(Some(Exchange {
                        question,
                        answer,
                        sent,
                        came: unix_now(),
                    }));
                }
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    return Err(Trouble::Wrong(
                        "no Time Server is at the address".to_owned(),
                    ));
                }
                Err(_) => {}
            }
        }
    }
}

impl Exchange {
    /// Kiss-o'-death RATE.
    fn asks_for_less(&self) -> bool {
        self.answer.get(1) == Some(&0) && self.answer.get(12..16) == Some(b"RATE")
    }

    fn received(&self, offset: Option<f64>) -> Received {
        let answer = &self.answer;
        let larger = i64::try_from(answer.len()).unwrap_or(i64::MAX)
            - i64::try_from(self.question.len()).unwrap_or_default();
        let received = Received::message(answer.clone())
            .with("answered", "yes")
            .with("size", answer.len())
            .with("larger", larger);
        let (Some(head), Some(echo)) = (answer.get(..48), self.question.get(40..48)) else {
            return received;
        };
        let short = |at: usize| f64::from(u32::from_be_bytes(four(head, at))) / 65_536.0;
        let stamp = |at: usize| (timestamp(head, at) * 1e9).round();
        let in_order = head[16..24] == [0; 8] || stamp(16) <= stamp(32);
        let in_order = in_order && stamp(32) <= stamp(40);
        let received = received
            .with("ntp.leap", head[0] >> 6)
            .with("ntp.version", head[0] >> 3 & 7)
            .with("ntp.mode", head[0] & 7)
            .with("ntp.stratum", head[1])
            .with("ntp.poll", head[2].cast_signed())
            .with("ntp.precision", head[3].cast_signed())
            .with("ntp.root_delay", short(4))
            .with("ntp.root_dispersion", short(8))
            .with("ntp.refid", refid(head))
            .with("ntp.originate_echoed", yes(head[24..32] == *echo))
            .with("ntp.order", yes(in_order))
            .with("delay_ms", self.delay() * 1e3);
        match offset {
            Some(offset) => received.with("offset_ms", (offset * 1e3).abs()),
            None => received,
        }
    }

    /// ((T2 - T1) + (T3 - T4)) / 2
    fn offset(&self) -> Option<f64> {
        let head = self.answer.get(..48)?;
        let (receive, transmit) = (timestamp(head, 32), timestamp(head, 40));
        Some(((receive - self.sent) + (transmit - self.came)) / 2.0)
    }

    fn delay(&self) -> f64 {
        let held = self
            .answer
            .get(..48)
            .map_or(0.0, |head| timestamp(head, 40) - timestamp(head, 32));
        (self.came - self.sent) - held
    }
}

fn unix_now() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default().as_secs_f64()
}

fn yes(holds: bool) -> &'static str {
    if holds { "yes" } else { "no" }
}

fn four(bytes: &[u8], at: usize) -> [u8; 4] {
    [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
}

/// Seconds since 1970; the first half of an era is taken to be in the era that began in 2036.
fn timestamp(bytes: &[u8], at: usize) -> f64 {
    let seconds = f64::from(u32::from_be_bytes(four(bytes, at)));
    let fraction = f64::from(u32::from_be_bytes(four(bytes, at + 4))) / ERA;
    let era = if seconds < ERA / 2.0 { ERA } else { 0.0 };
    seconds + era - TO_1970 + fraction
}

/// Four letters (a kiss, or what a primary clock is set by), else in hexadecimal.
fn refid(head: &[u8]) -> String {
    let id = &head[12..16];
    let letters = id.iter().all(|byte| *byte == 0 || byte.is_ascii_graphic()) && id[0] != 0;
    if letters && head[1] < 2 {
        return String::from_utf8_lossy(id)
            .trim_end_matches('\0')
            .to_owned();
    }
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_apart() {
        let mut answer = vec![0x24, 1, 6, 0xe9, 0, 1, 0, 0, 0, 0, 0x80, 0];
        answer.extend(b"GPS\0");
        answer.extend([0; 8]);
        answer.extend([7; 8]);
        // 1970-01-01T00:00:10.5 in era 0
        let stamp = (2_208_988_810_u64 << 32 | 1 << 31).to_be_bytes();
        answer.extend(stamp);
        answer.extend(stamp);
        let mut question = vec![0x23; 40];
        question.extend([7; 8]);
        let exchange = Exchange {
            question,
            answer,
            sent: 9.0,
            came: 10.0,
        };
        let offset = exchange.offset().expect("an offset");
        assert!((offset - 1.0).abs() < 1e-6, "{offset}");
        let facts = exchange.received(Some(offset)).facts;
        for (name, value) in [
            ("ntp.version", "4"),
            ("ntp.mode", "4"),
            ("ntp.stratum", "1"),
            ("ntp.precision", "-23"),
            ("ntp.root_delay", "1"),
            ("ntp.root_dispersion", "0.5"),
            ("ntp.refid", "GPS"),
            ("ntp.originate_echoed", "yes"),
            ("ntp.order", "yes"),
            ("larger", "0"),
        ] {
            assert_eq!(facts[name], value, "{name}");
        }
    }
}
