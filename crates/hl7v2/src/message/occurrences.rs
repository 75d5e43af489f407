//! Which segment is the n-th of its name, counted once for all segments.

use super::Message;
use std::collections::HashMap;

/// Both directions of the count. Built when first asked for; a message that is only read by its first segments of a name
/// never pays for it.
#[derive(Clone, Default)]
pub(super) struct Occurrences {
    /// Of each segment, which of its name it is, from 1.
    sequence: Vec<u32>,
    /// Of each name, where its segments are.
    positions: HashMap<[u8; 3], Vec<u32>>,
}

impl Occurrences {
    pub(super) fn of(message: &Message) -> Occurrences {
        let mut all = Occurrences::default();
        all.sequence.reserve(message.index.segments.len());
        for (at, place) in message.index.segments.iter().enumerate() {
            let known = all
                .positions
                .entry(message.name_at(place.start))
                .or_default();
            known.push(at as u32);
            all.sequence.push(known.len() as u32);
        }
        all
    }

    pub(super) fn sequence(&self, at: usize) -> usize {
        self.sequence.get(at).map_or(1, |&n| n as usize)
    }

    /// The position of the n-th segment of that name, both from 0.
    pub(super) fn position(&self, name: &str, n: usize) -> Option<usize> {
        let name: [u8; 3] = name.as_bytes().try_into().ok()?;
        let positions = self.positions.get(&name)?;
        positions.get(n).map(|&at| at as usize)
    }
}
