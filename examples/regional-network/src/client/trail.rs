//! `audit`: the audit trail as the Audit Record Repository has it.

use std::io::{self, Write};
use std::time::Duration;

use ihe_atna::{
    As, AuditReader, Cursor, ExportFormat, Order, RecordStore, Search, SqliteStore, StoredRecord,
};

use super::session::{Session, operator};
use crate::cli::audit::Show;
use crate::config::Audit;
use crate::domain::audit;
use crate::failure::{Context, Failure, Result};
use crate::lock::Lock;
use crate::pki::Pki;
use crate::shown;

const PAGE: usize = 500;
const TABLE: usize = 200;
/// How often `--follow` looks
const LOOK: Duration = Duration::from_millis(300);
/// How long what is in the trail may take to be found, without a server
const PATIENCE: Duration = Duration::from_secs(3600);

/// Where records are read: each reading is an event itself, Audit Log Used (110101)
struct Log {
    reader: AuditReader<SqliteStore>,
    store: SqliteStore,
    me: As,
}

/// Prints the records, beside a running domain or without one
pub(crate) async fn run(show: &Show) -> Result<()> {
    let data = &show.at.data;
    if !data.exists() {
        audit::exists(data)?;
    }
    let Some(_lock) = Lock::try_take(data)? else {
        let session = Session::open(data).await?;
        let path = audit::index(data);
        let store = SqliteStore::open(&path).await.context(path.display())?;
        let reader = AuditReader::new(session.node.clone(), store.clone());
        let me = session.me.clone();
        let shown = Log { reader, store, me }.show(show).await;
        session.close().await;
        return shown;
    };
    audit::exists(data)?;
    let trail = audit::open_trail(data, &Audit::default()).await?;
    let node = audit::node(
        &Pki::existing(&data.join("pki")),
        &trail,
        "regional-network-client",
    )?;
    let repository = audit::repository(data, node.clone(), trail.clone()).await?;
    if !repository.caught_up(PATIENCE).await {
        return Err(Failure::new("the trail cannot be indexed"));
    }
    let store = repository.store().clone();
    let reader = AuditReader::new(node, store.clone());
    let me = operator();
    Log { reader, store, me }.show(show).await?;
    trail.close().await.context("closing the trail")
}

impl Log {
    async fn show(&self, show: &Show) -> Result<()> {
        match show.format() {
            _ if show.follow => self.follow(show).await,
            Some(format) => self.export(show, format).await,
            None => self.table(show).await,
        }
    }

    async fn table(&self, show: &Show) -> Result<()> {
        let limit = show.limit.unwrap_or(TABLE);
        let mut records = Vec::new();
        let mut pages = Pages::new(show, limit);
        while let Some(page) = pages.next(self).await? {
            records.extend(page);
        }
        let next = records.last().map(StoredRecord::cursor);
        if pages.search.order == Order::NewestFirst {
            records.reverse();
        }
        print!("{}", table(&records));
        println!("{} records", records.len());
        match next {
            Some(next) if records.len() >= limit => println!("there may be more: --after {next}"),
            _ => {}
        }
        Ok(())
    }

    /// However many: never more than a page in memory
    async fn export(&self, show: &Show, format: ExportFormat) -> Result<()> {
        print(&format.header())?;
        let mut pages = Pages::new(show, show.limit.unwrap_or(usize::MAX));
        while let Some(page) = pages.next(self).await? {
            let lines: String = page.iter().map(|record| format.line(record)).collect();
            print(&lines)?;
        }
        Ok(())
    }

    async fn follow(&self, show: &Show) -> Result<()> {
        let sequence = self.store.applied().await.context("reading the index")?;
        let now = Cursor {
            time: chrono::Utc::now(),
            sequence,
        };
        let mut search = Search {
            order: Order::Arrival,
            after: Some(now),
            limit: PAGE,
            ..show.search()
        };
        let format = show.format();
        print(&format.map(ExportFormat::header).unwrap_or_default())?;
        let mut page = self.reader.search(&self.me, &search).await;
        loop {
            for record in page.context("reading the audit trail")? {
                let line = format.map_or_else(|| line(&record), |format| format.line(&record));
                print(&line)?;
                search.after = Some(record.cursor());
            }
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return Ok(()),
                () = tokio::time::sleep(LOOK) => {}
            }
            page = self.reader.next_page(&search).await;
        }
    }
}

/// The pages of a search; the first is recorded
struct Pages {
    search: Search,
    left: usize,
    begun: bool,
}

impl Pages {
    fn new(show: &Show, limit: usize) -> Pages {
        Pages {
            search: show.search(),
            left: limit,
            begun: false,
        }
    }

    async fn next(&mut self, log: &Log) -> Result<Option<Vec<StoredRecord>>> {
        if self.left == 0 && self.begun {
            return Ok(None);
        }
        self.search.limit = self.left.clamp(1, PAGE);
        let found = if self.begun {
            log.reader.next_page(&self.search).await
        } else {
            log.reader.search(&log.me, &self.search).await
        };
        self.begun = true;
        let mut page = found.context("reading the audit trail")?;
        page.truncate(self.left);
        self.left -= page.len();
        self.search.after = page.last().map(StoredRecord::cursor).or(self.search.after);
        Ok((!page.is_empty()).then_some(page))
    }
}

fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.context("writing")
}

fn line(record: &StoredRecord) -> String {
    row(record).join("  ") + "\n"
}

/// The records as a table
pub(crate) fn table(records: &[StoredRecord]) -> String {
    let rows: Vec<Vec<String>> = records.iter().map(row).collect();
    shown::table(
        &[
            "time (UTC)",
            "source",
            "event",
            "action",
            "outcome",
            "patients",
        ],
        &rows,
    )
}

fn row(record: &StoredRecord) -> Vec<String> {
    let Some(summary) = &record.summary else {
        let time = record.received.format("%F %T").to_string();
        return vec![
            time,
            shown::safe(&record.peer),
            "not a DICOM audit message".into(),
        ];
    };
    [
        summary.event_time.to_utc().format("%F %T").to_string(),
        summary.source_id.clone(),
        event(&summary.event_id, &summary.event_type),
        summary.action.clone(),
        outcome(summary.outcome).to_owned(),
        summary.patients.join(" "),
    ]
    .iter()
    .map(|cell| shown::safe(cell))
    .collect()
}

fn event(id: &str, kind: &str) -> String {
    if kind.is_empty() {
        id.to_owned()
    } else {
        format!("{kind} ({id})")
    }
}

/// Table of outcome indicators (DICOM PS3.15 A.5)
fn outcome(indicator: u8) -> &'static str {
    match indicator {
        0 => "success",
        4 => "minor failure",
        8 => "serious failure",
        12 => "major failure",
        _ => "unknown",
    }
}
