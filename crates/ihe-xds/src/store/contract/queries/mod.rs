//! What is found again, and how (ITI TF-2 3.18.4.1.2.3.7).

mod archive;
mod by_id;
mod by_patient;
mod merged;
mod on_demand;

use super::super::RegistryStore;
use super::build::*;
use crate::iti18::StoredQuery;
use crate::metadata::{DocumentEntry, Objects, Status};

/// Every query on a store of its own, and together.
pub(super) async fn run<S: RegistryStore>(fresh: &impl AsyncFn() -> S) {
    xds_r_050_051_058_registers_and_finds(&fresh().await).await;
    pages_through_all_documents(&fresh().await).await;
    by_patient::run(&fresh().await).await;
    by_id::run(&fresh().await).await;
    merged::run(&fresh().await).await;
    on_demand::run(&fresh().await).await;
}

async fn ask<S: RegistryStore>(store: &S, query: impl Into<StoredQuery>) -> Objects {
    store.query(query.into(), MANY).await.expect("query")
}

async fn xds_r_050_051_058_registers_and_finds<S: RegistryStore>(store: &S) {
    let id = feed(store, 1).await;
    let mut entry = document(&id);
    entry.status = Status::Deprecated;
    entry.title = Some("検査 <報告> & \"x\"".into());
    entry.source_patient_info = vec!["PID-5|山田^太郎".into()];
    register(store, submission(&id, vec![entry.clone()])).await;
    let found = find(store, &id, &[Status::Approved]).await;
    let expected = DocumentEntry {
        status: Status::Approved,
        logical_id: Some(entry.entry_uuid.clone()),
        ..entry
    };
    assert!(
        found.documents == [expected],
        "attributes come back unchanged and Approved"
    );
    assert!(find(store, &id, &[Status::Deprecated]).await.is_empty());
}

async fn pages_through_all_documents<S: RegistryStore>(store: &S) {
    let id = feed(store, 40).await;
    register(
        store,
        submission(&id, (0..5).map(|_| document(&id)).collect()),
    )
    .await;
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = store.documents_after(after, 2).await.expect("page");
        let Some(last) = page.last() else { break };
        after = Some(last.entry_uuid.clone());
        seen.extend(page.into_iter().map(|entry| entry.entry_uuid));
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted(), "in order of entryUUID");
}
