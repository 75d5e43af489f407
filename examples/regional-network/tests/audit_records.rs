//! What the actors of a region record while the demo runs, judged from outside: by the schema of
//! DICOM audit messages (xmllint) and by the table of transactions.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use ihe_atna::{Action, AuditMessage, Side, Transaction, TransactionEvent};

const BEGIN: &str = "<AuditMessage";
const END: &str = "</AuditMessage>";

/// Every audit message in the files of a folder, as it was written.
fn recorded(folder: &Path) -> Vec<String> {
    let mut messages = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let starts = text.match_indices(BEGIN).map(|(at, _)| at);
        messages.extend(starts.filter_map(|at| {
            let end = text[at..].find(END)? + END.len();
            Some(text[at..at + end].to_owned())
        }));
    }
    messages
}

fn demo(data: &Path) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_regional-network"))
        .args(["demo", "--data", data.to_str().unwrap()])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{words}");
    recorded(&data.join("spool"))
}

/// Whether one side of the transaction records this event, with its action or another of a feed's.
fn fits(row: &Transaction, message: &AuditMessage, side: Side) -> bool {
    let table = TransactionEvent::of(row, side);
    let feed = ["ITI-8", "ITI-30"].contains(&row.number);
    let changes = [Action::Create, Action::Update, Action::Delete].map(Some);
    table.event_id == message.event.id
        && (message.event.action == Some(table.action)
            || feed && changes.contains(&message.event.action))
}

#[test]
fn every_transaction_the_demo_records_is_as_the_table_of_transactions_says() {
    let data = tempfile::tempdir().unwrap();
    let messages = demo(data.path());
    let mut seen = BTreeSet::new();
    for xml in &messages {
        let message = AuditMessage::from_xml(xml).unwrap();
        let kind = &message.event.types[0];
        if kind.system != ihe_atna::codes::IHE_TRANSACTIONS {
            continue;
        }
        let row = Transaction::of(&kind.code).expect(&kind.code);
        assert_eq!(kind.text, row.name);
        let sides = [Side::Source, Side::Destination];
        assert!(
            sides.iter().any(|side| fits(row, &message, *side)),
            "{message:?}"
        );
        seen.insert(row.number);
    }
    for number in ["ITI-8", "ITI-9", "ITI-18", "ITI-41", "ITI-42", "ITI-43"] {
        assert!(seen.contains(number), "{number} is not among {seen:?}");
    }
}

#[test]
#[ignore = "needs RENKEI_SHARED and xmllint"]
fn shared_every_record_of_the_demo_is_valid_by_the_schema() {
    let root =
        std::env::var("RENKEI_SHARED").expect("RENKEI_SHARED: the folder of shared material");
    let data = tempfile::tempdir().unwrap();
    let messages = demo(data.path());
    let documents = tempfile::tempdir().unwrap();
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]);
    xmllint.arg(Path::new(&root).join("checks/schema/dicom2017c.xsd"));
    for (number, xml) in messages.iter().enumerate() {
        let file = documents.path().join(format!("{number}.xml"));
        std::fs::write(&file, xml).unwrap();
        xmllint.arg(file);
    }
    let judged = xmllint.output().expect("xmllint (libxml2-utils)");
    let words = String::from_utf8_lossy(&judged.stderr).into_owned();
    let wrong: Vec<&str> = words
        .lines()
        .filter(|line| !line.ends_with(" validates"))
        .collect();
    assert!(judged.status.success() && wrong.is_empty(), "{wrong:#?}");
    println!("{} records", messages.len());
    assert!(messages.len() > 100, "{} records", messages.len());
}
