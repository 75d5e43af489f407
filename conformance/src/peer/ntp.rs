//! A peer that answers NTP (RFC 5905 7.3), rightly but for the fields that its script says.

use super::answer::{Script, Turn};
use super::log::Log;
use crate::look::Received;
use std::net::UdpSocket;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// 1900 to 1970.
const TO_1970: f64 = 2_208_988_800.0;

/// Answers datagrams until the end.
pub(super) fn serve(socket: &UdpSocket, script: &Script, log: &Log) {
    if socket
        .set_read_timeout(Some(Duration::from_millis(20)))
        .is_err()
    {
        return;
    }
    let mut buffer = [0; 2048];
    while !log.stopped() {
        let Ok((size, from)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let question = &buffer[..size];
        let turn = script.turn(&Received::default());
        log.keep(seen(question));
        let Some(mut turn) = turn else { continue };
        match answer(&mut turn, question, log) {
            Ok(Some(answer)) => _ = socket.send_to(&answer, from),
            Ok(None) => {}
            Err(what) => return log.trouble(what),
        }
    }
}

/// Facts: `ntp.leap`, `ntp.version`, `ntp.mode`, `ntp.stratum`, `ntp.transmit` (`set` or `zero`).
fn seen(question: &[u8]) -> Received {
    let first = question.first().copied().unwrap_or_default();
    let transmit = question.get(40..48).unwrap_or_default();
    let transmit = match transmit.iter().any(|byte| *byte != 0) {
        true => "set",
        false => "zero",
    };
    Received::message(question.to_vec())
        .with("ntp.leap", first >> 6)
        .with("ntp.version", first >> 3 & 7)
        .with("ntp.mode", first & 7)
        .with("ntp.stratum", question.get(1).copied().unwrap_or_default())
        .with("ntp.transmit", transmit)
}

fn answer(turn: &mut Turn, question: &[u8], log: &Log) -> Result<Option<Vec<u8>>, String> {
    if question.len() < 48 {
        return Ok(None);
    }
    let mut field = |name: &str, right: &str| -> Result<String, String> {
        let written = turn.answer.ntp.get(name).cloned().unwrap_or_default();
        let said = turn.text(&written)?;
        Ok(if said.is_empty() {
            right.to_owned()
        } else {
            said
        })
    };
    let version = (question[0] >> 3 & 7).to_string();
    let first = number(&field("leap", "0")?)? << 6
        | number(&field("version", &version)?)? << 3
        | number(&field("mode", "4")?)?;
    let stratum = number(&field("stratum", "2")?)?;
    let reference = field("reference", "GPS\0")?;
    let offset: f64 = field("offset", "0")?
        .parse()
        .map_err(|_| "offset is no number of seconds")?;
    let (originate, transmit) = (field("originate", "echoed")?, field("transmit", "set")?);
    let size = usize::from(number(&field("size", "48")?)?);
    let delay = turn.answer.delay.clone();
    let delay = turn.number(&delay)?;
    if turn.text(&turn.answer.close.clone())? == "before" {
        return Ok(None);
    }
    let received = stamp(offset);
    log.sleep(Duration::from_millis(delay as u64));
    let mut answer = vec![first, stratum, question[2], 0xec];
    answer.extend_from_slice(&[0, 0, 0, 66, 0, 0, 0, 66]);
    answer.extend_from_slice(&[reference.as_bytes(), &[0; 4]].concat()[..4]);
    answer.extend_from_slice(&stamp(offset - 8.0));
    answer.extend_from_slice(&match originate.as_str() {
        "echoed" => <[u8; 8]>::try_from(&question[40..48]).expect("eight octets"),
        "zero" => [0; 8],
        _ => stamp(-1.0),
    });
    answer.extend_from_slice(&received);
    answer.extend_from_slice(&if transmit == "zero" {
        [0; 8]
    } else {
        stamp(offset)
    });
    answer.truncate(size);
    Ok(Some(answer))
}

fn number(text: &str) -> Result<u8, String> {
    text.parse()
        .map_err(|_| format!("{text:?} is no number from 0 to 255"))
}

/// Now and so many seconds more, as NTP writes it.
fn stamp(offset: f64) -> [u8; 8] {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let whole = now.as_secs() as f64 + TO_1970 + offset.floor();
    let mut fraction = f64::from(now.subsec_nanos()) / 1e9 + (offset - offset.floor());
    let mut seconds = whole as u64;
    if fraction >= 1.0 {
        (seconds, fraction) = (seconds + 1, fraction - 1.0);
    }
    let fraction = (fraction * 4_294_967_296.0) as u32;
    (((seconds & 0xffff_ffff) << 32) | u64::from(fraction)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::Answer;
    use crate::values::Values;

    fn answered(fields: &[(&str, &str)]) -> Vec<u8> {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let written = Answer {
            ntp: fields.collect(),
            ..Answer::default()
        };
        let script = Script::new(
            vec![written],
            Default::default(),
            Vec::new(),
            Values::default(),
        );
        let mut question = vec![0x23; 48];
        question[40..48].copy_from_slice(b"question");
        let mut turn = script.turn(&Received::default()).expect("an answer");
        answer(&mut turn, &question, &Log::default())
            .expect("filled")
            .expect("answered")
    }

    #[test]
    fn an_answer_is_good_but_for_what_the_script_says() {
        let good = answered(&[]);
        assert_eq!((good.len(), good[0], good[1]), (48, 0x24, 2));
        assert_eq!(&good[24..32], b"question");
        let bad = answered(&[("leap", "3"), ("originate", "wrong"), ("stratum", "16")]);
        assert_eq!((bad[0], bad[1]), (0xe4, 16));
        assert_ne!(&bad[24..32], b"question");
        assert_eq!(answered(&[("size", "40")]).len(), 40);
        assert_eq!(&answered(&[("transmit", "zero")])[40..], [0; 8]);
    }
}
