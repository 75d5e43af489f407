//! Where asynchronous replies come in, and find the call that waits for them (ITI TF-2 V.5; XDS-T-011).

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::Service;
use super::door::{Door, Endpoint};
use crate::addressing::EndpointReference;
use crate::error::Error;
use crate::fault::Fault;
use crate::limits::Limits;
use crate::message::{Incoming, Reply};

/// The client's own address for replies. Mount its door where the address leads; a clone is the same mailbox.
///
/// A reply is matched by `wsa:RelatesTo`. One that nobody waits for, or no longer, is refused with a fault, dropped
/// and counted.
#[derive(Clone)]
pub struct Mailbox(Arc<Inner>);

struct Inner {
    address: String,
    most: usize,
    waiting: Mutex<HashMap<String, oneshot::Sender<Incoming>>>,
    unknown: AtomicU64,
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Mailbox").field(&self.0.address).finish()
    }
}

impl Mailbox {
    /// A mailbox that others reach by this URL, for at most `most` calls at a time.
    pub fn new(address: impl Into<String>, most: usize) -> Mailbox {
        Mailbox(Arc::new(Inner {
            address: address.into(),
            most,
            waiting: Mutex::default(),
            unknown: AtomicU64::new(0),
        }))
    }

    /// The URL that requests name as their `wsa:ReplyTo`.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// How many replies came that nobody waited for.
    pub fn unknown(&self) -> u64 {
        self.0.unknown.load(Ordering::Relaxed)
    }

    /// What is to be served at the address, by [`crate::serve_stream`] or in a server of one's own.
    pub fn door(&self, limits: Limits) -> Door<Mailbox> {
        Endpoint::new(limits)
            .for_replies()
            .door(Arc::new(self.clone()))
    }

    pub(crate) fn reply_to(&self) -> EndpointReference {
        EndpointReference::to(self.address())
    }

    /// Waits for the reply to this message id, until the ticket is dropped.
    pub(crate) fn expect(&self, message_id: &str) -> Result<Ticket, Error> {
        let (sender, reply) = oneshot::channel();
        let mut waiting = self.waiting();
        if waiting.len() >= self.0.most {
            return Err(Error::Limit("calls that wait for a reply".into()));
        }
        if waiting.contains_key(message_id) {
            return Err(Error::Misuse("a message id used twice".into()));
        }
        waiting.insert(message_id.to_owned(), sender);
        Ok(Ticket {
            mailbox: self.clone(),
            message_id: message_id.to_owned(),
            reply,
        })
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<Incoming>>> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call's claim to its reply.
pub(crate) struct Ticket {
    mailbox: Mailbox,
    message_id: String,
    reply: oneshot::Receiver<Incoming>,
}

impl Ticket {
    /// The reply. Its attachments stream over the connection it came by.
    pub(crate) async fn reply(&mut self) -> Option<Incoming> {
        (&mut self.reply).await.ok()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.mailbox.waiting().remove(&self.message_id);
    }
}

impl Service for Mailbox {
    async fn handle(&self, message: Incoming) -> Reply {
        let related = message.envelope.relates_to.as_deref().unwrap_or_default();
        let waiting = self.waiting().remove(related);
        if waiting.is_some_and(|call| call.send(message).is_ok()) {
            return Reply::Accepted;
        }
        self.0.unknown.fetch_add(1, Ordering::Relaxed);
        Reply::Fault(Fault::sender("no call waits for this reply"))
    }
}
