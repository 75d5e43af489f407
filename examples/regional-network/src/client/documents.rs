//! `submit`, `query`, `retrieve`: documents in and out of the affinity domain.

use std::path::Path;

use bytes::Bytes;
use hl7v2::datatype::Cx;
use ihe_soap::Source;
use ihe_xds::iti18::{FindDocuments, GetDocuments, Ids};
use ihe_xds::metadata::DocumentEntry;
use tokio::time::{Instant, sleep};

use super::publication::{self, Kind, Origin};
use super::session::{PATIENCE, Session, patient_id};
use crate::failure::{Context, Failure, Result};
use crate::shown;

/// What was stored
pub(crate) struct Receipt {
    /// The document's uniqueId
    pub(crate) unique_id: String,
    /// Bytes
    pub(crate) size: usize,
    /// mimeType
    pub(crate) mime_type: &'static str,
}

/// `submit --patient ID FILE`
pub(crate) async fn submit(data: &Path, patient: &str, file: &Path) -> Result<()> {
    let patient = patient_id(patient)?;
    let content = tokio::fs::read(file).await.context(file.display())?;
    let session = Session::open(data).await?;
    let title = file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let origin = Origin {
        title: title.as_deref().unwrap_or_default(),
        ..Origin::default()
    };
    let result = publish(&session, &patient, content.into(), &origin).await;
    session.close().await;
    let receipt = result?;
    println!(
        "{} {} {}",
        receipt.unique_id,
        receipt.mime_type,
        shown::bytes(receipt.size as u64)
    );
    Ok(())
}

/// Stores and registers one document for a patient of any domain
pub(crate) async fn publish(
    session: &Session,
    patient: &Cx,
    content: Bytes,
    origin: &Origin<'_>,
) -> Result<Receipt> {
    let affinity_id = session.affinity_id(patient).await?;
    let kind = Kind::of(&content);
    let until = Instant::now() + PATIENCE;
    loop {
        let (submission, entry_uuid) = publication::submission(kind, &affinity_id, patient, origin);
        let unique_id = submission.documents[0].unique_id.clone();
        let documents = vec![(entry_uuid, Source::Bytes(content.clone()))];
        match session
            .source()
            .submit(&session.me, submission, documents)
            .await
        {
            Ok(warnings) => {
                for warning in warnings {
                    eprintln!("warning: {}", warning.code.as_str());
                }
                return Ok(Receipt {
                    unique_id,
                    size: content.len(),
                    mime_type: kind.mime_type,
                });
            }
            // The Manager knew the affinity id a moment before the Registry did.
            Err(error) if patient_unknown(&error) && Instant::now() < until => {
                sleep(std::time::Duration::from_millis(200)).await;
            }
            Err(error) => return Err(error).context("submitting (ITI-41)"),
        }
    }
}

fn patient_unknown(error: &ihe_xds::Error) -> bool {
    matches!(error, ihe_xds::Error::Refused(refusal)
        if refusal.errors.iter().any(|e| e.code.as_str() == "XDSUnknownPatientId"))
}

/// `query --patient ID`
pub(crate) async fn query(data: &Path, patient: &str) -> Result<()> {
    let patient = patient_id(patient)?;
    let session = Session::open(data).await?;
    let found = find(&session, &patient).await;
    session.close().await;
    let entries = found?;
    for entry in &entries {
        println!("{}", line(entry));
    }
    if entries.is_empty() {
        eprintln!("no documents");
    }
    Ok(())
}

/// The approved documents of a patient of any domain
pub(crate) async fn find(session: &Session, patient: &Cx) -> Result<Vec<DocumentEntry>> {
    let affinity_id = session.affinity_id(patient).await?;
    let query = FindDocuments::new(&affinity_id).approved();
    let objects = session.consumer().query(&session.me, query).await;
    Ok(objects.context("finding documents (ITI-18)")?.documents)
}

fn line(entry: &DocumentEntry) -> String {
    let title = entry
        .title
        .as_ref()
        .map_or("", |title| title.value.as_str());
    let size = entry.size.map(|size| size.to_string()).unwrap_or_default();
    format!(
        "{}  {}  {}  {size} B  {}  {}",
        shown::safe(&entry.unique_id),
        shown::safe(entry.creation_time.as_deref().unwrap_or("-")),
        shown::safe(&entry.mime_type),
        shown::safe(entry.hash.as_deref().unwrap_or("-")),
        shown::safe(title),
    )
}

/// `retrieve UNIQUE_ID -o FILE`
pub(crate) async fn retrieve(data: &Path, unique_id: &str, output: &Path) -> Result<()> {
    let session = Session::open(data).await?;
    let result = retrieve_to(&session, unique_id, output).await;
    session.close().await;
    println!("{}", result?);
    Ok(())
}

async fn retrieve_to(session: &Session, unique_id: &str, output: &Path) -> Result<String> {
    let consumer = session.consumer();
    let query = GetDocuments {
        ids: Ids::UniqueIds(vec![unique_id.to_owned()]),
    };
    let objects = consumer
        .query(&session.me, query)
        .await
        .context("looking it up (ITI-18)")?;
    let entry = objects.documents.into_iter().next();
    let entry = entry.ok_or_else(|| Failure::new("no such document in the registry"))?;
    consumer
        .retrieve_to(&session.me, &entry, output)
        .await
        .context("retrieving (ITI-43)")?;
    let hash = entry.hash.as_deref().unwrap_or("-");
    Ok(format!(
        "{}: SHA-1 {} and size agree with the metadata",
        output.display(),
        shown::safe(hash)
    ))
}
