//! `pix`: every other id of a patient.

use std::path::Path;

use super::session::{Session, patient_id};
use crate::failure::Result;
use crate::shown;

/// Prints one id a line
pub(crate) async fn run(data: &Path, id: &str) -> Result<()> {
    let id = patient_id(id)?;
    let session = Session::open(data).await?;
    let found = session.cross_references(&id, Vec::new()).await;
    session.close().await;
    let found = found?;
    for id in &found {
        println!("{}", shown::safe(&id.to_string()));
    }
    if found.is_empty() {
        println!("no other ids");
    }
    Ok(())
}
