//! ITI-20 repeats: a sender whose connection broke sends its last window again, because syslog
//! over TLS has no acknowledgement. A message already stored from another connection is dropped;
//! equal messages on one connection are all kept, since a sender never repeats there.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Which connection; 0 for what was in the store at the start.
pub(crate) type Connection = u64;

/// Remembers the last messages by a keyed 64-bit hash and their length.
pub(crate) struct Repeats {
    hasher: RandomState,
    seen: HashMap<(u64, usize), Connection>,
    order: VecDeque<(u64, usize)>,
    limit: usize,
}

impl Repeats {
    pub(crate) fn new(limit: usize) -> Repeats {
        Repeats {
            hasher: RandomState::new(),
            seen: HashMap::new(),
            order: VecDeque::new(),
            limit,
        }
    }

    fn key(&self, message: &[u8]) -> (u64, usize) {
        (self.hasher.hash_one(message), message.len())
    }

    /// Whether the message was stored from another connection.
    pub(crate) fn is_repeat(&self, message: &[u8], connection: Connection) -> bool {
        self.seen
            .get(&self.key(message))
            .is_some_and(|earlier| *earlier != connection)
    }

    /// Remembers a stored message.
    pub(crate) fn stored(&mut self, message: &[u8], connection: Connection) {
        let key = self.key(message);
        if self.seen.insert(key, connection).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > self.limit {
            if let Some(oldest) = self.order.pop_front() {
                self.seen.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_025_a_repeat_is_one_from_another_connection_inside_the_window() {
        let mut repeats = Repeats::new(2);
        repeats.stored(b"a", 1);
        assert!(
            !repeats.is_repeat(b"a", 1),
            "same connection: two events, not a repeat"
        );
        assert!(repeats.is_repeat(b"a", 2));
        assert!(!repeats.is_repeat(b"b", 2));
        repeats.stored(b"b", 1);
        repeats.stored(b"c", 1);
        assert!(!repeats.is_repeat(b"a", 2), "left the window");
        assert!(repeats.is_repeat(b"c", 2));
    }
}
