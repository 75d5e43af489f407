//! ITI-20 repeats: a sender whose connection broke sends its last window again, because syslog
//! over TLS has no acknowledgement. A message already stored from another connection is dropped;
//! equal messages on one connection are all kept, since a sender never repeats there.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Which connection; 0 for what was in the trail at the start.
pub(crate) type Connection = u64;

/// A keyed 64-bit hash and the length.
pub(crate) type Key = (u64, usize);

/// Remembers the last messages by their keys.
pub(crate) struct Repeats {
    hasher: RandomState,
    seen: HashMap<Key, Connection>,
    order: VecDeque<Key>,
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

    pub(crate) fn key(&self, message: &[u8]) -> Key {
        (self.hasher.hash_one(message), message.len())
    }

    /// Whether the message was stored from another connection.
    pub(crate) fn is_repeat(&self, key: Key, connection: Connection) -> bool {
        self.seen
            .get(&key)
            .is_some_and(|earlier| *earlier != connection)
    }

    /// Remembers a stored message.
    pub(crate) fn stored(&mut self, key: Key, connection: Connection) {
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
        let [a, b, c] = [b"a", b"b", b"c"].map(|one| repeats.key(one));
        repeats.stored(a, 1);
        assert!(
            !repeats.is_repeat(a, 1),
            "same connection: two events, not a repeat"
        );
        assert!(repeats.is_repeat(a, 2));
        assert!(!repeats.is_repeat(b, 2));
        repeats.stored(b, 1);
        repeats.stored(c, 1);
        assert!(!repeats.is_repeat(a, 2), "left the window");
        assert!(repeats.is_repeat(c, 2));
    }
}
