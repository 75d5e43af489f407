//! The bytes of one HTTP body, taken as they are asked for, with limits on silence, slowness and size.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::error::Error;
use crate::gzip::Gunzip;
use crate::limits::Limits;

/// A body of whatever HTTP stack it came through.
pub(crate) type AnyBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

type Framed = Result<Frame<Bytes>, Box<dyn std::error::Error + Send + Sync>>;

pub(crate) fn any_body<B>(body: B) -> AnyBody
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    body.map_err(Into::into).boxed_unsync()
}

/// Where a leased HTTP body returns to when its reader is dropped.
#[derive(Clone, Default)]
pub(crate) struct Home(Arc<Rooms>);

#[derive(Default)]
struct Rooms {
    body: Mutex<Option<AnyBody>>,
    back: Notify,
}

impl Home {
    #[cfg(feature = "server")]
    fn take(&self) -> Option<AnyBody> {
        let mut body = self.0.body.lock().unwrap_or_else(PoisonError::into_inner);
        body.take()
    }

    fn put(&self, body: Option<AnyBody>) {
        *self.0.body.lock().unwrap_or_else(PoisonError::into_inner) = body;
        self.0.back.notify_one();
    }

    /// Waits until nobody reads the body any more.
    #[cfg(feature = "server")]
    pub(crate) async fn returned(&self) {
        self.0.back.notified().await;
        self.0.back.notify_one();
    }
}

/// How slow and how large a body may be.
struct Pace {
    idle: Duration,
    rate: u64,
    deadline: Instant,
    message: u64,
    seen: u64,
    waited: Duration,
}

impl Pace {
    fn new(limits: &Limits) -> Pace {
        Pace {
            idle: limits.idle,
            rate: limits.pace,
            deadline: after(limits.total),
            message: limits.message,
            seen: 0,
            waited: Duration::ZERO,
        }
    }

    /// How long the next bytes may let us wait.
    fn patience(&self, now: Instant) -> Duration {
        let earned = earned(self.idle, self.rate, self.seen);
        let left = self.deadline.saturating_duration_since(now);
        self.idle.min(left).min(earned.saturating_sub(self.waited))
    }

    async fn next(&mut self, body: &mut AnyBody) -> Result<Option<Bytes>, Error> {
        while !body.is_end_stream() {
            let frame = match body.frame().now_or_never() {
                Some(frame) => frame,
                None => self.wait(body).await?,
            };
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(Error::Transport(format!("body: {error}"))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.is_empty() => {}
                    Ok(data) => return self.count(data).map(Some),
                    Err(_trailers) => {}
                },
            }
        }
        Ok(None)
    }

    async fn wait(&mut self, body: &mut AnyBody) -> Result<Option<Framed>, Error> {
        let now = Instant::now();
        let frame = timeout(self.patience(now), body.frame()).await;
        self.waited += now.elapsed();
        frame.map_err(|_| late())
    }

    fn count(&mut self, data: Bytes) -> Result<Bytes, Error> {
        self.seen += data.len() as u64;
        if self.seen > self.message {
            return Err(Error::Limit("message size".into()));
        }
        Ok(data)
    }
}

fn late() -> Error {
    Error::Timeout("no more bytes of the body".into())
}

/// A time from now; one that no clock reaches is a day from now.
pub(crate) fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time)
        .unwrap_or(now + Duration::from_secs(24 * 60 * 60))
}

/// How long a peer may have let us wait for these bytes in all.
pub(crate) fn earned(idle: Duration, rate: u64, bytes: u64) -> Duration {
    idle.saturating_add(Duration::from_secs(
        bytes.checked_div(rate).unwrap_or(u64::MAX),
    ))
}

/// An HTTP body that goes home when dropped, so that the server can drain what nobody read.
struct Lease {
    body: Option<AnyBody>,
    home: Option<Home>,
    pace: Pace,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            home.put(self.body.take());
        }
    }
}

enum Input {
    Http(Lease),
    Memory(VecDeque<Bytes>),
}

impl Input {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match self {
            Input::Memory(chunks) => Ok(chunks.pop_front()),
            Input::Http(lease) => match &mut lease.body {
                Some(body) => lease.pace.next(body).await,
                None => Ok(None),
            },
        }
    }
}

/// A source of byte chunks.
pub(crate) struct Feed {
    input: Input,
    gunzip: Option<Box<Gunzip>>,
    /// Deflated bytes not inflated yet.
    waiting: Bytes,
    ended: bool,
}

impl Feed {
    fn of(input: Input) -> Feed {
        Feed {
            input,
            gunzip: None,
            waiting: Bytes::new(),
            ended: false,
        }
    }

    pub(crate) fn http(body: AnyBody, home: Option<Home>, limits: &Limits) -> Feed {
        Feed::of(Input::Http(Lease {
            body: Some(body),
            home,
            pace: Pace::new(limits),
        }))
    }

    pub(crate) fn memory(chunks: impl IntoIterator<Item = Bytes>) -> Feed {
        Feed::of(Input::Memory(chunks.into_iter().collect()))
    }

    /// The same bytes, inflated.
    pub(crate) fn gunzip(mut self, limits: &Limits) -> Feed {
        self.gunzip = Some(Box::new(Gunzip::new(limits)));
        self
    }

    /// All bytes, at most `most` of them. One chunk alone is not copied.
    pub(crate) async fn whole(&mut self, most: usize) -> Result<Bytes, Error> {
        let first = self.next().await?.unwrap_or_default();
        let mut next = self.next().await?;
        let mut whole = match next {
            Some(_) => BytesMut::from(first),
            None if first.len() > most => return Err(Error::Limit("envelope size".into())),
            None => return Ok(first),
        };
        while let Some(chunk) = next {
            if whole.len() + chunk.len() > most {
                return Err(Error::Limit("envelope size".into()));
            }
            whole.extend_from_slice(&chunk);
            next = self.next().await?;
        }
        Ok(whole.freeze())
    }

    /// The next bytes, never none of them; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let Some(gunzip) = &mut self.gunzip else {
            return self.input.next().await;
        };
        loop {
            while !self.waiting.is_empty() {
                let octets = gunzip.inflate(&mut self.waiting)?;
                if !octets.is_empty() {
                    return Ok(Some(octets));
                }
            }
            if self.ended {
                return Ok(None);
            }
            match self.input.next().await? {
                Some(chunk) => self.waiting = chunk,
                None => {
                    self.ended = true;
                    let octets = gunzip.finish()?;
                    return Ok((!octets.is_empty()).then_some(octets));
                }
            }
        }
    }
}

/// Reads and forgets what is left of a body, at most `limits.drain` bytes and for at most `limits.idle`.
#[cfg(feature = "server")]
pub(crate) async fn drain(home: &Home, limits: &Limits) {
    let Some(mut body) = home.take() else { return };
    forget(&mut body, limits.drain, limits).await;
}

/// Reads and forgets a body of at most `most` bytes. Whether it was read to the end shows on the connection:
/// hyper closes it if not.
#[cfg(feature = "server")]
pub(crate) async fn forget(body: &mut AnyBody, most: u64, limits: &Limits) {
    let mut pace = Pace::new(limits);
    pace.message = most;
    let all = async { while let Ok(Some(_)) = pace.next(body).await {} };
    let _ = timeout(limits.idle, all).await;
}
