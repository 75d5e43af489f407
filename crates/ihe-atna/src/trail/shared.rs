//! What the writer, the readers and the callers of a trail share.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;

use crate::trail::files::Name;
use crate::trail::index::Index;
use crate::trail::signer::TrailSigner;
use crate::trail::{CutEnd, TrailLimits};

/// Where the records are.
#[derive(Debug)]
pub(crate) struct Map {
    /// First records of the segments; the last one is open.
    pub(crate) segments: Vec<u64>,
    /// What of the open segment is durable.
    pub(crate) open: Index,
}

impl Map {
    pub(crate) fn rotate(&mut self, open: Index) {
        self.segments.push(open.first());
        self.open = open;
    }

    /// The oldest record there is, or will be.
    pub(crate) fn first(&self) -> u64 {
        self.segments.first().copied().unwrap_or(1)
    }

    /// The segment that a record is in.
    pub(crate) fn holding(&self, sequence: u64) -> Option<u64> {
        let after = self.segments.partition_point(|first| *first <= sequence);
        self.segments.get(after.checked_sub(1)?).copied()
    }

    /// The segment after one.
    pub(crate) fn after(&self, segment: u64) -> Option<u64> {
        let after = self.segments.partition_point(|first| *first <= segment);
        self.segments.get(after).copied()
    }
}

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) name: Name,
    pub(crate) limits: TrailLimits,
    pub(crate) signer: TrailSigner,
    /// Held by the writer: when it has ended, nothing is changed any more.
    pub(crate) lock: Weak<File>,
    /// The last durable record.
    pub(crate) end: watch::Sender<u64>,
    pub(crate) cut: Option<CutEnd>,
    /// One retirement at a time.
    pub(crate) retiring: Mutex<()>,
    map: Mutex<Map>,
    place: Mutex<Place>,
}

/// Where the last reader stopped: the next record, its segment, the offset of its frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    pub(crate) sequence: u64,
    pub(crate) segment: u64,
    pub(crate) offset: u64,
}

impl Shared {
    pub(crate) fn new(
        dir: PathBuf,
        (name, cut, map): (Name, Option<CutEnd>, Map),
        (signer, limits): (TrailSigner, TrailLimits),
        lock: Weak<File>,
    ) -> Shared {
        Shared {
            dir,
            name,
            limits,
            signer,
            lock,
            end: watch::Sender::new(map.open.last()),
            cut,
            retiring: Mutex::new(()),
            map: Mutex::new(map),
            place: Mutex::new(Place::default()),
        }
    }

    pub(crate) fn with_map<T>(&self, work: impl FnOnce(&mut Map) -> T) -> T {
        work(&mut lock(&self.map))
    }

    pub(crate) fn place(&self) -> Place {
        *lock(&self.place)
    }

    pub(crate) fn set_place(&self, place: Place) {
        *lock(&self.place) = place;
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
