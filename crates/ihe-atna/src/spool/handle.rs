//! ITI-20 the node's end of the spool.

use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::error::AuditError;
use crate::spool::log::Entry;
use crate::spool::state::Shared;
use crate::spool::writer::{self, Order, Request};
use crate::spool::{SpoolStatus, WhenFull};

/// Records go in here. When the last handle goes, the writer syncs and the senders close.
pub(crate) struct Handle {
    shared: Arc<Shared>,
    orders: Arc<mpsc::Sender<Order>>,
}

/// Room for records in the spool; given back when dropped.
pub(crate) struct Reserved {
    shared: Arc<Shared>,
    bytes: u64,
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.shared.room.give_back(self.bytes);
    }
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>, orders: Arc<mpsc::Sender<Order>>) -> Handle {
        Handle { shared, orders }
    }

    /// Writes one message to the spool's file; `reserved`: room was promised to it.
    pub(crate) async fn record(
        &self,
        app_name: &str,
        xml: String,
        reserved: bool,
    ) -> Result<(), AuditError> {
        let entry = Entry {
            app_name,
            xml: &xml,
            reserved,
        };
        if let Some(answer) = writer::append_now(&self.shared, entry, &self.orders) {
            return answer;
        }
        let (done, answer) = oneshot::channel();
        let request = Request {
            app_name: app_name.to_owned(),
            xml,
            reserved,
            done,
        };
        let sent = self.orders.send(Order::Record(request));
        sent.map_err(|_| AuditError::Closed)?;
        answer.await.map_err(|_| AuditError::Closed)?
    }

    /// Promises room for so many records. Two counters, unless disk has to be set aside.
    pub(crate) fn reserve(&self, records: usize) -> Result<Option<Reserved>, AuditError> {
        let (shared, room) = (self.shared.clone(), &self.shared.room);
        let loses = shared.limits.when_full == WhenFull::CountAndAlarm;
        if shared.is_closed() {
            return Err(AuditError::Closed);
        }
        let bytes = (records as u64).saturating_mul(shared.limits.reserved_record);
        if !room.reserve(bytes) {
            return if loses {
                Ok(None)
            } else {
                Err(AuditError::Block)
            };
        }
        let reserved = Reserved { shared, bytes };
        match self.set_aside() {
            Err(_) if loses => Ok(None),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(Some(reserved)),
        }
    }

    fn set_aside(&self) -> io::Result<()> {
        let margin = self.shared.limits.segment.min(1 << 16);
        if self.shared.room.is_set_aside(margin, false) {
            return Ok(());
        }
        self.shared.log().make_room(&self.shared, margin)
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
