//! `query`: any stored query of the registry (ITI-18), as tables for people or as the XML it came in.

use hl7v2::datatype::Cx;
use ihe_xds::iti18::{
    self, Definition, FindDocuments, Form, Number, Parameters, Request, ReturnType,
};
use ihe_xds::metadata::{
    Association, DocumentEntry, Folder, LocalizedString, Objects, Status, SubmissionSet,
};

use super::session::{Session, patient_id};
use crate::cli::QueryArguments;
use crate::failure::{Context, Failure, Result};
use crate::shown::{self, safe};

/// `query [QUERY] [--patient ID] [--param NAME=VALUE]..`
pub(crate) async fn run(arguments: &QueryArguments) -> Result<()> {
    if arguments.list {
        print!("{}", listed());
        return Ok(());
    }
    let name = arguments.query.as_str();
    let definition =
        iti18::query(name).context(format!("no query {name:?}: see `query --list`"))?;
    let session = Session::open(&arguments.at.data).await?;
    let said = answer(&session, definition, arguments).await;
    session.close().await;
    print!("{}", said?);
    Ok(())
}

async fn answer(
    session: &Session,
    definition: &'static Definition,
    arguments: &QueryArguments,
) -> Result<String> {
    let parameters = parameters(session, definition, arguments).await?;
    let query = parameters.query().map_err(|refusal| {
        let reasons: Vec<_> = refusal.errors.into_iter().map(|one| one.context).collect();
        Failure::new(reasons.join("; "))
    })?;
    let return_type = match arguments.object_ref {
        true => ReturnType::ObjectRef,
        false => ReturnType::LeafClass,
    };
    let request = Request {
        return_type,
        ..Request::from(query)
    };
    let consumer = session.consumer();
    if arguments.xml {
        let xml = consumer.ask_xml(&session.me, &request).await;
        return Ok(xml.context("asking (ITI-18)")? + "\n");
    }
    let response = consumer.ask(&session.me, &request).await;
    let response = response.context("asking (ITI-18)")?;
    for warning in &response.errors {
        eprintln!("{}: {}", warning.code, safe(&warning.context));
    }
    Ok(tables(&response.objects))
}

/// What the arguments say, and the status Approved where one is needed and none is said
async fn parameters(
    session: &Session,
    definition: &'static Definition,
    arguments: &QueryArguments,
) -> Result<Parameters> {
    let mut parameters = Parameters::of(definition);
    if let Some(patient) = &arguments.patient {
        let mut takes = definition.parameters().iter();
        let takes = takes.find(|one| one.form() == Form::Patient);
        let takes = takes.context(format!("{} takes no patient", definition.name()))?;
        let affinity_id = session.affinity_id(&patient_id(patient)?).await?;
        parameters = parameters.with(takes.name(), [affinity_id.to_xds()]);
    }
    for text in &arguments.parameters {
        let (name, values) = text
            .split_once('=')
            .context(format!("{text:?} is not NAME=VALUE"))?;
        let known = definition.parameter(name);
        let known = known.context(format!("{} has no parameter {name:?}", definition.name()))?;
        parameters = parameters.with(known.name(), values.split('|'));
    }
    let given: Vec<&str> = parameters.given().map(|(one, _)| one.name()).collect();
    let is_open = |name: &str| !given.contains(&name);
    let mut statuses = vec![Status::Approved.urn()];
    statuses.extend(arguments.deprecated.then_some(Status::Deprecated.urn()));
    let missing = definition.parameters().iter();
    let missing = missing.filter(|one| one.form() == Form::Status && is_open(one.name()));
    let missing: Vec<&str> = missing.map(|one| one.name()).collect();
    Ok(missing
        .into_iter()
        .fold(parameters, |all, name| all.with(name, statuses.clone())))
}

/// The approved documents of a patient of any domain
pub(crate) async fn find(session: &Session, patient: &Cx) -> Result<Vec<DocumentEntry>> {
    let affinity_id = session.affinity_id(patient).await?;
    let query = FindDocuments::new(&affinity_id).approved();
    let objects = session.consumer().query(&session.me, query).await;
    Ok(objects.context("finding documents (ITI-18)")?.documents)
}

/// Every query with its parameters
fn listed() -> String {
    let mut text = String::new();
    for definition in iti18::queries() {
        text.push_str(&format!(
            "{}  {}\n",
            definition.name(),
            definition.section()
        ));
        for parameter in definition.parameters() {
            let need = if parameter.is_required() {
                "required"
            } else {
                ""
            };
            let number = match parameter.number() {
                Number::One => "one value",
                Number::Or => "A|B: either",
                Number::AndOr => "A|B: either; again: both",
            };
            let (name, form) = (parameter.name(), parameter.form());
            let line = format!("  {name:<48} {form:?}, {number} {need}");
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

fn tables(objects: &Objects) -> String {
    let mut text = String::new();
    let mut add = |title: &str, header: &[&str], rows: Vec<Vec<String>>| {
        if !rows.is_empty() {
            text.push_str(&format!(
                "{title}: {}\n{}",
                rows.len(),
                shown::table(header, &rows)
            ));
        }
    };
    let documents: Vec<_> = objects.documents.iter().map(document).collect();
    add(
        "documents",
        &[
            "uniqueId",
            "status",
            "created",
            "type",
            "size",
            "title",
            "entryUUID",
        ],
        documents,
    );
    let sets = objects.submission_sets.iter().map(set).collect();
    add(
        "submission sets",
        &["uniqueId", "submitted", "source", "title", "entryUUID"],
        sets,
    );
    let folders = objects.folders.iter().map(folder).collect();
    add(
        "folders",
        &["uniqueId", "status", "updated", "title", "entryUUID"],
        folders,
    );
    let associations = objects.associations.iter().map(association).collect();
    add(
        "associations",
        &["type", "status", "source", "target"],
        associations,
    );
    let references = objects.references.iter().map(|id| vec![safe(id)]).collect();
    add("references", &["entryUUID"], references);
    if text.is_empty() {
        text.push_str("nothing found\n");
    }
    text
}

fn document(entry: &DocumentEntry) -> Vec<String> {
    vec![
        safe(&entry.unique_id),
        status(entry.status),
        safe(entry.creation_time.as_deref().unwrap_or("on demand")),
        safe(&entry.mime_type),
        entry.size.map(shown::bytes).unwrap_or_default(),
        title(entry.title.as_ref()),
        safe(&entry.entry_uuid),
    ]
}

fn set(set: &SubmissionSet) -> Vec<String> {
    vec![
        safe(&set.unique_id),
        safe(&set.submission_time),
        safe(&set.source_id),
        title(set.title.as_ref()),
        safe(&set.entry_uuid),
    ]
}

fn folder(folder: &Folder) -> Vec<String> {
    vec![
        safe(&folder.unique_id),
        status(folder.status),
        safe(folder.last_update_time.as_deref().unwrap_or_default()),
        title(folder.title.as_ref()),
        safe(&folder.entry_uuid),
    ]
}

fn association(one: &Association) -> Vec<String> {
    let name = one.association_type.urn().rsplit(':').next();
    let kind = match one.submission_set_status {
        Some(status) => format!("{} {}", name.unwrap_or_default(), status.as_str()),
        None => name.unwrap_or_default().to_owned(),
    };
    vec![
        kind,
        status(one.status),
        safe(&one.source),
        safe(&one.target),
    ]
}

fn status(status: Status) -> String {
    format!("{status:?}")
}

fn title(title: Option<&LocalizedString>) -> String {
    safe(title.map_or("", |title| title.value.as_str()))
}
