//! A stream that fails when a peer takes our bytes too slowly, and that remembers when bytes last moved.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::feed::earned;
use crate::limits::Limits;

/// What moved on a connection.
#[derive(Debug)]
pub(crate) struct Activity {
    began: Instant,
    /// Bytes ever read.
    read: AtomicU64,
    /// Milliseconds from `began` to the last byte read or written.
    last: AtomicU64,
}

impl Activity {
    pub(crate) fn new() -> Arc<Activity> {
        Arc::new(Activity {
            began: Instant::now(),
            read: AtomicU64::new(0),
            last: AtomicU64::new(0),
        })
    }

    fn touch(&self) {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(elapsed, Ordering::Relaxed);
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Returns when nothing has moved for `idle`, counted from this call at the earliest.
    pub(crate) async fn silent(&self, idle: Duration) {
        self.touch();
        loop {
            let deadline =
                self.began + Duration::from_millis(self.last.load(Ordering::Relaxed)) + idle;
            if deadline <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

/// The stream with limits on how long one write, and all writes together, may wait.
pub(crate) struct Timed<IO> {
    io: IO,
    /// Whom to tell of bytes that moved.
    activity: Option<Arc<Activity>>,
    idle: Duration,
    rate: u64,
    written: u64,
    waited: Duration,
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<IO> Timed<IO> {
    pub(crate) fn new(io: IO, limits: &Limits, activity: Option<Arc<Activity>>) -> Timed<IO> {
        Timed {
            io,
            activity,
            idle: limits.idle,
            rate: limits.pace,
            written: 0,
            waited: Duration::ZERO,
            waiting: None,
        }
    }

    /// Passes a ready result on; makes a pending one fail when the peer has let us wait too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match poll {
            Poll::Ready(result) => {
                if let Some((since, _)) = self.waiting.take() {
                    self.waited += since.elapsed();
                }
                if let Some(activity) = &self.activity {
                    activity.touch();
                }
                Poll::Ready(result)
            }
            Poll::Pending => {
                let left = earned(self.idle, self.rate, self.written).saturating_sub(self.waited);
                let patience = left.min(self.idle);
                let begin = || (Instant::now(), Box::pin(sleep(patience)));
                let (_, timer) = self.waiting.get_or_insert_with(begin);
                ready!(timer.as_mut().poll(cx));
                Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the peer does not read",
                )))
            }
        }
    }

    fn wrote(&mut self, poll: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(count)) = &poll {
            self.written += *count as u64;
        }
        poll
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Timed<IO> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        ready!(Pin::new(&mut this.io).poll_read(cx, buf))?;
        let got = buf.filled().len() - before;
        if let (1.., Some(activity)) = (got, &this.activity) {
            activity.read.fetch_add(got as u64, Ordering::Relaxed);
            activity.touch();
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Timed<IO> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.io).poll_write(cx, buf);
        let poll = this.watch(cx, poll);
        this.wrote(poll)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.io).poll_write_vectored(cx, bufs);
        let poll = this.watch(cx, poll);
        this.wrote(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.io).poll_flush(cx);
        this.watch(cx, poll)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let poll = Pin::new(&mut this.io).poll_shutdown(cx);
        this.watch(cx, poll)
    }
}
