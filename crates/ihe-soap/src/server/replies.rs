//! Replies sent to the address the request named (ITI TF-2 V.5, 3.18.4.1.2.7; XDS-T-011).
//!
//! They wait in memory: a process that ends forgets those it has not sent yet. What is refused before it reaches the
//! service is answered on the connection, wherever the answer was wanted.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use crate::addressing::{EndpointReference, ReplyHosts};
use crate::client::{Client, Connect};
use crate::error::Error;
use crate::feed::after;
use crate::message::Outgoing;
use crate::outbody::Packed;

/// How much and how long replies may wait.
#[derive(Clone, Debug)]
pub struct ReplyLimits {
    /// Replies in hand at a time, those still being made and those waiting to be sent again included;
    /// a request for one more is refused. Each holds its answer in memory, but for files. Default 64.
    pub pending: usize,
    /// Replies on the wire at a time. Default 16.
    pub sending: usize,
    /// The pause after the first attempt that failed; doubled each time, and half to one and a half of it
    /// by chance. Default 1 s.
    pub pause: Duration,
    /// The longest such pause. Default 1 min.
    pub longest_pause: Duration,
    /// How long a reply is tried. Default 10 min.
    pub patience: Duration,
}

impl Default for ReplyLimits {
    fn default() -> ReplyLimits {
        ReplyLimits {
            pending: 64,
            sending: 16,
            pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            patience: Duration::from_secs(600),
        }
    }
}

/// What became of the replies so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Replies that were taken (HTTP 2xx).
    pub sent: u64,
    /// Attempts made again.
    pub repeated: u64,
    /// Replies given up: refused by the receiver, or not taken in time.
    pub lost: u64,
}

/// Sends replies to hosts that are allowed. A clone is the same sender.
#[derive(Clone)]
pub struct Replies(Arc<Sender>);

struct Sender {
    hosts: ReplyHosts,
    limits: ReplyLimits,
    post: Box<dyn Post>,
    room: Arc<Semaphore>,
    sending: Semaphore,
    tasks: TaskTracker,
    sent: AtomicU64,
    repeated: AtomicU64,
    lost: AtomicU64,
}

type Posting<'a> = Pin<Box<dyn Future<Output = Result<u16, Error>> + Send + 'a>>;

/// A client of whatever connector.
trait Post: Send + Sync {
    fn post<'a>(&'a self, url: &'a str, packed: &'a Packed) -> Posting<'a>;
}

impl<C: Connect> Post for Client<C> {
    fn post<'a>(&'a self, url: &'a str, packed: &'a Packed) -> Posting<'a> {
        Box::pin(Client::post(self, url, packed))
    }
}

impl fmt::Debug for Replies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Replies").field(&self.0.hosts).finish()
    }
}

impl Replies {
    /// Replies to these hosts, over the client's connections.
    pub fn new<C: Connect>(client: Client<C>, hosts: ReplyHosts, limits: ReplyLimits) -> Replies {
        let permits = |count: usize| count.min(Semaphore::MAX_PERMITS);
        Replies(Arc::new(Sender {
            hosts,
            post: Box::new(client),
            room: Arc::new(Semaphore::new(permits(limits.pending))),
            sending: Semaphore::new(permits(limits.sending)),
            limits,
            tasks: TaskTracker::new(),
            sent: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }))
    }

    /// What became of the replies so far.
    pub fn delivered(&self) -> Delivered {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Delivered {
            sent: read(&self.0.sent),
            repeated: read(&self.0.repeated),
            lost: read(&self.0.lost),
        }
    }

    /// Waits until no reply is waiting any more.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.tasks.reopen();
    }

    pub(super) fn allow(&self, address: &str) -> bool {
        self.0.hosts.allow(address)
    }

    /// A place for one reply; `None` if all are taken.
    pub(super) fn place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.0.room).try_acquire_owned().ok()?;
        Some(Place {
            sender: Arc::clone(&self.0),
            permit,
        })
    }
}

/// The place of one reply, from the request to the reply's end.
pub(super) struct Place {
    sender: Arc<Sender>,
    permit: OwnedSemaphorePermit,
}

impl Place {
    /// Sends the reply, in a task of its own.
    pub(super) fn send(self, to: EndpointReference, mut message: Outgoing) {
        message.envelope.to = Some(to.address.clone());
        message.envelope.parameters = to.parameters;
        let Place { sender, permit } = self;
        let tasks = sender.tasks.clone();
        tasks.spawn(async move {
            sender.deliver(&to.address, &message).await;
            drop(permit);
        });
    }
}

/// What an attempt came to.
enum Attempt {
    Taken,
    /// Another attempt may do better.
    Again(String),
    Never(String),
}

impl Sender {
    async fn deliver(&self, url: &str, message: &Outgoing) {
        let message_id = message.envelope.message_id.as_deref().unwrap_or_default();
        match Packed::new(message) {
            Ok(packed) => match self.try_until(url, &packed).await {
                Ok(()) => self.sent.fetch_add(1, Ordering::Relaxed),
                Err(why) => {
                    tracing::warn!(message_id, why, "a reply was given up");
                    self.lost.fetch_add(1, Ordering::Relaxed)
                }
            },
            Err(error) => {
                tracing::error!(%error, "a reply could not be written");
                self.lost.fetch_add(1, Ordering::Relaxed)
            }
        };
    }

    async fn try_until(&self, url: &str, packed: &Packed) -> Result<(), String> {
        let deadline = after(self.limits.patience);
        let mut pause = self.limits.pause;
        loop {
            let why = match self.attempt(url, packed, deadline).await {
                Attempt::Taken => return Ok(()),
                Attempt::Never(why) => return Err(why),
                Attempt::Again(why) => why,
            };
            let rest = jittered(pause);
            if Instant::now() + rest >= deadline {
                return Err(why);
            }
            tracing::debug!(why, "a reply is sent again");
            self.repeated.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(rest).await;
            pause = (pause * 2).min(self.limits.longest_pause);
        }
    }

    async fn attempt(&self, url: &str, packed: &Packed, deadline: Instant) -> Attempt {
        let posting = async {
            let _place = self.sending.acquire().await;
            self.post.post(url, packed).await
        };
        match tokio::time::timeout_at(deadline, posting).await {
            Err(_) => Attempt::Never("not taken in time".into()),
            Ok(Ok(200..=299)) => Attempt::Taken,
            Ok(Ok(status @ (408 | 429 | 500..=599))) => {
                Attempt::Again(format!("HTTP status {status}"))
            }
            // a redirect is not followed: it would lead off the list
            Ok(Ok(status)) => Attempt::Never(format!("HTTP status {status}")),
            Ok(Err(error @ (Error::Transport(_) | Error::Timeout(_)))) => {
                Attempt::Again(error.to_string())
            }
            Ok(Err(error)) => Attempt::Never(error.to_string()),
        }
    }
}

/// Half to one and a half of a pause, so that many who failed together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let chance = uuid::Uuid::new_v4().as_bytes()[0];
    pause.mul_f64(0.5 + f64::from(chance) / 255.0)
}
