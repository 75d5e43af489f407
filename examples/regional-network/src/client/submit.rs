//! `submit`: documents, their relations and folders into the affinity domain (ITI-41).

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use hl7v2::datatype::Cx;
use ihe_soap::Source;
use ihe_xds::iti18::{GetDocuments, GetFolders, Ids};
use ihe_xds::metadata::{DocumentEntry, Objects, Status, Submission, SubmissionBuilder};
use tokio::time::{Instant, sleep};

use super::plan::{DocumentPlan, FolderPlan, Plan};
use super::publication::{self, Kind};
use super::session::{PATIENCE, Session, patient_id};
use crate::failure::{Context, Failure, Result};
use crate::shown;

/// What the content is told by
const START: u64 = 64 * 1024;

/// A document that was stored
pub(crate) struct Receipt {
    /// uniqueId
    pub(crate) unique_id: String,
    /// entryUUID
    pub(crate) entry_uuid: String,
    /// Bytes
    pub(crate) size: u64,
    /// mimeType
    pub(crate) mime_type: String,
}

/// A document and where its content is
pub(crate) struct Document {
    plan: DocumentPlan,
    kind: &'static Kind,
    size: u64,
    source: Source,
}

impl Document {
    /// A file, streamed when it is sent
    pub(crate) fn in_file(mut plan: DocumentPlan) -> Result<Document> {
        let shown = plan.file.display().to_string();
        let mut start = Vec::new();
        let file = std::fs::File::open(&plan.file).context(&shown)?;
        let size = file.metadata().context(&shown)?.len();
        file.take(START).read_to_end(&mut start).context(&shown)?;
        if plan.title.is_none() {
            let name = plan.file.file_name();
            plan.title = name.map(|name| name.to_string_lossy().into_owned());
        }
        Ok(Document {
            kind: Kind::of(&start),
            size,
            source: Source::File(plan.file.clone()),
            plan,
        })
    }

    /// Bytes in memory
    pub(crate) fn in_memory(plan: DocumentPlan, content: bytes::Bytes) -> Document {
        Document {
            kind: Kind::of(&content),
            size: content.len() as u64,
            source: Source::Bytes(content),
            plan,
        }
    }
}

/// `submit --patient ID [FILE..] [--metadata FILE]`
pub(crate) async fn run(data: &Path, patient: &str, mut plan: Plan) -> Result<()> {
    let patient = patient_id(patient)?;
    let documents = std::mem::take(&mut plan.documents);
    let documents = documents.into_iter().map(Document::in_file);
    let documents = documents.collect::<Result<Vec<_>>>()?;
    let session = Session::open(data).await?;
    let result = publish(&session, &patient, &plan, &documents).await;
    session.close().await;
    for receipt in result? {
        println!(
            "{} {} {} {}",
            receipt.unique_id,
            receipt.mime_type,
            shown::bytes(receipt.size),
            receipt.entry_uuid
        );
    }
    Ok(())
}

/// Stores and registers documents for a patient of any domain
pub(crate) async fn publish(
    session: &Session,
    patient: &Cx,
    plan: &Plan,
    documents: &[Document],
) -> Result<Vec<Receipt>> {
    let affinity_id = session.affinity_id(patient).await?;
    let targets = Targets::resolve(session, plan, documents).await?;
    let until = Instant::now() + PATIENCE;
    loop {
        let submission = submission(plan, documents, &targets, (&affinity_id, patient))?;
        let receipts = receipts(&submission, documents);
        let contents = receipts.iter().zip(documents);
        let contents =
            contents.map(|(receipt, one)| (receipt.entry_uuid.clone(), one.source.clone()));
        let contents = contents.collect();
        match session
            .source()
            .submit(&session.me, submission, contents)
            .await
        {
            Ok(warnings) => {
                for warning in warnings {
                    eprintln!("warning: {}", warning.code.as_str());
                }
                return Ok(receipts);
            }
            // The Manager knew the affinity id a moment before the Registry did.
            Err(error) if patient_unknown(&error) && Instant::now() < until => {
                sleep(std::time::Duration::from_millis(200)).await;
            }
            Err(error) => return Err(refused(&error).within("submitting (ITI-41)")),
        }
    }
}

/// Every reason of a refusal: where and what, for the person who sent it
fn refused(error: &ihe_xds::Error) -> Failure {
    let ihe_xds::Error::Refused(refusal) = error else {
        return Failure::new(error.to_string());
    };
    let reasons = refusal.errors.iter().map(|one| {
        let place = one.location.as_deref().unwrap_or_default();
        let reason = format!("{} {place} {}", one.code, one.context);
        shown::safe(
            reason
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .as_str(),
        )
    });
    Failure::new(reasons.collect::<Vec<_>>().join("; "))
}

fn patient_unknown(error: &ihe_xds::Error) -> bool {
    matches!(error, ihe_xds::Error::Refused(refusal)
        if refusal.errors.iter().any(|e| e.code.as_str() == "XDSUnknownPatientId"))
}

fn submission(
    plan: &Plan,
    documents: &[Document],
    targets: &Targets,
    (affinity_id, source_id): (&Cx, &Cx),
) -> Result<Submission> {
    let author = publication::author(plan);
    let mut built = publication::set(plan, &author, affinity_id);
    let mut folders = Vec::new();
    for document in documents {
        let entry = publication::entry(&document.plan, document.kind, &author, source_id);
        let uuid = entry.entry_uuid.clone();
        built = built.document(entry);
        for (kind, target) in document.plan.relations() {
            built = built.relation(kind, &uuid, targets.of(target)?);
        }
        folders.extend(document.plan.folder.clone().map(|title| (title, uuid)));
    }
    for folder in &plan.folders {
        let members = folders.iter().filter(|(title, _)| *title == folder.title);
        let members: Vec<&str> = members.map(|(_, uuid)| uuid.as_str()).collect();
        built = in_folder(built, folder, &members, targets)?;
    }
    let known = |title: &str| plan.folders.iter().any(|one| one.title == title);
    match folders.iter().find(|(title, _)| !known(title)) {
        Some((title, _)) => Err(Failure::new(format!("no folder {title:?} is described"))),
        None => Ok(built.build()),
    }
}

fn in_folder(
    mut built: SubmissionBuilder,
    plan: &FolderPlan,
    members: &[&str],
    targets: &Targets,
) -> Result<SubmissionBuilder> {
    if !plan.existing {
        return Ok(built.folder(publication::folder(plan), members));
    }
    let folder = targets.of(plan.unique_id.as_deref().unwrap_or_default())?;
    for member in members {
        built = built.into_folder(folder, member);
    }
    Ok(built)
}

fn receipts(submission: &Submission, documents: &[Document]) -> Vec<Receipt> {
    let pairs = submission.documents.iter().zip(documents);
    let receipt = |(entry, document): (&DocumentEntry, &Document)| Receipt {
        unique_id: entry.unique_id.clone(),
        entry_uuid: entry.entry_uuid.clone(),
        size: document.size,
        mime_type: entry.mime_type.clone(),
    };
    pairs.map(receipt).collect()
}

/// entryUUIDs of what the plan names by uniqueId
#[derive(Default)]
struct Targets(HashMap<String, String>);

impl Targets {
    /// Looks up every document and folder of the registry that the plan names (ITI-18)
    async fn resolve(session: &Session, plan: &Plan, documents: &[Document]) -> Result<Targets> {
        let mut targets = Targets::default();
        let related = documents.iter().flat_map(|one| one.plan.relations());
        for (_, id) in related {
            let query = GetDocuments {
                ids: Ids::UniqueIds(vec![id.to_owned()]),
            };
            targets
                .add(session, id, query.into(), |objects| {
                    let approved = objects.documents.iter();
                    let approved = approved.filter(|one| one.status == Status::Approved);
                    approved.map(|one| one.entry_uuid.clone()).next()
                })
                .await?;
        }
        for folder in plan.folders.iter().filter(|one| one.existing) {
            let id = folder
                .unique_id
                .as_deref()
                .context("an existing folder needs its unique_id")?;
            let query = GetFolders {
                ids: Ids::UniqueIds(vec![id.to_owned()]),
            };
            targets
                .add(session, id, query.into(), |objects| {
                    objects.folders.first().map(|one| one.entry_uuid.clone())
                })
                .await?;
        }
        Ok(targets)
    }

    async fn add(
        &mut self,
        session: &Session,
        id: &str,
        query: ihe_xds::iti18::StoredQuery,
        pick: impl Fn(&Objects) -> Option<String>,
    ) -> Result<()> {
        if !id.starts_with("urn:uuid:") {
            let found = session.consumer().query(&session.me, query).await;
            let found = pick(&found.context("looking up what is related (ITI-18)")?);
            let uuid = found.context(format!("{id:?} is not in the registry, or deprecated"))?;
            self.0.insert(id.to_owned(), uuid);
        }
        Ok(())
    }

    fn of<'a>(&'a self, id: &'a str) -> Result<&'a str> {
        let known = self.0.get(id).map(String::as_str);
        known
            .or_else(|| id.starts_with("urn:uuid:").then_some(id))
            .context(format!("{id:?} was not looked up"))
    }
}
