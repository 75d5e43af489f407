//! Re-hashes every stored document and compares it with the registry's metadata (ITI TF-3 4.2.3.2.10).
//!
//! Both stores are read page by page: memory does not grow with their size, only with what is wrong.

use super::documents::{Damage, DocumentStore, Held, Reading, State};
use super::{QueryError, RegistryStore, StoreError};
use crate::iti18::{GetDocuments, Ids};
use crate::metadata::{DocumentEntry, ObjectType};
use std::collections::HashSet;

/// Entries or documents examined between two questions to the other store.
const PAGE: usize = 200;
/// Entries that may share one uniqueId of a page (versions of one document).
const VERSIONS: usize = 50;

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
    /// The content was found damaged before and is not given out. Holds the entryUUID.
    Quarantined(String),
    /// Received, and not known yet whether it is registered: the repository will ask the registry.
    /// Holds the uniqueId. A warning: nothing is damaged.
    Pending(String),
    /// The repository keeps it, the registry does not name it. Holds the uniqueId. A warning: nothing is damaged.
    Unregistered(String),
}

impl Finding {
    /// True if a registered document is not there, byte for byte.
    pub fn is_damage(&self) -> bool {
        !matches!(self, Self::Pending(_) | Self::Unregistered(_))
    }
}

/// The result of [`verify`], or how far it has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Document entries of this repository examined.
    pub entries: u64,
    /// Documents of the repository looked up in the registry.
    pub documents: u64,
    /// Octets read and hashed.
    pub octets: u64,
    /// Everything found.
    pub findings: Vec<Finding>,
}

impl Report {
    /// True if every registered document is there, byte for byte.
    pub fn is_sound(&self) -> bool {
        !self.findings.iter().any(Finding::is_damage)
    }
}

/// Compares all documents of one repository with the registry's entries that name it. `progress` is told after each page.
///
/// # Errors
/// The stores' own errors; a damaged document is a [`Finding`].
pub async fn verify<R: RegistryStore, D: DocumentStore>(
    registry: &R,
    documents: &D,
    repository_unique_id: &str,
    mut progress: impl FnMut(&Report),
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    let mut after = None;
    loop {
        let page = registry.documents_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.entry_uuid.clone());
        for entry in &page {
            if is_ours(entry, repository_unique_id) {
                examine(documents, entry, &mut report).await?;
            }
        }
        progress(&report);
    }
    let mut after = None;
    loop {
        let page = documents.documents_after(after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.unique_id.clone());
        let named = named(registry, &page, repository_unique_id).await?;
        report.documents += page.len() as u64;
        let orphans = page
            .into_iter()
            .filter(|held| !named.contains(&held.unique_id));
        report.findings.extend(orphans.map(|held| match held.state {
            State::Pending => Finding::Pending(held.unique_id),
            State::Kept | State::Quarantined => Finding::Unregistered(held.unique_id),
        }));
        progress(&report);
    }
    Ok(report)
}

fn is_ours(entry: &DocumentEntry, repository_unique_id: &str) -> bool {
    entry.repository_unique_id.as_deref() == Some(repository_unique_id)
        && entry.object_type == ObjectType::Stable
}

/// Which of these documents the registry has in this repository.
async fn named<R: RegistryStore>(
    registry: &R,
    page: &[Held],
    repository_unique_id: &str,
) -> Result<HashSet<String>, StoreError> {
    let ids = page.iter().map(|held| held.unique_id.clone()).collect();
    let query = GetDocuments {
        ids: Ids::UniqueIds(ids),
    };
    let answer = registry.query(query.into(), PAGE * VERSIONS).await;
    let objects = answer.map_err(|error| match error {
        QueryError::Store(error) => error,
        QueryError::Refused(_) => StoreError::Failed("the registry refused a query".into()),
        QueryError::TooMany { .. } => {
            StoreError::Failed("too many entries share their uniqueIds".into())
        }
    })?;
    let ours = objects.documents.into_iter();
    let ours = ours.filter(|entry| is_ours(entry, repository_unique_id));
    Ok(ours.map(|entry| entry.unique_id).collect())
}

async fn examine<D: DocumentStore>(
    documents: &D,
    entry: &DocumentEntry,
    report: &mut Report,
) -> Result<(), StoreError> {
    report.entries += 1;
    let found = documents.open(&entry.unique_id).await;
    let uuid = entry.entry_uuid.clone();
    let document = match found {
        Ok(Some(document)) => document,
        Ok(None) => {
            report.findings.push(Finding::Missing(uuid));
            return Ok(());
        }
        Err(StoreError::Damaged(_)) => {
            report.findings.push(Finding::Unreadable(uuid));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    if document.held.state == State::Quarantined {
        report.findings.push(Finding::Quarantined(uuid));
        return Ok(());
    }
    let held = document.held.clone();
    let read = match Reading::new(document) {
        Ok(reading) => reading.drain().await,
        Err(damage) => Err(damage),
    };
    match read {
        Ok(octets) => {
            report.octets += octets;
            report.findings.extend(disagreements(entry, &held));
        }
        Err(Damage::Size) => report.findings.push(Finding::OtherSize(uuid)),
        Err(Damage::Hash) => report.findings.push(Finding::OtherHash(uuid)),
        Err(Damage::Unreadable(_)) => report.findings.push(Finding::Unreadable(uuid)),
    }
    Ok(())
}

/// Where the metadata describe another content than the one received.
fn disagreements(entry: &DocumentEntry, held: &Held) -> Vec<Finding> {
    let mut findings = Vec::new();
    if entry.size.is_some_and(|expected| expected != held.size) {
        findings.push(Finding::OtherSize(entry.entry_uuid.clone()));
    }
    let hash = entry.hash.as_deref();
    if hash.is_some_and(|expected| !expected.eq_ignore_ascii_case(&held.hash)) {
        findings.push(Finding::OtherHash(entry.entry_uuid.clone()));
    }
    findings
}
