//! ITI-20 what arrived, before anybody reads it (ITI TF-2 3.20.4.1.3.2).

use std::fmt;

use chrono::{DateTime, Utc};

use crate::syslog;
use crate::trail::RecordFlags;

/// How every audit message ends, in whichever name space prefix.
const END: &[u8] = b"AuditMessage>";

/// A syslog message as received. `Debug` shows lengths only.
#[derive(Clone, PartialEq)]
pub struct ReceivedRecord {
    /// When it was received.
    pub received: DateTime<Utc>,
    /// From where: address and port.
    pub peer: String,
    /// The SYSLOG-MSG, byte for byte, without framing.
    pub raw: Vec<u8>,
    /// What was odd about it.
    pub flags: RecordFlags,
}

impl ReceivedRecord {
    /// A record received now; its flags are told from a look at both ends, not by reading all of it.
    pub fn new(peer: impl Into<String>, raw: Vec<u8>) -> ReceivedRecord {
        ReceivedRecord {
            received: Utc::now(),
            peer: peer.into(),
            flags: flags(&raw),
            raw,
        }
    }
}

impl fmt::Debug for ReceivedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedRecord")
            .field("received", &self.received)
            .field("peer", &self.peer)
            .field("bytes", &self.raw.len())
            .field("flags", &self.flags)
            .finish()
    }
}

fn flags(raw: &[u8]) -> RecordFlags {
    let parsed = syslog::parse(raw);
    let message = parsed.message.trim_ascii();
    // A BSD header stays before the XML.
    let begin = memchr::memchr(b'<', message);
    let is_xml = begin.is_some_and(|begin| begin == 0 || !parsed.rfc5424);
    let mut flags = RecordFlags::NONE;
    if parsed.priority.is_some() && !parsed.rfc5424 {
        flags = flags | RecordFlags::LEGACY;
    }
    if is_xml && !ends(message) {
        flags = flags | RecordFlags::TRUNCATED;
    }
    if parsed.priority.is_none() || !is_xml || std::str::from_utf8(message).is_err() {
        flags = flags | RecordFlags::MALFORMED;
    }
    flags
}

/// Whether the root element is closed, or empty.
fn ends(message: &[u8]) -> bool {
    message.ends_with(END)
        || message.ends_with(b"/>") && memchr::memchr_iter(b'<', message).count() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(raw: &[u8]) -> RecordFlags {
        ReceivedRecord::new("p", raw.to_vec()).flags
    }

    #[test]
    fn atna_r_024_old_odd_and_cut_messages_are_flagged() {
        let (legacy, malformed) = (RecordFlags::LEGACY, RecordFlags::MALFORMED);
        assert_eq!(of(b"<85>1 - - - - - - <AuditMessage/>"), RecordFlags::NONE);
        let marked =
            b"<85>1 - - - - - - \xef\xbb\xbf<?xml version=\"1.0\"?><AuditMessage></AuditMessage>\n";
        assert_eq!(of(marked), RecordFlags::NONE, "with a byte order mark");
        let old = b"<34>Oct 11 22:14:15 host ihe: <AuditMessage></AuditMessage>";
        assert_eq!(of(old), legacy);
        assert_eq!(
            of(b"<34>Oct 11 22:14:15 host su: failed"),
            legacy | malformed
        );
        assert_eq!(of(b"no header"), malformed);
        assert_eq!(of(b""), malformed);
        assert_eq!(
            of(b"<85>1 - - - - - - <AuditMessage>\xff</AuditMessage>"),
            malformed
        );
    }

    #[test]
    fn atna_r_023_a_cut_message_is_flagged_as_truncated() {
        let cut = b"<85>1 - - - - - - <AuditMessage><EventIdentification Ev";
        assert_eq!(of(cut), RecordFlags::TRUNCATED);
        let in_a_character = b"<85>1 - - - - - - <AuditMessage a=\"\xe6\xbc";
        assert_eq!(
            of(in_a_character),
            RecordFlags::TRUNCATED | RecordFlags::MALFORMED
        );
    }
}
