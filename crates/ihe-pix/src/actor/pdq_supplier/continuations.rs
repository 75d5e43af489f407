//! Where answers given in portions go on: pointers that survive a restart and expire (ITI TF-2 3.21.4.2.2.7).
//!
//! Two kinds of notes on the store's shelf: what a pointer stands for, and which pointers a query has, so that a cancelled
//! query is forgotten. A note holds no patient data: the query comes again with every pointer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::Utc;
use hl7v2::Message;
use uuid::Uuid;

use crate::store::{Note, Shelf, StoreError};
use crate::transaction::canonical;

const POINTER: &str = "iti21-continuation";
const QUERY: &str = "iti21-query";

/// Pointers of one query that are good at the same time: the last one given, and the one before, whose answer may have
/// been lost on the way.
const GOOD: usize = 2;

/// Who asks what, as far as a continuation must be of the same query.
pub(super) struct Asked {
    /// Sender and query tag: one query under way.
    query: String,
    /// A hash of sender, source, kind and parameters.
    fingerprint: String,
}

impl Asked {
    pub(super) fn of(message: &Message, tag: &str) -> Asked {
        let header = message.header();
        let field = |path: &str| {
            let raw = message.raw(path).unwrap_or_default();
            canonical(raw, message.separators())
        };
        let parts = [
            sender(message),
            header.receiving_application,
            header.trigger_event,
            field("QPD-3"),
            field("QPD-8"),
        ];
        Asked {
            query: query_key(message, tag),
            fingerprint: fingerprint(&parts.join("\r")),
        }
    }
}

fn sender(message: &Message) -> String {
    let header = message.header();
    format!("{}|{}", header.sending_application, header.sending_facility)
}

/// The query of this sender with this tag.
pub(super) fn query_key(message: &Message, tag: &str) -> String {
    format!("{}|{tag}", sender(message))
}

/// FNV-1a, 64 bits: it must be the same after a restart, and nobody gains by a collision, since a pointer is random.
fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    format!("{hash:016x}")
}

/// The pointers given out.
pub(super) struct Continuations {
    pub(super) lifetime: Duration,
    /// Queries with pointers at the same time; the oldest is forgotten for one more.
    pub(super) most: usize,
    open: Mutex<Open>,
}

/// Queries in the order in which they were answered last. Those of before a restart are not counted: they expire.
#[derive(Default)]
struct Open {
    order: VecDeque<(u64, String)>,
    last: HashMap<String, u64>,
    number: u64,
}

impl Default for Continuations {
    fn default() -> Self {
        Continuations {
            lifetime: Duration::from_secs(300),
            most: 10_000,
            open: Mutex::default(),
        }
    }
}

impl Continuations {
    /// After whom the next portion begins; `None`: the pointer is unknown, expired, or of another query.
    pub(super) async fn position(
        &self,
        shelf: &impl Shelf,
        pointer: &str,
        asked: &Asked,
    ) -> Result<Option<u64>, StoreError> {
        let note = shelf.note(POINTER, pointer).await?.unwrap_or_default();
        let text = String::from_utf8(note).unwrap_or_default();
        let mut parts = text.split('\t');
        let (position, of) = (parts.next(), parts.next());
        let same = of == Some(asked.fingerprint.as_str());
        Ok(position
            .filter(|_| same)
            .and_then(|number| number.parse().ok()))
    }

    /// A pointer to go on after this person.
    pub(super) async fn pointer(
        &self,
        shelf: &impl Shelf,
        position: u64,
        asked: &Asked,
    ) -> Result<String, StoreError> {
        let pointer = Uuid::new_v4().simple().to_string();
        let mut good = self.pointers(shelf, &asked.query).await?;
        good.insert(0, pointer.clone());
        let old = good.split_off(good.len().min(GOOD));
        let value = format!("{position}\t{}", asked.fingerprint);
        let (first, second) = tokio::join!(
            shelf.put(self.note(POINTER, pointer.clone(), value)),
            shelf.put(self.note(QUERY, asked.query.clone(), good.join("\n"))),
        );
        first.and(second)?;
        for pointer in old {
            shelf.remove(POINTER, &pointer).await?;
        }
        for query in self.too_many(&asked.query) {
            self.forget(shelf, &query).await?;
        }
        Ok(pointer)
    }

    /// The query has ended.
    pub(super) async fn forget(&self, shelf: &impl Shelf, query: &str) -> Result<(), StoreError> {
        for pointer in self.pointers(shelf, query).await? {
            shelf.remove(POINTER, &pointer).await?;
        }
        self.open().last.remove(query);
        shelf.remove(QUERY, query).await
    }

    async fn pointers(&self, shelf: &impl Shelf, query: &str) -> Result<Vec<String>, StoreError> {
        let note = shelf.note(QUERY, query).await?.unwrap_or_default();
        let text = String::from_utf8(note).unwrap_or_default();
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn note(&self, kind: &'static str, key: String, value: String) -> Note {
        Note {
            kind,
            key,
            value: value.into_bytes(),
            expires: Some(Utc::now() + self.lifetime),
        }
    }

    /// Counts a query as the newest, and tells those that are one too many.
    fn too_many(&self, query: &str) -> Vec<String> {
        let mut open = self.open();
        open.number += 1;
        let number = open.number;
        open.order.push_back((number, query.to_owned()));
        open.last.insert(query.to_owned(), number);
        let mut gone = Vec::new();
        while open.last.len() > self.most || open.order.len() > 2 * self.most + 1 {
            let Some((number, query)) = open.order.pop_front() else {
                break;
            };
            if open.last.get(&query) == Some(&number) {
                open.last.remove(&query);
                gone.push(query);
            }
        }
        gone
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_forgotten_for_one_too_many_or_when_another_has_gone_on_for_long() {
        let continuations = Continuations {
            most: 2,
            ..Continuations::default()
        };
        let told = |query| continuations.too_many(query);
        assert!(told("A").is_empty());
        assert!(told("B").is_empty());
        assert_eq!(told("C"), ["A"], "the oldest for one more");
        // The order of answers is bounded as well: five of them are kept for two queries.
        assert!((0..3).all(|_| told("C").is_empty()));
        assert_eq!(told("C"), ["B"]);
        assert!(told("C").is_empty(), "what goes on is never forgotten");
    }
}
