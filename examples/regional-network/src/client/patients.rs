//! `pix`: every other id of a patient. `pdq`: patients by demographics.

use std::path::Path;

use ihe_pix::identity::{NamePattern, PatientQuery};
use ihe_pix::{PatientRecord, PdqConsumer, iti21};

use super::session::{Session, patient_id};
use crate::cli::PdqArguments;
use crate::failure::{Context, Result};
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

/// Patients of one portion of an answer
const PORTION: usize = 50;

/// Prints one patient a line, and the ids below
pub(crate) async fn find(arguments: &PdqArguments) -> Result<()> {
    let patient = wanted(arguments)?;
    let session = Session::open(&arguments.at.data).await?;
    let found = all_pages(&session, patient, arguments.limit).await;
    session.close().await;
    let found = found?;
    for record in &found {
        print!("{}", patient_text(record));
    }
    println!("{} patients", found.len());
    Ok(())
}

fn wanted(arguments: &PdqArguments) -> Result<PatientQuery> {
    let name = arguments.name.as_ref().or(arguments.kana.as_ref());
    let mut words = name
        .map(|name| name.split_whitespace())
        .into_iter()
        .flatten();
    let id = arguments.id.as_deref().map(patient_id).transpose()?;
    Ok(PatientQuery {
        family: words.next().map(NamePattern::typed),
        given: words.next().map(NamePattern::typed),
        birth_date: arguments.birth.clone().unwrap_or_default(),
        sex: arguments.sex.clone().unwrap_or_default(),
        ids: id.into_iter().collect(),
        ..PatientQuery::default()
    })
}

async fn all_pages(
    session: &Session,
    patient: PatientQuery,
    limit: usize,
) -> Result<Vec<PatientRecord>> {
    let consumer = PdqConsumer::new(session.node.clone(), &session.endpoints.pix_v2);
    let query = iti21::Query::new(patient).at_most(limit.clamp(1, PORTION));
    let mut pages = consumer.pages(&session.me, query);
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(page) = pages.next().await.context("PDQ query (ITI-21)")?
    {
        found.extend(page);
    }
    pages.cancel().await.context("PDQ cancel (ITI-21)")?;
    found.truncate(limit);
    Ok(found)
}

fn patient_text(record: &PatientRecord) -> String {
    let names: Vec<String> = record
        .names
        .iter()
        .map(|name| format!("{} {}", name.family, name.given))
        .collect();
    let line = format!(
        "{}  {}  {}",
        names.join(" / "),
        record.birth_date,
        record.sex
    );
    let ids = record.ids.iter();
    let ids: String = ids
        .map(|id| format!("  {}\n", shown::safe(&id.to_string())))
        .collect();
    format!("{}\n{ids}", shown::safe(&line))
}
