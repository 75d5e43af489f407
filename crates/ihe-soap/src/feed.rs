//! The bytes of one HTTP body, taken as they are asked for, with a limit on silence.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming as HttpBody;

use crate::error::Error;

/// Where a leased HTTP body returns to when its reader is dropped.
pub(crate) type Home = Arc<Mutex<Option<HttpBody>>>;

/// A source of byte chunks.
pub(crate) enum Feed {
    Http(Lease),
    Memory(VecDeque<Bytes>),
}

/// An HTTP body that goes home when dropped, so that the server can drain what nobody read.
pub(crate) struct Lease {
    body: Option<HttpBody>,
    home: Option<Home>,
    idle: Duration,
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            *home.lock().unwrap_or_else(PoisonError::into_inner) = self.body.take();
        }
    }
}

impl Feed {
    pub(crate) fn http(body: HttpBody, home: Option<Home>, idle: Duration) -> Feed {
        Feed::Http(Lease {
            body: Some(body),
            home,
            idle,
        })
    }

    /// The next bytes, `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        match self {
            Feed::Memory(chunks) => Ok(chunks.pop_front()),
            Feed::Http(lease) => match &mut lease.body {
                Some(body) => next_data(body, lease.idle).await,
                None => Ok(None),
            },
        }
    }
}

async fn next_data(body: &mut HttpBody, idle: Duration) -> Result<Option<Bytes>, Error> {
    loop {
        let frame = tokio::time::timeout(idle, body.frame()).await;
        match frame.map_err(|_| Error::Timeout("no more bytes of the body".into()))? {
            None => return Ok(None),
            Some(Err(error)) => return Err(Error::Transport(format!("body: {error}"))),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                Err(_trailers) => {}
            },
        }
    }
}

/// Reads and forgets what is left of a body, at most `limit` bytes and for at most `time`.
#[cfg(feature = "server")]
pub(crate) async fn drain(home: &Home, limit: u64, time: Duration) {
    let body = home.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut body) = body else { return };
    let forget = async {
        let mut seen = 0;
        while seen <= limit {
            match next_data(&mut body, time).await {
                Ok(Some(data)) => seen += data.len() as u64,
                _ => return,
            }
        }
    };
    // whether it was read to the end shows on the connection: hyper closes it if not
    let _ = tokio::time::timeout(time, forget).await;
}
