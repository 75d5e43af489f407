//! Steps 4 and 5: documents go in at the hospitals and come out at the clinic.

use bytes::Bytes;

use super::closing::Row;
use super::documents::{self, IMAGING, LETTER, SUMMARY, Sheet};
use super::hospitals::{self, Hospital};
use super::patients::{FIRST_TWIN, HEROINE, PEOPLE, Person};
use super::story::{Cast, step};
use ihe_xds::metadata::Code;

use crate::client::plan::{AuthorPlan, CodeText, DocumentPlan, Plan};
use crate::client::query::find as find_documents;
use crate::client::submit::{Document, publish as publish_documents};
use crate::failure::{Context, Failure, Result};
use crate::shown;

/// A document that was published, and its bytes
pub(crate) struct Published {
    person: &'static Person,
    unique_id: String,
    content: Bytes,
}

struct Writing {
    place: usize,
    person: &'static Person,
    sheet: &'static Sheet,
    is_pdf: bool,
}

const fn writing(
    place: usize,
    person: &'static Person,
    sheet: &'static Sheet,
    is_pdf: bool,
) -> Writing {
    Writing {
        place,
        person,
        sheet,
        is_pdf,
    }
}

const WRITINGS: [Writing; 6] = [
    writing(0, HEROINE, &SUMMARY, false),
    writing(0, HEROINE, &IMAGING, true),
    writing(1, HEROINE, &LETTER, false),
    writing(0, FIRST_TWIN, &IMAGING, true),
    writing(1, &PEOPLE[3], &LETTER, false),
    writing(0, &PEOPLE[4], &SUMMARY, false),
];

/// Two hospitals publish, each by its own patient id
pub(crate) async fn publish(cast: &Cast<'_>) -> Result<(Row, Vec<Published>)> {
    step(
        4,
        "Publish",
        "two hospitals store documents and have them registered",
    );
    let mut shelf = Vec::new();
    for writing in &WRITINGS {
        shelf.push(write(cast, writing).await?);
    }
    let bytes: usize = shelf.iter().map(|published| published.content.len()).sum();
    let result = format!("{} documents, {}", shelf.len(), shown::bytes(bytes as u64));
    Ok((
        Row {
            step: "Publish",
            transactions: "ITI-41, ITI-42",
            result,
        },
        shelf,
    ))
}

async fn write(cast: &Cast<'_>, writing: &Writing) -> Result<Published> {
    let Writing {
        place,
        person,
        sheet,
        is_pdf,
    } = writing;
    let hospital = hospitals::ALL[*place];
    let patient = person
        .id_at(*place)
        .context("the hospital does not know this person")?;
    let content: Bytes = render(sheet, hospital, person, &patient.id, *is_pdf).into();
    let document = DocumentPlan {
        title: Some(sheet.title.to_owned()),
        type_code: Some(CodeText(loinc(sheet.code))),
        ..DocumentPlan::default()
    };
    let plan = Plan {
        title: Some(sheet.title.to_owned()),
        author: Some(AuthorPlan {
            person: Some("^架空^医師".to_owned()),
            institutions: vec![hospital.japanese.to_owned()],
            ..AuthorPlan::default()
        }),
        ..Plan::default()
    };
    let session = &cast.hospitals[*place];
    let documents = [Document::in_memory(document, content.clone())];
    let receipts = publish_documents(session, &patient, &plan, &documents).await?;
    let receipt = receipts.into_iter().next().context("no receipt")?;
    println!(
        "     {} {} {:<15} {} for {}",
        shown::pad(hospital.name, 15),
        shown::pad(sheet.title, 18),
        receipt.mime_type,
        shown::bytes(receipt.size),
        person.name()
    );
    Ok(Published {
        person,
        unique_id: receipt.unique_id,
        content,
    })
}

fn loinc((code, display): (&str, &str)) -> Code {
    Code::new(code, "2.16.840.1.113883.6.1", display)
}

fn render(sheet: &Sheet, hospital: &Hospital, person: &Person, id: &str, is_pdf: bool) -> Vec<u8> {
    if is_pdf {
        return documents::pdf(sheet, hospital);
    }
    let document_id = format!("2.25.{}", uuid::Uuid::new_v4().as_u128());
    documents::cda(sheet, hospital, &document_id, person, id)
}

/// The clinic asks by its own id and gets what the hospitals wrote, byte for byte
pub(crate) async fn find(cast: &Cast<'_>, shelf: &[Published]) -> Result<Row> {
    step(
        5,
        "Find and retrieve",
        "the clinic asks by its own id for the patient in front of it",
    );
    let session = &cast.clinician;
    let own = HEROINE
        .id_at(2)
        .context("the clinic does not know the patient")?;
    let entries = find_documents(session, &own).await?;
    let expected: Vec<&Published> = shelf.iter().filter(|p| p.person == HEROINE).collect();
    if entries.len() != expected.len() {
        let text = format!(
            "{} documents expected, {} found",
            expected.len(),
            entries.len()
        );
        return Err(Failure::new(text));
    }
    for published in expected {
        let entry = entries
            .iter()
            .find(|entry| entry.unique_id == published.unique_id);
        let entry = entry.context("a published document was not found")?;
        let bytes = session
            .consumer()
            .retrieve(&session.me, entry)
            .await
            .context("retrieving (ITI-43)")?;
        if bytes != published.content {
            return Err(Failure::new(
                "the bytes retrieved are not the bytes published",
            ));
        }
        println!(
            "     {} {:<15} SHA-1 {} and size {} agree",
            shown::pad(
                entry
                    .title
                    .as_ref()
                    .map_or("", |title| title.value.as_str()),
                18
            ),
            entry.mime_type,
            entry.hash.as_deref().unwrap_or("-"),
            bytes.len()
        );
    }
    let result = format!(
        "{} documents found by the clinic's id, hash and size equal",
        entries.len()
    );
    Ok(Row {
        step: "Find, retrieve",
        transactions: "ITI-9, ITI-18, ITI-43",
        result,
    })
}
