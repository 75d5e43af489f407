//! ITI-20 access to what is stored, which is itself recorded as Audit Log Used (110101) before an
//! answer is given (ITI TF-2 3.20.4.1.3.2, ATNA-R-028).

use crate::audit::{Action, As, AuditMessage, Outcome, ParticipantObject};
use crate::codes;
use crate::node::SecureNode;
use crate::store::{RecordStore, Search, StoreError, StoredRecord};

/// Where the log is said to be.
const URI: &str = "urn:ihe:iti:audit-log";

/// Reads a repository's index, beside the repository or in another process. Every page is recorded
/// through the node.
#[derive(Debug)]
pub struct AuditReader<S> {
    node: SecureNode,
    store: S,
}

impl<S: RecordStore> AuditReader<S> {
    /// A reader that records what it does through this node.
    pub fn new(node: SecureNode, store: S) -> AuditReader<S> {
        AuditReader { node, store }
    }

    /// Searches on somebody's behalf; recorded before the answer is given.
    pub async fn search(&self, who: &As, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        recorded_search(&self.node, &self.store, who, search).await
    }

    /// The next page of a search that was recorded when it began.
    pub async fn next_page(&self, search: &Search) -> Result<Vec<StoredRecord>, StoreError> {
        self.store.search(search).await
    }
}

pub(crate) async fn recorded_search<S: RecordStore>(
    node: &SecureNode,
    store: &S,
    who: &As,
    search: &Search,
) -> Result<Vec<StoredRecord>, StoreError> {
    let found = store.search(search).await;
    let outcome = match found {
        Ok(_) => Outcome::Success,
        Err(_) => Outcome::SeriousFailure,
    };
    let message = log_used(who, Action::Read, outcome, &asked(search));
    node.record(message)
        .await
        .map_err(|error| StoreError(error.to_string()))?;
    found
}

/// What was asked for, for the record; whom it is about stands there as well.
fn asked(search: &Search) -> String {
    let texts = [
        ("patient", &search.patient),
        ("user", &search.user),
        ("event", &search.event),
        ("object", &search.object),
        ("peer", &search.peer),
        ("source", &search.source),
    ];
    let times = [("since", search.since), ("until", search.until)];
    let outcome = search.outcome.map(|outcome| format!("outcome={outcome}"));
    let texts = texts
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", value.as_ref()?)));
    let times = times
        .iter()
        .filter_map(|(name, time)| Some(format!("{name}={}", (*time)?.to_rfc3339())));
    let all: Vec<String> = texts.chain(outcome).chain(times).collect();
    all.join(" ")
}

/// Audit Log Used.
pub(crate) fn log_used(who: &As, action: Action, outcome: Outcome, what: &str) -> AuditMessage {
    let mut log = ParticipantObject::audit_log(URI);
    if !what.is_empty() {
        log = log.detail("Query", what.as_bytes());
    }
    let mut message = AuditMessage::of(codes::EVENT_AUDIT_LOG_USED, action)
        .by(&who.human())
        .about([log]);
    message.event.outcome = outcome;
    message.event.purposes_of_use = who.purpose_of_use.iter().cloned().collect();
    message
}
