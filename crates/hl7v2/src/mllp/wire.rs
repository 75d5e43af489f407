//! A stream with its buffers and its deadlines: what server, client and reader share.

use super::{Codec, Error, Limits, START};
use bytes::BytesMut;
use std::future::poll_fn;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::codec::{Decoder, Encoder};
use tokio_util::io::{poll_read_buf, poll_write_buf};

/// Room made for the first read; it doubles while reads fill it.
const LEAST_ROOM: usize = 4 * 1024;
const MOST_ROOM: usize = 64 * 1024;
/// An empty buffer larger than this is given back.
const KEPT: usize = 2 * MOST_ROOM;
/// Frames are gathered up to this size before they are written although more is ready; no more are taken while as much waits.
const GATHERED: usize = 16 * 1024;
/// How long a sender may go on after our last answer before the connection is cut.
const LINGER: Duration = Duration::from_secs(2);

/// A stream, what was read from it but not yet used, and what is to be written to it.
pub(super) struct Wire<S> {
    stream: S,
    codec: Codec,
    input: BytesMut,
    output: BytesMut,
    room: usize,
    ended: bool,
    flushed: bool,
    /// Bytes of `output` that the write deadline is about.
    batch: usize,
    queued: u64,
    written: u64,
    limits: Limits,
    since: Since,
    /// Made when first needed: only then must there be a runtime.
    alarm: Option<Pin<Box<Sleep>>>,
}

/// When the present wait for something began; `None` when it is not waited for.
#[derive(Default)]
struct Since {
    idle: Option<Instant>,
    frame: Option<Instant>,
    /// With the length of the input then.
    end_byte: Option<(usize, Instant)>,
    write: Option<Instant>,
}

/// What a connection is waiting for besides what it writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// For a frame, and it has nothing else to do.
    Frame,
    /// For a frame, but silence is no fault: work is in hand, or answers are awaited with a deadline of their own.
    Quiet,
    /// Not for the peer: no more is read.
    Paused,
}

impl<S> Wire<S> {
    pub(super) fn new(stream: S, limits: Limits) -> Wire<S> {
        Wire {
            stream,
            codec: Codec::new(&limits),
            input: BytesMut::new(),
            output: BytesMut::new(),
            room: LEAST_ROOM,
            ended: false,
            flushed: true,
            batch: 0,
            queued: 0,
            written: 0,
            limits,
            since: Since::default(),
            alarm: None,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn codec(&self) -> &Codec {
        &self.codec
    }

    /// The next frame of what was read.
    pub(super) fn decode(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let frame = match self.ended {
            false => self.codec.decode(&mut self.input),
            true => self.codec.decode_eof(&mut self.input),
        }?;
        if frame.is_some() {
            self.since.frame = None;
            self.since.idle = None;
            self.tidy();
        }
        Ok(frame)
    }

    /// Gives back the memory of an unusually large frame.
    fn tidy(&mut self) {
        if self.input.is_empty() {
            give_back(&mut self.input);
        }
    }

    /// Whether a frame has begun of which the end was not read.
    pub(super) fn begun(&mut self) -> bool {
        matches!(self.codec.begun(&mut self.input), Ok(true))
    }

    /// Whether the peer will send no more.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    pub(super) fn has_input(&self) -> bool {
        !self.input.is_empty()
    }

    /// Puts a message into its frame and into the output.
    pub(super) fn push(&mut self, message: &[u8]) -> Result<(), Error> {
        let before = self.output.len();
        self.codec.encode(message, &mut self.output)?;
        self.queued += (self.output.len() - before) as u64;
        self.flushed = false;
        Ok(())
    }

    /// Whether so much waits to be written that no more should be made.
    pub(super) fn is_gathered(&self) -> bool {
        self.output.len() >= GATHERED
    }

    pub(super) fn is_written(&self) -> bool {
        self.flushed
    }

    /// Bytes ever put into the output, and how many of them were written.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.queued, self.written)
    }

    /// Drops what cannot be written any more.
    pub(super) fn discard_output(&mut self) {
        self.output.clear();
        give_back(&mut self.output);
        self.flushed = true;
        self.since.write = None;
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// Reads once; whether there was something, be it the end of the stream.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.input.reserve(self.room);
        let count = ready!(poll_read_buf(
            Pin::new(&mut self.stream),
            cx,
            &mut self.input
        ))?;
        self.ended = count == 0;
        if count >= self.room {
            self.room = (self.room * 2).min(MOST_ROOM);
        }
        Poll::Ready(Ok(()))
    }

    /// The next frame; `None` when the peer closed the connection between frames.
    pub(super) async fn next(&mut self, wait: Wait) -> Result<Option<Vec<u8>>, Error> {
        self.since.idle = None;
        poll_fn(|cx| {
            loop {
                if let Some(frame) = self.decode()? {
                    return Poll::Ready(Ok(Some(frame)));
                }
                if self.ended {
                    return Poll::Ready(Ok(None));
                }
                if self.poll_fill(cx)?.is_pending() {
                    match ready!(self.poll_deadline(cx, wait, None)) {
                        Due::Frame(frame) => return Poll::Ready(Ok(Some(frame))),
                        Due::Passed(error) | Due::Stuck(error) => return Poll::Ready(Err(error)),
                    }
                }
            }
        })
        .await
    }

    /// Reads and drops what the peer still sends, so that it can read our last answer before the connection is reset.
    pub(super) async fn linger(&mut self, most: usize) {
        let draining = async {
            let mut dropped = 0;
            while dropped <= most && !self.ended {
                self.input.clear();
                if poll_fn(|cx| self.poll_fill(cx)).await.is_err() {
                    return;
                }
                dropped += self.input.len();
            }
        };
        let _drained = timeout(LINGER, draining).await;
    }
}

impl<S: AsyncWrite + Unpin> Wire<S> {
    /// Writes and flushes the output; ready when nothing is left of it.
    pub(super) fn poll_drain(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        while !self.output.is_empty() {
            let stream = Pin::new(&mut self.stream);
            let count = ready!(poll_write_buf(stream, cx, &mut self.output))?;
            if count == 0 {
                return Poll::Ready(Err(std::io::Error::from(ErrorKind::WriteZero).into()));
            }
            self.written += count as u64;
            self.batch = self.batch.saturating_sub(count);
            if self.batch == 0 {
                self.since.write = None;
            }
        }
        if !self.flushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.discard_output();
        }
        Poll::Ready(Ok(()))
    }

    /// Writes and flushes what was pushed, `write` at most.
    pub(super) async fn drain(&mut self) -> Result<(), Error> {
        let limit = self.limits.write;
        timeout(limit, poll_fn(|cx| self.poll_drain(cx)))
            .await
            .map_err(|_| WRITING)?
    }

    /// Ends our side of the stream.
    pub(super) async fn shutdown(&mut self) {
        let _closed = timeout(self.limits.write, self.stream.shutdown()).await;
    }
}

/// Of an empty buffer, its memory if that is large. Its `capacity` does not count what was used and is free again.
fn give_back(buffer: &mut BytesMut) {
    if buffer.try_reclaim(KEPT + 1) {
        *buffer = BytesMut::new();
    }
}

/// A deadline has come.
pub(super) enum Due {
    /// The frame that lacks its CR.
    Frame(Vec<u8>),
    /// The peer did not send in time.
    Passed(Error),
    /// The peer did not read in time.
    Stuck(Error),
}

const WRITING: Error = Error::Timeout("writing a frame");

impl<S> Wire<S> {
    /// Waits until the first deadline: of what the wire waits for, or `other`, which is one for an answer.
    pub(super) fn poll_deadline(
        &mut self,
        cx: &mut Context<'_>,
        wait: Wait,
        other: Option<Instant>,
    ) -> Poll<Due> {
        self.note(wait);
        loop {
            let deadlines = self.deadlines(other);
            let Some(first) = deadlines.iter().flatten().min().copied() else {
                return Poll::Pending;
            };
            let set = || Box::pin(sleep_until(first));
            let alarm = self.alarm.get_or_insert_with(set);
            if alarm.deadline() > first || alarm.is_elapsed() {
                alarm.as_mut().reset(first);
            }
            // The alarm may have been set for something that has come to pass in time.
            ready!(alarm.as_mut().poll(cx));
            let now = Instant::now();
            if let Some(at) = deadlines
                .iter()
                .position(|one| one.is_some_and(|t| t <= now))
            {
                return Poll::Ready(self.due(at));
            }
        }
    }

    /// Starts and ends waits, as of now.
    fn note(&mut self, wait: Wait) {
        let begun = self.input.first() == Some(&START);
        let idle = wait == Wait::Frame && !begun && self.flushed;
        let since = &mut self.since;
        let now = Instant::now();
        let running = |on: bool, since: Option<Instant>| on.then(|| since.unwrap_or(now));
        since.idle = running(idle, since.idle);
        since.frame = running(begun && wait != Wait::Paused, since.frame);
        if since.write.is_none() {
            self.batch = self.output.len();
        }
        since.write = running(!self.flushed, since.write);
        let length = self.input.len();
        since.end_byte = match since.end_byte {
            _ if wait == Wait::Paused || !self.codec.lacks_return(&self.input) => None,
            Some((then, at)) if then == length => Some((then, at)),
            _ => Some((length, now)),
        };
    }

    fn deadlines(&self, other: Option<Instant>) -> [Option<Instant>; 5] {
        let (since, limits) = (&self.since, &self.limits);
        let after = |since: Option<Instant>, limit| since.and_then(|at| at.checked_add(limit));
        [
            after(since.write, limits.write),
            after(since.end_byte.map(|(_, at)| at), limits.missing_return),
            after(since.frame, limits.read),
            after(since.idle, limits.idle),
            other,
        ]
    }

    fn due(&mut self, at: usize) -> Due {
        match at {
            0 => Due::Stuck(WRITING),
            1 => match self.codec.take_unreturned(&mut self.input) {
                Some(frame) => {
                    self.since = Since::default();
                    Due::Frame(frame)
                }
                None => Due::Passed(Error::Truncated),
            },
            2 => Due::Passed(Error::Timeout("reading a frame")),
            3 => Due::Passed(Error::Timeout("waiting for a frame")),
            _ => Due::Passed(Error::Timeout("waiting for the answer")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_memory_of_a_large_frame_is_given_back_and_that_of_small_ones_kept() {
        for (size, kept) in [(1000, true), (600_000, false)] {
            let frame = [&[START], &vec![b'x'; size][..], b"\x1c\r"].concat();
            let mut wire = Wire::new(&frame[..], Limits::default());
            let read = wire.next(Wait::Frame).await;
            assert!(read.is_ok_and(|read| read.is_some_and(|message| message.len() == size)));
            assert!(!wire.input.try_reclaim(KEPT + 1));
            assert_eq!(wire.input.try_reclaim(LEAST_ROOM), kept);
        }
    }
}
