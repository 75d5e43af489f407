//! ITI-20 the node's end of the spool.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::AuditError;
use crate::spool::SpoolStatus;
use crate::spool::state::Shared;
use crate::spool::writer::Request;

/// Records go in here. When the last handle goes, the writer syncs and the senders close.
pub(crate) struct Handle {
    shared: Arc<Shared>,
    records: Arc<mpsc::Sender<Request>>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>, records: Arc<mpsc::Sender<Request>>) -> Handle {
        Handle { shared, records }
    }

    /// Writes one message to the spool's file.
    pub(crate) async fn record(&self, source_id: &str, xml: String) -> Result<(), AuditError> {
        let (done, answer) = oneshot::channel();
        let request = Request {
            app_name: source_id.to_owned(),
            xml,
            done,
        };
        self.records.send(request).map_err(|_| AuditError::Closed)?;
        answer.await.map_err(|_| AuditError::Closed)?
    }

    pub(crate) fn status(&self) -> SpoolStatus {
        self.shared.status()
    }

    /// Waits until everything written so far was sent and settled.
    pub(crate) async fn drain(&self, limit: Duration) -> Result<(), AuditError> {
        let target = self.shared.end().sequence;
        let mut progress = self.shared.progress.subscribe();
        self.shared
            .flush
            .send_modify(|flush| *flush = target.max(*flush));
        let wait = async {
            while !self.shared.settled(target) {
                if progress.changed().await.is_err() {
                    return;
                }
            }
        };
        timeout(limit, wait)
            .await
            .map_err(|_| AuditError::NotDrained)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
