//! What an operator may order: the arguments, and the order they are.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::At;
use crate::client;
use crate::failure::Result;
use crate::wire::{Ask, Order, State};

/// What operators do to identities: beside a running `serve` on the same directory, or without one.
#[derive(Subcommand)]
pub(super) enum Command {
    /// Pairs of ids that may be one patient: too alike to be ignored, not alike enough to be linked
    Review {
        #[command(subcommand)]
        command: ReviewCommand,
    },
    /// Two ids are one patient
    Link {
        #[command(flatten)]
        by: By,
        /// A patient id as CX: ID^^^&OID&ISO
        a: String,
        /// The other
        b: String,
    },
    /// Two linked ids are two patients: parted, and never linked by matching again
    Unlink {
        #[command(flatten)]
        by: By,
        /// A patient id as CX: ID^^^&OID&ISO
        a: String,
        /// The other
        b: String,
    },
    /// An id belongs to another patient: parted from the one it is linked to, linked to the other
    Move {
        #[command(flatten)]
        by: By,
        /// The id that moves, as CX: ID^^^&OID&ISO
        id: String,
        /// An id of the patient it belongs to
        to: String,
    },
    /// Two ids of one domain are one patient, and one of them goes (as the feed's A40)
    Merge {
        #[command(flatten)]
        by: By,
        /// The id that stays, as CX: ID^^^&OID&ISO
        survivor: String,
        /// The id that goes
        subsumed: String,
    },
    /// An id is no longer in use
    Deactivate {
        #[command(flatten)]
        by: By,
        /// A patient id as CX: ID^^^&OID&ISO
        id: String,
    },
    /// What happened to an id, by whom and why, the newest first; also of an id no longer in use
    History {
        #[command(flatten)]
        by: By,
        /// A patient id as CX: ID^^^&OID&ISO
        id: String,
        /// At most this many events
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub(super) enum ReviewCommand {
    /// List them: number, score, ids, and how the score comes about
    List {
        #[command(flatten)]
        by: By,
        /// Those that stand so
        #[arg(long, value_enum, default_value_t = State::Open)]
        state: State,
        /// Only those with a higher number
        #[arg(long, value_name = "N", default_value_t = 0)]
        after: u64,
        /// At most this many
        #[arg(long, default_value_t = 100)]
        limit: usize,
        /// Show both patients side by side: names, birth dates and addresses come to this terminal, and the audit trail
        /// says so
        #[arg(long)]
        show: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// The two are one patient: linked
    Accept {
        #[command(flatten)]
        by: By,
        /// Number of the review
        #[arg(value_name = "N")]
        review: u64,
    },
    /// The two are two patients: never linked by matching
    Reject {
        #[command(flatten)]
        by: By,
        /// Number of the review
        #[arg(value_name = "N")]
        review: u64,
    },
}

/// Where, who and why
#[derive(Args)]
pub(super) struct By {
    #[command(flatten)]
    at: At,
    /// Why: kept in the history and in the audit trail
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Who decides, when this system's user is shared; the user's own name is kept as well
    #[arg(long = "as", value_name = "NAME")]
    human: Option<String>,
    /// The configuration of `serve --config`; needed only while no server runs
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Gives the order and prints the answer
pub(super) async fn run(command: Command) -> Result<ExitCode> {
    let json = command.is_json();
    let (by, ask) = command.split();
    let order = Order {
        human: by.human,
        reason: by.reason,
        ask,
    };
    client::operator::run(&by.at.data, by.config.as_deref(), &order, json).await
}

impl Command {
    fn is_json(&self) -> bool {
        matches!(
            self,
            Command::History { json: true, .. }
                | Command::Review {
                    command: ReviewCommand::List { json: true, .. }
                }
        )
    }

    fn split(self) -> (By, Ask) {
        match self {
            Command::Review { command } => command.split(),
            Command::Link { by, a, b } => (by, Ask::Link { a, b }),
            Command::Unlink { by, a, b } => (by, Ask::Unlink { a, b }),
            Command::Move { by, id, to } => (by, Ask::Move { id, to }),
            Command::Merge {
                by,
                survivor,
                subsumed,
            } => (by, Ask::Merge { survivor, subsumed }),
            Command::Deactivate { by, id } => (by, Ask::Deactivate { id }),
            Command::History { by, id, limit, .. } => (by, Ask::History { id, limit }),
        }
    }
}

impl ReviewCommand {
    fn split(self) -> (By, Ask) {
        match self {
            ReviewCommand::List {
                by,
                state,
                after,
                limit,
                show,
                ..
            } => (
                by,
                Ask::Reviews {
                    state,
                    after,
                    limit,
                    show,
                },
            ),
            ReviewCommand::Accept { by, review } => (by, Ask::Accept { review }),
            ReviewCommand::Reject { by, review } => (by, Ask::Reject { review }),
        }
    }
}
