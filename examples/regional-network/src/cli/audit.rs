//! `audit`: what of the audit trail is wanted.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};
use ihe_atna::{Cursor, ExportFormat, Order, Search};

use super::At;
use crate::client::{trail, trail_proof};
use crate::failure::Result;

/// What `audit` is told
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    show: Show,
}

#[derive(Subcommand)]
enum Command {
    /// Read the whole trail and say what was changed, removed or inserted, and where; exit code 1 when anything was
    Verify {
        #[command(flatten)]
        at: At,
        /// A checkpoint that was kept off this machine: proves everything before it
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
    },
    /// Print a signed checkpoint, to be kept off this machine: `audit checkpoint > FILE`
    Checkpoint {
        #[command(flatten)]
        at: At,
    },
    /// Prove that a record was in the trail when a checkpoint was signed
    Prove {
        #[command(flatten)]
        at: At,
        /// The record's number
        sequence: u64,
        /// The checkpoint to prove it to (default: the last one)
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// Write `record`, `proof` and `checkpoint` here, for others to check
        #[arg(short, long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

/// Which records, and how they are shown; the latest, oldest first, when nothing is said
#[derive(Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) at: At,
    /// Only records that name this patient id: CX, or the id alone
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    /// ... this user id
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// ... this event: type (ITI-18) or id (110112)
    #[arg(long, value_name = "CODE")]
    event: Option<String>,
    /// ... this outcome
    #[arg(long, value_enum)]
    outcome: Option<Outcome>,
    /// ... this object: a document, a query
    #[arg(long, value_name = "ID")]
    object: Option<String>,
    /// ... that came from this address
    #[arg(long, value_name = "ADDRESS")]
    peer: Option<String>,
    /// ... of this audit source
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Not before: 2026-04-01 or 2026-04-01T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Before
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<DateTime<Utc>>,
    /// At most this many records (default: 200; with --json and --csv all)
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// From the oldest record on instead of the latest
    #[arg(long)]
    oldest: bool,
    /// Go on where a page ended
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,
    /// Show what comes in from now on, until SIGINT
    #[arg(long, conflicts_with_all = ["after", "limit", "until"])]
    pub(crate) follow: bool,
    /// One JSON object a line
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Comma-separated values with a header
    #[arg(long)]
    csv: bool,
}

/// How an event ended
#[derive(Clone, Copy, ValueEnum)]
enum Outcome {
    Success,
    Minor,
    Serious,
    Major,
}

impl Show {
    /// The search, without its page
    pub(crate) fn search(&self) -> Search {
        let text = Clone::clone;
        Search {
            patient: text(&self.patient),
            user: text(&self.user),
            event: text(&self.event),
            outcome: self.outcome.map(Outcome::number),
            object: text(&self.object),
            peer: text(&self.peer),
            source: text(&self.source),
            since: self.since,
            until: self.until,
            order: if self.oldest || self.format().is_some() {
                Order::OldestFirst
            } else {
                Order::NewestFirst
            },
            after: self.after,
            limit: 0,
        }
    }

    /// How records are written; none: as a table
    pub(crate) fn format(&self) -> Option<ExportFormat> {
        let json = self.json.then_some(ExportFormat::Json);
        json.or(self.csv.then_some(ExportFormat::Csv))
    }
}

impl Outcome {
    fn number(self) -> u8 {
        match self {
            Outcome::Success => 0,
            Outcome::Minor => 4,
            Outcome::Serious => 8,
            Outcome::Major => 12,
        }
    }
}

fn time(text: &str) -> std::result::Result<DateTime<Utc>, String> {
    let whole = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    let day = || {
        NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    let day = || day().map(|start| start.and_utc());
    whole
        .ok()
        .or_else(day)
        .ok_or_else(|| "neither YYYY-MM-DD nor RFC 3339".to_owned())
}

pub(super) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        None => trail::run(&arguments.show).await?,
        Some(Command::Verify { at, checkpoint }) => {
            return trail_proof::verify(&at.data, checkpoint.as_deref());
        }
        Some(Command::Checkpoint { at }) => trail_proof::checkpoint(&at.data).await?,
        Some(Command::Prove {
            at,
            sequence,
            checkpoint,
            output,
        }) => {
            trail_proof::prove(&at.data, sequence, checkpoint.as_deref(), output.as_deref())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
