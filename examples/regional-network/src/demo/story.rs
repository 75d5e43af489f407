//! The story, step by step. Each step returns what the closing table says of it.

use std::collections::HashSet;

use hl7v2::datatype::{Cx, Xpn};
use ihe_pix::{PatientRecord, PixSource, iti8};

use super::closing::Row;
use super::hospitals::{self, Charset, Hospital};
use super::patients::{FIRST_TWIN, HEROINE, PEOPLE, Person, SECOND_TWIN};
use super::{sharing, witness};
use crate::client::session::Session;
use crate::domain::Running;
use crate::failure::{Context, Failure, Result};
use crate::shown;

/// Who is in the story
pub(crate) struct Cast<'a> {
    /// The domain
    pub(crate) running: &'a Running,
    /// Each place's system, in the order of `hospitals::ALL`
    pub(crate) hospitals: [Session; 3],
    /// The doctor at the clinic
    pub(crate) clinician: Session,
}

/// Announces a step
pub(crate) fn step(number: u8, title: &str, what: &str) {
    println!("\n[{number}/8] {title}: {what}");
}

/// Tells steps 2 to 8
pub(crate) async fn tell(cast: &Cast<'_>) -> Result<Vec<Row>> {
    let within = |name: &'static str| move |failure: Failure| failure.within(name);
    let fed = feed(cast).await.map_err(within("step 2, feed"))?;
    let linked = link(cast).await.map_err(within("step 3, link"))?;
    let (published, shelf) = sharing::publish(cast)
        .await
        .map_err(within("step 4, publish"))?;
    let found = sharing::find(cast, &shelf)
        .await
        .map_err(within("step 5, find and retrieve"))?;
    let refused = witness::refuse(cast)
        .await
        .map_err(within("step 6, refuse"))?;
    let audited = witness::audit(cast)
        .await
        .map_err(within("step 7, audit"))?;
    let measured = witness::time(cast).await.map_err(within("step 8, time"))?;
    Ok(vec![
        fed, linked, published, found, refused, audited, measured,
    ])
}

async fn feed(cast: &Cast<'_>) -> Result<Row> {
    step(
        2,
        "Feed",
        "each place tells the PIX Manager its patients, in its own character set",
    );
    let mut total = 0;
    for (place, hospital) in hospitals::ALL.into_iter().enumerate() {
        let session = &cast.hospitals[place];
        let source = PixSource::new(session.node.clone(), &session.endpoints.pix_v2)
            .with_sender(hospital.application, hospital.facility)
            .with_charset(charset(hospital));
        let mut count = 0;
        for person in PEOPLE {
            let Some(id) = person.id_at(place) else {
                continue;
            };
            let feed = iti8::Feed::register(record(person, id));
            source
                .feed(&session.me, &feed)
                .await
                .context(hospital.name)?;
            count += 1;
        }
        let msh18 = charset(hospital).msh18();
        println!(
            "     {} ({}): {count} patients, MSH-18 {msh18}",
            hospital.name, hospital.japanese
        );
        total += count;
    }
    let result = format!("{total} registrations of {} people accepted", PEOPLE.len());
    Ok(Row {
        step: "Feed",
        transactions: "ITI-8",
        result,
    })
}

fn charset(hospital: &Hospital) -> hl7v2::charset::Charset {
    match hospital.charset {
        Charset::Iso2022Jp => hl7v2::charset::Charset::Iso2022Jp,
        Charset::Utf8 => hl7v2::charset::Charset::Utf8,
    }
}

fn record(person: &Person, id: Cx) -> PatientRecord {
    let name = |family: &str, given: &str, representation: &str| Xpn {
        name_type_code: "L".into(),
        representation: representation.into(),
        ..Xpn::new(family, given)
    };
    PatientRecord {
        ids: vec![id],
        names: vec![
            name(person.family, person.given, "I"),
            name(person.family_kana, person.given_kana, "P"),
        ],
        birth_date: person.birth_date.to_owned(),
        sex: person.sex.to_owned(),
        phone_home: person.phone(),
        ..PatientRecord::default()
    }
}

async fn link(cast: &Cast<'_>) -> Result<Row> {
    step(
        3,
        "Link",
        "the manager finds the same people; the affinity domain gives each one id",
    );
    let session = &cast.clinician;
    let mut people = HashSet::new();
    for person in PEOPLE {
        people.insert(one_affinity_id(session, person).await?.to_string());
    }
    if people.len() != PEOPLE.len() {
        let text = format!("{} people have {} affinity ids", PEOPLE.len(), people.len());
        return Err(Failure::new(text));
    }
    show(session, HEROINE).await?;
    show(session, FIRST_TWIN).await?;
    show(session, SECOND_TWIN).await?;
    println!("     the twins stay two people: their given names differ");
    let result = format!(
        "{} people, one affinity id each, twins kept apart",
        people.len()
    );
    Ok(Row {
        step: "Link",
        transactions: "ITI-9, ITI-8",
        result,
    })
}

/// All the person's local ids lead to the same affinity id
async fn one_affinity_id(session: &Session, person: &Person) -> Result<Cx> {
    let mut found: Option<Cx> = None;
    for id in person.local_ids() {
        let affinity = session.affinity_id(&id).await?;
        match &found {
            Some(other) if *other != affinity => {
                return Err(Failure::new(
                    "two ids of one person lead to two affinity ids",
                ));
            }
            _ => found = Some(affinity),
        }
    }
    found.context("a person without any id")
}

async fn show(session: &Session, person: &Person) -> Result<()> {
    let first = person
        .local_ids()
        .into_iter()
        .next()
        .context("a person without any id")?;
    let others = session.cross_references(&first, Vec::new()).await?;
    println!(
        "     {} {}  =  {}",
        shown::pad(&person.name(), 12),
        person.birth_date,
        brief(&first)
    );
    for id in others {
        println!("     {}  =  {}", " ".repeat(21), brief(&id));
    }
    Ok(())
}

/// An id with its place's name instead of the OID
fn brief(id: &Cx) -> String {
    let oid = &id.assigning_authority.universal_id;
    let place = hospitals::ALL
        .iter()
        .find(|hospital| hospital.domain == oid);
    format!(
        "{} @ {}",
        id.id,
        place.map_or("affinity domain", |hospital| hospital.name)
    )
}
