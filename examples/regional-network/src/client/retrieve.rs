//! `retrieve`: a document out of the affinity domain (ITI-18, ITI-43), or all documents of a patient.

use std::path::Path;

use ihe_xds::iti18::{GetDocuments, Ids};

use super::query::find;
use super::session::{Session, patient_id};
use crate::failure::{Context, Failure, Result};
use crate::shown;

/// `retrieve UNIQUE_ID -o FILE`
pub(crate) async fn one(data: &Path, unique_id: &str, output: &Path) -> Result<()> {
    let session = Session::open(data).await?;
    let result = to_file(&session, unique_id, output).await;
    session.close().await;
    println!("{}", result?);
    Ok(())
}

async fn to_file(session: &Session, unique_id: &str, output: &Path) -> Result<String> {
    let consumer = session.consumer();
    let query = GetDocuments {
        ids: Ids::UniqueIds(vec![unique_id.to_owned()]),
    };
    let objects = consumer.query(&session.me, query).await;
    let mut entries = objects
        .context("looking it up (ITI-18)")?
        .documents
        .into_iter();
    let entry = entries.next();
    let entry = entry.ok_or_else(|| Failure::new("no such document in the registry"))?;
    let retrieved = consumer.retrieve_to(&session.me, &entry, output).await;
    retrieved.context("retrieving (ITI-43)")?;
    let hash = entry.hash.as_deref().unwrap_or("-");
    Ok(format!(
        "{}: SHA-1 {} and size agree with the metadata",
        output.display(),
        shown::safe(hash)
    ))
}

/// `retrieve --patient ID -o FOLDER`
pub(crate) async fn all(data: &Path, patient: &str, folder: &Path) -> Result<()> {
    let patient = patient_id(patient)?;
    std::fs::create_dir_all(folder).context(folder.display())?;
    let session = Session::open(data).await?;
    let entries = find(&session, &patient).await?;
    let set = session
        .consumer()
        .retrieve_set(&session.me, &entries, folder)
        .await;
    session.close().await;
    let mut failed = 0;
    for (one, entry) in set.context("retrieving (ITI-43)")?.iter().zip(&entries) {
        match &one.file {
            Ok(path) => println!("{}  {}", path.display(), shown::safe(&entry.unique_id)),
            Err(error) => {
                failed += 1;
                println!("{}: {error}", shown::safe(&entry.unique_id));
            }
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(format!(
            "{failed} of {} documents did not come",
            entries.len()
        ))),
    }
}
