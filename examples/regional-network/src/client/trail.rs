//! `audit`: the audit trail as the Audit Record Repository stored it.

use std::path::Path;

use ihe_atna::{
    AuditRecordRepository, RecordStore, RepositoryLimits, Search, SqliteStore, StoredRecord,
};

use super::session::Session;
use crate::domain::paths;
use crate::failure::{Context, Result};
use crate::shown;

const PAGE: usize = 500;

/// Prints the records, oldest first
pub(crate) async fn run(data: &Path, patient: Option<&str>, limit: usize) -> Result<()> {
    let path = data.join(paths::AUDIT);
    let store = SqliteStore::open(&path).await.context(path.display())?;
    // Reading the trail is an event itself: Audit Log Used (110101), recorded by the running domain.
    let session = Session::open(data).await?;
    let reader =
        AuditRecordRepository::new(session.node.clone(), store, RepositoryLimits::default());
    let mut search = Search {
        patient: patient.map(str::to_owned),
        limit: PAGE,
        ..Search::default()
    };
    let mut records = reader
        .search(&session.me, &search)
        .await
        .context("reading the audit trail")?;
    while let Some(last) = next_page(&records, &search) {
        search.after_sequence = Some(last);
        records.extend(
            reader
                .store()
                .search(&search)
                .await
                .context("reading the audit trail")?,
        );
        records.drain(..records.len().saturating_sub(limit.max(PAGE)));
    }
    records.drain(..records.len().saturating_sub(limit));
    session.close().await;
    print!("{}", table(&records));
    println!("{} records", records.len());
    Ok(())
}

/// The last record's number, when there was a new one since the page before
fn next_page(records: &[StoredRecord], search: &Search) -> Option<u64> {
    let last = records.last()?.sequence;
    (search.after_sequence != Some(last)).then_some(last)
}

/// The records as a table
pub(crate) fn table(records: &[StoredRecord]) -> String {
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    shown::table(
        &[
            "time (UTC)",
            "source",
            "event",
            "action",
            "outcome",
            "patients",
        ],
        &rows,
    )
}

fn row(record: &StoredRecord) -> Vec<String> {
    let Some(summary) = &record.summary else {
        let time = record.received.format("%F %T").to_string();
        return vec![
            time,
            shown::safe(&record.peer),
            "not a DICOM audit message".into(),
        ];
    };
    [
        summary.event_time.to_utc().format("%F %T").to_string(),
        summary.source_id.clone(),
        event(&summary.event_id, &summary.event_type),
        summary.action.clone(),
        outcome(summary.outcome).to_owned(),
        summary.patients.join(" "),
    ]
    .iter()
    .map(|cell| shown::safe(cell))
    .collect()
}

fn event(id: &str, kind: &str) -> String {
    if kind.is_empty() {
        id.to_owned()
    } else {
        format!("{kind} ({id})")
    }
}

/// Table of outcome indicators (DICOM PS3.15 A.5)
fn outcome(indicator: u8) -> &'static str {
    match indicator {
        0 => "success",
        4 => "minor failure",
        8 => "serious failure",
        12 => "major failure",
        _ => "unknown",
    }
}
