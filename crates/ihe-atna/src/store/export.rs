//! ITI-20 records as text for other programs: one line each, so that any number can be written
//! without keeping them.

use std::fmt::Write as _;

use chrono::SecondsFormat;

use crate::store::StoredRecord;
use crate::trail::RecordFlags;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// One JSON object in each line (RFC 8259). Members: `sequence` (number), `time`, `received`
    /// (RFC 3339), `peer`, `flags` (array), and when the message could be read `eventId`,
    /// `eventType`, `action`, `outcome` (number), `source`, `users`, `patients`, `objects` (arrays),
    /// `cut` (boolean).
    Json,
    /// Comma-separated values with a header line (RFC 4180); several values in one cell are
    /// separated by a blank. No cell is taken for a formula by a spreadsheet: one that begins with
    /// `=`, `+`, `-`, `@`, a tab or a carriage return has an apostrophe before it.
    Csv,
}

const COLUMNS: [&str; 13] = [
    "sequence",
    "time",
    "received",
    "peer",
    "flags",
    "eventId",
    "eventType",
    "action",
    "outcome",
    "source",
    "users",
    "patients",
    "objects",
];

const FLAGS: [(RecordFlags, &str); 3] = [
    (RecordFlags::MALFORMED, "malformed"),
    (RecordFlags::LEGACY, "legacy"),
    (RecordFlags::TRUNCATED, "truncated"),
];

impl ExportFormat {
    /// What stands before the first record, with its line end; empty for JSON.
    pub fn header(self) -> String {
        match self {
            ExportFormat::Json => String::new(),
            ExportFormat::Csv => COLUMNS.join(",") + "\r\n",
        }
    }

    /// A record, with its line end.
    pub fn line(self, record: &StoredRecord) -> String {
        match self {
            ExportFormat::Json => json(record),
            ExportFormat::Csv => csv(record),
        }
    }
}

fn flags(record: &StoredRecord) -> Vec<&'static str> {
    let set = FLAGS
        .iter()
        .filter(|(flag, _)| record.flags.contains(*flag));
    set.map(|(_, name)| *name).collect()
}

fn time(time: chrono::DateTime<chrono::Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn csv(record: &StoredRecord) -> String {
    let summary = record.summary.as_ref();
    let text =
        |value: fn(&crate::store::RecordSummary) -> String| summary.map(value).unwrap_or_default();
    let cells = [
        record.sequence.to_string(),
        time(record.time()),
        time(record.received),
        record.peer.clone(),
        flags(record).join(" "),
        text(|one| one.event_id.clone()),
        text(|one| one.event_type.clone()),
        text(|one| one.action.clone()),
        text(|one| one.outcome.to_string()),
        text(|one| one.source_id.clone()),
        text(|one| one.users.join(" ")),
        text(|one| one.patients.join(" ")),
        text(|one| one.objects.join(" ")),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| safe_cell(cell)).collect();
    cells.join(",") + "\r\n"
}

fn safe_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || text.contains(['"', ',', '\r', '\n', ';', '\t']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn json(record: &StoredRecord) -> String {
    let mut line = format!("{{\"sequence\":{}", record.sequence);
    member(&mut line, "time", &time(record.time()));
    member(&mut line, "received", &time(record.received));
    member(&mut line, "peer", &record.peer);
    let flags = flags(record)
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    array(&mut line, "flags", &flags);
    if let Some(summary) = &record.summary {
        member(&mut line, "eventId", &summary.event_id);
        member(&mut line, "eventType", &summary.event_type);
        member(&mut line, "action", &summary.action);
        let _ = write!(line, ",\"outcome\":{}", summary.outcome);
        member(&mut line, "source", &summary.source_id);
        array(&mut line, "users", &summary.users);
        array(&mut line, "patients", &summary.patients);
        array(&mut line, "objects", &summary.objects);
        let _ = write!(line, ",\"cut\":{}", summary.cut);
    }
    line + "}\n"
}

fn member(line: &mut String, name: &str, value: &str) {
    let _ = write!(line, ",\"{name}\":");
    string(line, value);
}

fn array(line: &mut String, name: &str, values: &[String]) {
    let _ = write!(line, ",\"{name}\":[");
    for (at, value) in values.iter().enumerate() {
        line.push_str(if at == 0 { "" } else { "," });
        string(line, value);
    }
    line.push(']');
}

fn string(line: &mut String, value: &str) {
    line.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => line.extend(['\\', c]),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                let _ = write!(line, "\\u{:04x}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line.push('"');
}
