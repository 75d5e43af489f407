//! A document's content on its way out, hashed again as it goes (ITI TF-2 3.43.4.2.3).
//!
//! The last octets are handed out only when size and hash are those of what was received.

use super::sha1::Sha1;
use super::{Content, StoredDocument};
use crate::store::StoreError;
use crate::store::patients::lost;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::fs::File;
use std::io::Read;
use tokio::task::{JoinHandle, spawn_blocking};

/// Octets of a file read, hashed and sent at a time.
const CHUNK: u64 = 256 * 1024;

/// What is wrong with a content.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Damage {
    /// It is shorter or longer than what was received.
    #[error("a stored document has another size")]
    Size,
    /// It has another hash than what was received.
    #[error("a stored document has another hash")]
    Hash,
    /// It cannot be read.
    #[error("a stored document cannot be read: {0}")]
    Unreadable(#[from] StoreError),
}

impl From<std::io::Error> for Damage {
    fn from(error: std::io::Error) -> Self {
        Self::Unreadable(error.into())
    }
}

/// Reads a content once, from the start.
pub(crate) struct Reading {
    supply: Supply,
}

enum Supply {
    Bytes(Bytes, String),
    /// Nothing of it is in memory before it is its turn.
    Closed(File, Check),
    /// The next chunk is on its way while the one before is sent.
    File(JoinHandle<FileStep>),
    Stream(BoxStream<'static, Result<Bytes, StoreError>>, Check),
    Done,
}

/// What is still to come, and the hash so far.
struct Check {
    sha1: Sha1,
    left: u64,
    hash: String,
}

type FileStep = (File, Check, Result<Bytes, Damage>);

impl Check {
    /// Takes the next octets; after the last ones the hash must be right.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Damage> {
        self.sha1.update(bytes);
        self.left = self
            .left
            .checked_sub(bytes.len() as u64)
            .ok_or(Damage::Size)?;
        if self.left > 0 {
            return Ok(());
        }
        let found = std::mem::replace(&mut self.sha1, Sha1::new()).finish();
        match found.eq_ignore_ascii_case(&self.hash) {
            true => Ok(()),
            false => Err(Damage::Hash),
        }
    }
}

impl Reading {
    /// Of what was opened. What is withheld cannot be read.
    pub(crate) fn new(document: StoredDocument) -> Result<Self, Damage> {
        let StoredDocument { held, content } = document;
        if content.size() != held.size {
            return Err(Damage::Size);
        }
        let check = Check {
            sha1: Sha1::new(),
            left: held.size,
            hash: held.hash,
        };
        let supply = match content {
            Content::Withheld => return Err(Damage::Hash),
            Content::Bytes(bytes) => Supply::Bytes(bytes, check.hash),
            Content::File { .. } | Content::Stream { .. } if held.size == 0 => {
                Supply::Bytes(Bytes::new(), check.hash)
            }
            Content::File { file, .. } => Supply::Closed(file, check),
            Content::Stream { chunks, .. } => Supply::Stream(chunks, check),
        };
        Ok(Self { supply })
    }

    /// The next octets, never empty; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Damage> {
        match std::mem::replace(&mut self.supply, Supply::Done) {
            Supply::Done => Ok(None),
            Supply::Bytes(bytes, hash) => match Sha1::of(&bytes).eq_ignore_ascii_case(&hash) {
                true => Ok(Some(bytes).filter(|bytes| !bytes.is_empty())),
                false => Err(Damage::Hash),
            },
            Supply::Closed(file, check) => {
                self.go_on(spawn_blocking(|| read(file, check)).await.map_err(lost)?)
            }
            Supply::File(step) => self.go_on(step.await.map_err(lost)?),
            Supply::Stream(chunks, check) => self.pull(chunks, check).await,
        }
    }

    fn go_on(&mut self, (file, check, chunk): FileStep) -> Result<Option<Bytes>, Damage> {
        if chunk.is_ok() && check.left > 0 {
            self.supply = Supply::File(spawn_blocking(|| read(file, check)));
        }
        chunk.map(Some)
    }

    async fn pull(
        &mut self,
        mut chunks: BoxStream<'static, Result<Bytes, StoreError>>,
        mut check: Check,
    ) -> Result<Option<Bytes>, Damage> {
        let chunk = loop {
            match chunks.next().await {
                None => return Err(Damage::Size),
                Some(chunk) => {
                    let chunk = chunk?;
                    if !chunk.is_empty() {
                        break chunk;
                    }
                }
            }
        };
        let hashed = spawn_blocking(move || {
            let result = check.take(&chunk);
            (check, result.map(|()| chunk))
        });
        let (check, chunk) = hashed.await.map_err(lost)?;
        if chunk.is_ok() && check.left > 0 {
            self.supply = Supply::Stream(chunks, check);
        }
        chunk.map(Some)
    }

    /// Reads all of it for its hash and size alone; the number of octets.
    pub(crate) async fn drain(mut self) -> Result<u64, Damage> {
        let mut octets = 0;
        while let Some(chunk) = self.next().await? {
            octets += chunk.len() as u64;
        }
        Ok(octets)
    }
}

fn read(mut file: File, mut check: Check) -> FileStep {
    let chunk = read_chunk(&mut file, &mut check);
    (file, check, chunk)
}

fn read_chunk(file: &mut File, check: &mut Check) -> Result<Bytes, Damage> {
    let want = check.left.min(CHUNK);
    let mut chunk = Vec::with_capacity(usize::try_from(want).unwrap_or_default());
    file.take(want).read_to_end(&mut chunk)?;
    if (chunk.len() as u64) < want {
        return Err(Damage::Size);
    }
    check.take(&chunk)?;
    Ok(chunk.into())
}

#[cfg(test)]
mod tests {
    use super::super::{Held, State};
    use super::*;
    use std::io::{Seek, Write};

    fn held(content: &[u8]) -> Held {
        Held {
            unique_id: "1.2".into(),
            key: uuid::Uuid::new_v4(),
            mime_type: "text/plain".into(),
            hash: Sha1::of(content),
            size: content.len() as u64,
            state: State::Kept,
        }
    }

    fn opened(content: &[u8], size: u64) -> Content {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        Content::File { file, size }
    }

    async fn read_all(held: Held, content: Content) -> (Vec<u8>, Option<Damage>) {
        let mut all = Vec::new();
        let mut reading = match Reading::new(StoredDocument { held, content }) {
            Ok(reading) => reading,
            Err(damage) => return (all, Some(damage)),
        };
        loop {
            match reading.next().await {
                Ok(Some(chunk)) => all.extend_from_slice(&chunk),
                Ok(None) => return (all, None),
                Err(damage) => return (all, Some(damage)),
            }
        }
    }

    #[tokio::test]
    async fn the_last_octets_of_a_changed_file_are_never_handed_out() {
        let right = vec![7; 3 * CHUNK as usize + 5];
        let size = right.len() as u64;
        let (all, damage) = read_all(held(&right), opened(&right, size)).await;
        assert!(all == right && damage.is_none());
        let mut wrong = right.clone();
        wrong[10] = 8;
        let (all, damage) = read_all(held(&right), opened(&wrong, size)).await;
        assert!(matches!(damage, Some(Damage::Hash)), "{damage:?}");
        assert_eq!(all.len(), 3 * CHUNK as usize);
    }

    #[tokio::test]
    async fn a_file_that_is_shorter_than_announced_or_than_received_is_damaged() {
        let right = vec![7; CHUNK as usize + 5];
        let size = right.len() as u64;
        let short = &right[..right.len() - 1];
        let (_, damage) = read_all(held(&right), opened(short, size)).await;
        assert!(matches!(damage, Some(Damage::Size)), "{damage:?}");
        let (all, damage) = read_all(held(&right), opened(short, size - 1)).await;
        assert!(matches!(damage, Some(Damage::Size)) && all.is_empty());
    }

    #[tokio::test]
    async fn a_stream_is_held_to_the_announced_size_and_hash() {
        let chunks = |parts: &[&'static [u8]]| {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| Ok(Bytes::from_static(part)))
                .collect();
            let chunks = futures_util::stream::iter(parts).boxed();
            Content::Stream { size: 5, chunks }
        };
        let (all, damage) = read_all(held(b"hello"), chunks(&[b"he", b"", b"llo"])).await;
        assert!(all == b"hello" && damage.is_none());
        let (all, damage) = read_all(held(b"hello"), chunks(&[b"he", b"llO"])).await;
        assert!(all == b"he" && matches!(damage, Some(Damage::Hash)));
        for wrong in [&[&b"he"[..], b"llo!"][..], &[b"hell"]] {
            let (_, damage) = read_all(held(b"hello"), chunks(wrong)).await;
            assert!(matches!(damage, Some(Damage::Size)), "{damage:?}");
        }
    }

    #[tokio::test]
    async fn an_empty_document_has_the_hash_of_nothing() {
        let (_, damage) = read_all(held(b""), opened(b"", 0)).await;
        assert!(damage.is_none());
        let wrong = Held {
            hash: Sha1::of(b"x"),
            ..held(b"")
        };
        let (_, damage) = read_all(wrong, opened(b"", 0)).await;
        assert!(matches!(damage, Some(Damage::Hash)));
    }
}
