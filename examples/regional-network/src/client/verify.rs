//! `verify`: every stored document hashed again and compared with its metadata.

use std::path::Path;
use std::process::ExitCode;

use ihe_xds::metadata::ObjectType;
use ihe_xds::store::{FileStore, RegistryStore, SqliteStore, verify};

use super::session::Session;
use crate::domain::paths;
use crate::failure::{Context, Result};
use crate::lock::Lock;

const PAGE: usize = 200;

/// Through the stores when nobody serves them, else through the running repository
pub(crate) async fn run(data: &Path) -> Result<ExitCode> {
    let registry = SqliteStore::open(data.join(paths::REGISTRY)).await;
    let registry = registry.context(data.join(paths::REGISTRY).display())?;
    let bad = match Lock::try_take(data)? {
        Some(_lock) => at_rest(data, &registry).await?,
        None => over_the_wire(data, &registry).await?,
    };
    Ok(if bad == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn at_rest(data: &Path, registry: &SqliteStore) -> Result<usize> {
    let documents =
        FileStore::open(data.join(paths::DOCUMENTS)).context("opening the documents")?;
    let first = registry
        .documents_after(None, 1)
        .await
        .context("reading the registry")?;
    let repository = first
        .first()
        .and_then(|entry| entry.repository_unique_id.clone());
    let report = verify(
        registry,
        &documents,
        repository.as_deref().unwrap_or_default(),
        |_| (),
    )
    .await;
    let report = report.context("verifying")?;
    for finding in &report.findings {
        println!("{finding:?}");
    }
    println!(
        "{} documents, {}, verified at rest; {} findings",
        report.entries,
        crate::shown::bytes(report.octets),
        report.findings.len()
    );
    Ok(if report.is_sound() {
        0
    } else {
        report.findings.len()
    })
}

/// Retrieves each registered document (ITI-43): the consumer checks hash and size
async fn over_the_wire(data: &Path, registry: &SqliteStore) -> Result<usize> {
    let session = Session::open(data).await?;
    let consumer = session.consumer();
    let (mut after, mut good, mut bad) = (None, 0_usize, 0_usize);
    loop {
        let page = registry
            .documents_after(after.take(), PAGE)
            .await
            .context("reading the registry")?;
        for entry in page
            .iter()
            .filter(|entry| entry.object_type == ObjectType::Stable)
        {
            match consumer.retrieve(&session.me, entry).await {
                Ok(_) => good += 1,
                Err(error) => {
                    bad += 1;
                    println!("{}: {error}", crate::shown::safe(&entry.unique_id));
                }
            }
        }
        match page.last() {
            Some(entry) => after = Some(entry.entry_uuid.clone()),
            None => break,
        }
    }
    session.close().await;
    println!(
        "{} documents verified through the running repository, {bad} findings",
        good + bad
    );
    Ok(bad)
}
