//! A peer that takes syslog with octet counting (RFC 5425 4.3) and says nothing, as an Audit Record Repository does.

use super::answer::Script;
use super::log::Log;
use crate::look::Received;
use crate::wire::Stream;
use std::io::{BufReader, Read};

/// Octets of one record.
const MOST: usize = 4 * 1024 * 1024;

/// Keeps record after record. Facts: `framing` (`octet-counting`, or what is wrong with it), `length` (MSG-LEN as sent).
/// An answer of the script that says `close = "after"` closes after its record.
pub(super) fn serve(stream: &mut Stream, script: &Script, log: &Log, seen: &Received) {
    let mut reader = BufReader::new(stream);
    loop {
        match record(&mut reader) {
            Ok(None) => return,
            Ok(Some((length, bytes))) => {
                let received = Received {
                    bytes,
                    ..seen.clone()
                };
                let received = received
                    .with("framing", "octet-counting")
                    .with("length", length);
                let closes = script
                    .turn(&received)
                    .is_some_and(|turn| turn.answer.close == "after");
                log.keep(received);
                if closes {
                    return;
                }
            }
            Err(wrong) => return log.keep(seen.clone().with("framing", wrong)),
        }
    }
}

/// `MSG-LEN SP SYSLOG-MSG`; nothing when the stream ends between two.
fn record(reader: &mut impl Read) -> Result<Option<(String, Vec<u8>)>, String> {
    let mut length = String::new();
    loop {
        let mut one = [0];
        match reader.read(&mut one) {
            Ok(1) => {}
            Ok(_) | Err(_) if length.is_empty() => return Ok(None),
            Ok(_) | Err(_) => return Err("the stream ends within MSG-LEN".to_owned()),
        }
        match one[0] {
            b' ' if !length.is_empty() => break,
            digit @ b'0'..=b'9' if length.len() < 8 => length.push(char::from(digit)),
            other => return Err(format!("{:?} within MSG-LEN", char::from(other))),
        }
    }
    if length.starts_with('0') {
        return Err(format!("MSG-LEN is {length}"));
    }
    let size: usize = length.parse().map_err(|_| "MSG-LEN is no number")?;
    if size > MOST {
        return Err(format!("MSG-LEN is {size}"));
    }
    let mut bytes = vec![0; size];
    reader
        .read_exact(&mut bytes)
        .map_err(|_| format!("fewer than the {size} octets of MSG-LEN come"))?;
    Ok(Some((length, bytes)))
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn records_are_counted_in_octets_and_what_is_not_is_said() {
        let mut wire = "5 <85>x8 <85>日11 ".as_bytes();
        let first = record(&mut wire).expect("framed").expect("a record");
        assert_eq!(first, ("5".to_owned(), b"<85>x".to_vec()));
        let second = record(&mut wire).expect("framed").expect("a record");
        assert_eq!(second.1, "<85>日1".as_bytes());
        for wrong in ["05 <85>x", "9 <85>x", "<85>x", "5", "99999999999 x"] {
            assert!(record(&mut wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(record(&mut &b""[..]), Ok(None));
    }
}
