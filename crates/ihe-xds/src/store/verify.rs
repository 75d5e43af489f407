//! Re-hashes every stored document against the registry's metadata (ITI TF-3 4.2.3.2.10).

use super::documents::{Content, DocumentStore, Sha1, StoredDocument};
use super::patients::lost;
use super::{RegistryStore, StoreError};
use crate::metadata::{DocumentEntry, ObjectType};
use bytes::Bytes;
use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tokio::task::spawn_blocking;

/// Entries examined between two questions to the registry.
const PAGE: usize = 500;

/// What is wrong with one document. Named by entryUUID or by uniqueId, never by patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The registry names it, the repository has no such document. Holds the entryUUID.
    Missing(String),
    /// The content's hash differs from the metadata's. Holds the entryUUID.
    OtherHash(String),
    /// The content's size differs from the metadata's. Holds the entryUUID.
    OtherSize(String),
    /// The content cannot be read. Holds the entryUUID.
    Unreadable(String),
    /// The repository has it, the registry does not name it: a registration that failed or whose answer was lost.
    /// Holds the uniqueId. A warning: nothing is damaged.
    Unregistered(String),
}

/// The result of [`verify`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Document entries of this repository examined.
    pub entries: u64,
    /// Octets read and hashed.
    pub octets: u64,
    /// Everything found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// True if every registered document is there, byte for byte.
    pub fn is_sound(&self) -> bool {
        self.findings
            .iter()
            .all(|finding| matches!(finding, Finding::Unregistered(_)))
    }
}

/// Compares all documents of one repository with the registry's entries that name it.
///
/// # Errors
/// The stores' own errors; a damaged document is a [`Finding`].
pub async fn verify<R: RegistryStore, D: DocumentStore>(
    registry: &R,
    documents: &D,
    repository_unique_id: &str,
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut unregistered: HashSet<String> = documents.unique_ids().await?.into_iter().collect();
    let mut after = None;
    loop {
        let page = registry.documents_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.entry_uuid.clone());
        for entry in &page {
            let ours = entry.repository_unique_id.as_deref() == Some(repository_unique_id);
            if ours && entry.object_type == ObjectType::Stable {
                examine(documents, entry, &mut report).await?;
                unregistered.remove(&entry.unique_id);
            }
        }
    }
    let mut unregistered: Vec<_> = unregistered.into_iter().collect();
    unregistered.sort_unstable();
    report
        .findings
        .extend(unregistered.into_iter().map(Finding::Unregistered));
    Ok(report)
}

async fn examine<D: DocumentStore>(
    documents: &D,
    entry: &DocumentEntry,
    report: &mut Report,
) -> Result<(), StoreError> {
    report.entries += 1;
    let uuid = || entry.entry_uuid.clone();
    let Some(stored) = documents.open(&entry.unique_id).await? else {
        report.findings.push(Finding::Missing(uuid()));
        return Ok(());
    };
    let Ok((hash, size)) = hash_of(&stored).await else {
        report.findings.push(Finding::Unreadable(uuid()));
        return Ok(());
    };
    report.octets += size;
    if entry.size.is_some_and(|expected| expected != size) {
        report.findings.push(Finding::OtherSize(uuid()));
    }
    if entry
        .hash
        .as_deref()
        .is_some_and(|expected| !expected.eq_ignore_ascii_case(&hash))
    {
        report.findings.push(Finding::OtherHash(uuid()));
    }
    Ok(())
}

async fn hash_of(stored: &StoredDocument) -> Result<(String, u64), StoreError> {
    let content = stored.content.clone();
    let hash = spawn_blocking(move || match content {
        Content::File(path) => hash_file(&path),
        Content::Bytes(bytes) => Ok(hash_bytes(&bytes)),
    });
    hash.await.map_err(lost)?
}

fn hash_bytes(bytes: &Bytes) -> (String, u64) {
    let mut sha1 = Sha1::new();
    sha1.update(bytes);
    (sha1.finish(), bytes.len() as u64)
}

fn hash_file(path: &Path) -> Result<(String, u64), StoreError> {
    let mut file = File::open(path)?;
    let mut sha1 = Sha1::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((sha1.finish(), size));
        }
        sha1.update(&buffer[..read]);
        size += read as u64;
    }
}
