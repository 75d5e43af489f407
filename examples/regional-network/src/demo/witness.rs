//! Steps 6 to 8: what is refused, what was recorded, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use hl7v2::datatype::{Cx, Hd};
use ihe_atna::{RecordStore, Search, StoredRecord};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::closing::Row;
use super::hospitals::KITA;
use super::patients::HEROINE;
use super::story::{Cast, step};
use crate::client::feed::exchange;
use crate::client::{time as clock, trail};
use crate::failure::{Context, Failure, Result};

/// The transactions that the patient's trail must show, from one end at least
const EXPECTED: [&str; 6] = ["ITI-8", "ITI-9", "ITI-18", "ITI-41", "ITI-42", "ITI-43"];
const MOST: usize = 1000;

/// Bad input gets the protocol's own error
pub(crate) async fn refuse(cast: &Cast<'_>) -> Result<Row> {
    step(
        6,
        "Refuse",
        "bad input gets the protocol's own error and an audit record; the servers go on",
    );
    unknown_domain(cast).await?;
    unknown_patient(cast).await?;
    stranger(cast).await?;
    let result = "unknown domain, unknown patient, connection without TLS".to_owned();
    Ok(Row {
        step: "Refuse",
        transactions: "ITI-8, ITI-9, ITI-19",
        result,
    })
}

async fn unknown_domain(cast: &Cast<'_>) -> Result<()> {
    let message = "MSH|^~\\&|HIS|ELSEWHERE|PIX|REGION|20260401120000||ADT^A04|1|P|2.3.1\r\
        EVN|A04|20260401120000\rPID|||1^^^&1.2.3.4&ISO||NOBODY^KNOWN||20000101|F\rPV1||O\r";
    let session = &cast.clinician;
    let answer = exchange(session, &session.endpoints.pix_v2, message.as_bytes()).await?;
    let code = answer.value("MSA-1").unwrap_or_default();
    let error = answer.value("ERR-3.1").unwrap_or_default();
    println!("     a feed of a domain that is not ours: {code}, ERR-3 {error}");
    check(
        code == "AE" && error == "204",
        "the feed of an unknown domain was not refused with 204",
    )
}

async fn unknown_patient(cast: &Cast<'_>) -> Result<()> {
    let nobody = Cx::new("no-such-patient", Hd::oid(KITA.domain));
    let Err(failure) = cast.clinician.cross_references(&nobody, Vec::new()).await else {
        return Err(Failure::new(
            "a query for an unknown patient was not refused",
        ));
    };
    println!("     a query for an id that nobody has: {failure}");
    check(
        failure.to_string().contains("204"),
        "an unknown patient was refused for another reason",
    )
}

async fn stranger(cast: &Cast<'_>) -> Result<()> {
    let target = &cast.running.endpoints.pix_v2;
    let mut stream = TcpStream::connect(target).await.context(target)?;
    let _ = stream.write_all(b"\x0bMSH|^~\\&|STRANGER\r\x1c\r").await;
    let mut answer = Vec::new();
    let end = tokio::time::timeout(Duration::from_secs(15), stream.read_to_end(&mut answer)).await;
    println!("     a stranger without TLS and certificate: turned away");
    check(end.is_ok(), "a connection without TLS was kept open")?;
    check(
        !answer.contains(&0x0b),
        "a connection without TLS was answered in HL7",
    )
}

/// The patient's trail holds every transaction
pub(crate) async fn audit(cast: &Cast<'_>) -> Result<Row> {
    step(
        7,
        "Audit",
        "what happened to the patient's data, as the Audit Record Repository has it",
    );
    let running = cast.running;
    running
        .node
        .drain(Duration::from_secs(10))
        .await
        .context("sending the audit trail")?;
    let local = HEROINE.id_at(0).context("the patient has no id")?;
    let affinity = cast.clinician.affinity_id(&local).await?;
    running
        .node
        .drain(Duration::from_secs(10))
        .await
        .context("sending the audit trail")?;
    let mut records = records(cast, Some(local.to_string())).await?;
    records.extend(records_of(cast, &affinity).await?);
    records.sort_by_key(|record| record.sequence);
    records.dedup_by_key(|record| record.sequence);
    print!("{}", trail::table(&records));
    for transaction in EXPECTED {
        let seen = records.iter().any(|r| {
            r.summary
                .as_ref()
                .is_some_and(|s| s.event_type == transaction)
        });
        check(
            seen,
            &format!("the patient's trail does not show {transaction}"),
        )?;
    }
    let all = records_all(cast).await?;
    println!("     in all {} records: {}", all.len(), counted(&all));
    let failures = all
        .iter()
        .filter(|r| r.summary.as_ref().is_some_and(|s| s.outcome != 0))
        .count();
    check(
        failures >= 3,
        "the refusals of step 6 are not in the audit trail",
    )?;
    let result = format!(
        "{} records, {} of the patient, {failures} refusals",
        all.len(),
        records.len()
    );
    Ok(Row {
        step: "Audit",
        transactions: "ITI-20",
        result,
    })
}

async fn records_of(cast: &Cast<'_>, id: &Cx) -> Result<Vec<StoredRecord>> {
    records(cast, Some(id.to_xds())).await
}

async fn records_all(cast: &Cast<'_>) -> Result<Vec<StoredRecord>> {
    records(cast, None).await
}

async fn records(cast: &Cast<'_>, patient: Option<String>) -> Result<Vec<StoredRecord>> {
    let search = Search {
        patient,
        limit: MOST,
        ..Search::default()
    };
    let audit = &cast.running.audit;
    check(
        audit.caught_up(Duration::from_secs(10)).await,
        "what was received cannot be found",
    )?;
    let found = audit.store().search(&search).await;
    found.context("reading the audit trail")
}

fn counted(records: &[StoredRecord]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for summary in records.iter().filter_map(|record| record.summary.as_ref()) {
        let name = if summary.event_type.is_empty() {
            &summary.event_id
        } else {
            &summary.event_type
        };
        *counts.entry(name).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} x{count}"))
        .collect();
    counts.join(", ")
}

/// The clock agrees with the Time Server's
pub(crate) async fn time(cast: &Cast<'_>) -> Result<Row> {
    step(8, "Time", "the clock that the audit trail relies on");
    let measured = clock::measure(&cast.running.endpoints).await?;
    println!("     {}", clock::told(&measured));
    check(
        measured.offset_seconds().abs() < 1.0,
        "the clocks differ by a second or more",
    )?;
    Ok(Row {
        step: "Time",
        transactions: "ITI-1",
        result: format!("offset {:+.6} s", measured.offset_seconds()),
    })
}

fn check(holds: bool, otherwise: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Failure::new(otherwise))
    }
}
