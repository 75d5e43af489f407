//! The task behind a pipeline: writes requests, reads answers, and says what became of each.

use super::wire::{Due, Wait, Wire};
use super::{Error, Limits};
use crate::{Message, ack};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::DropGuard;

/// From a pipeline to its task.
pub(super) enum Order {
    Send(Request),
    Close,
}

pub(super) struct Request {
    pub(super) message: Vec<u8>,
    /// What MSA-2 must be, if that is to be checked.
    pub(super) control_id: Option<String>,
    pub(super) reply: oneshot::Sender<Result<Vec<u8>, Error>>,
    pub(super) place: OwnedSemaphorePermit,
}

/// A request in the output or under way.
struct UnderWay {
    control_id: Option<String>,
    reply: oneshot::Sender<Result<Vec<u8>, Error>>,
    place: OwnedSemaphorePermit,
    /// Where its first byte is among all that was ever put into the output.
    starts: u64,
    since: Instant,
}

impl UnderWay {
    fn end(self, answer: Result<Vec<u8>, Error>) {
        drop(self.place);
        // Nobody may want to know any more.
        let _wanted = self.reply.send(answer);
    }
}

/// One connection.
pub(super) struct Line<S> {
    wire: Wire<S>,
    orders: mpsc::Receiver<Order>,
    under_way: VecDeque<UnderWay>,
    /// When the answer before came.
    answered: Option<Instant>,
    closing: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    pub(super) fn new(stream: S, limits: Limits, orders: mpsc::Receiver<Order>) -> Line<S> {
        Line {
            wire: Wire::new(stream, limits),
            orders,
            under_way: VecDeque::new(),
            answered: None,
            closing: false,
        }
    }

    /// Until the connection ends or is not needed any more.
    pub(super) async fn run(mut self, ended: DropGuard) {
        let end = poll_fn(|cx| self.poll(cx)).await;
        self.fail(end.err().unwrap_or(Error::Closed));
        self.wire.shutdown().await;
        drop(ended);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            let mut moved = self.take_requests(cx)?;
            moved |= self.take_answers()?;
            moved |= self.write(cx)?;
            if self.closing && self.under_way.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if self.wire.ended() {
                return Poll::Ready(Err(Error::Closed));
            }
            moved |= self.wire.poll_fill(cx)?.is_ready();
            if !moved {
                match self.wire.poll_deadline(cx, Wait::Quiet, self.deadline()) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Due::Frame(answer)) => self.answer(answer)?,
                    Poll::Ready(Due::Passed(error) | Due::Stuck(error)) => {
                        return Poll::Ready(Err(error));
                    }
                }
            }
        }
    }

    /// Each answer may take `read` from its request, or from the answer before it.
    fn deadline(&self) -> Option<Instant> {
        let first = self.under_way.front()?;
        let since = self.answered.map_or(first.since, |at| at.max(first.since));
        since.checked_add(self.wire.limits().read)
    }

    fn take_requests(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        let mut moved = false;
        while !self.closing && !self.wire.is_gathered() {
            match self.orders.poll_recv(cx) {
                Poll::Ready(Some(Order::Send(request))) => self.send(request)?,
                // What was sent before this is already here.
                Poll::Ready(Some(Order::Close) | None) => {
                    self.closing = true;
                    self.orders.close();
                }
                Poll::Pending => break,
            }
            moved = true;
        }
        Ok(moved)
    }

    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, Error> {
        if self.wire.is_written() {
            return Ok(false);
        }
        match self.wire.poll_drain(cx) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(())) => Ok(true),
            Poll::Ready(Err(error)) => {
                self.last_answers(cx);
                Err(error)
            }
        }
    }

    /// What the peer answered before it closed is an answer.
    fn last_answers(&mut self, cx: &mut Context<'_>) {
        while !self.wire.ended() && matches!(self.wire.poll_fill(cx), Poll::Ready(Ok(()))) {
            if self.take_answers().is_err() {
                return;
            }
        }
    }

    fn send(&mut self, request: Request) -> Result<(), Error> {
        let (starts, _) = self.wire.progress();
        let pushed = self.wire.push(&request.message);
        self.under_way.push_back(UnderWay {
            control_id: request.control_id,
            reply: request.reply,
            place: request.place,
            starts,
            since: Instant::now(),
        });
        pushed
    }

    fn take_answers(&mut self) -> Result<bool, Error> {
        let mut moved = false;
        while let Some(answer) = self.wire.decode()? {
            self.answer(answer)?;
            moved = true;
        }
        Ok(moved)
    }

    fn answer(&mut self, answer: Vec<u8>) -> Result<(), Error> {
        let Some(due) = self.under_way.pop_front() else {
            return Err(Error::Unasked);
        };
        self.answered = (!self.under_way.is_empty()).then(Instant::now);
        let asked = due.control_id.as_deref();
        if asked.is_none_or(|asked| answers(&answer, asked)) {
            due.end(Ok(answer));
            return Ok(());
        }
        due.end(Err(Error::OtherAnswer));
        Err(Error::OtherAnswer)
    }

    /// Tells everyone who waits. Nothing was sent of what is still whole in the output or the channel.
    fn fail(&mut self, error: Error) {
        self.orders.close();
        let (_, written) = self.wire.progress();
        tracing::debug!(%error, under_way = self.under_way.len(), "connection ended");
        let cause = Arc::new(error);
        for due in self.under_way.drain(..) {
            let cause = Arc::clone(&cause);
            let reason = match due.starts < written {
                true => Error::Unanswered(cause),
                false => Error::NotSent(cause),
            };
            due.end(Err(reason));
        }
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Send(request) = order {
                let reason = Error::NotSent(Arc::clone(&cause));
                let _wanted = request.reply.send(Err(reason));
            }
        }
    }
}

/// Whether MSA-2 names this message, or a rejection names none (its sender could not read the header).
fn answers(answer: &[u8], asked: &str) -> bool {
    Message::parse(answer).is_ok_and(|answer| match answer.value("MSA-2") {
        Some(answered) => answered == asked,
        None => ack::parse_refusal(&answer).is_some(),
    })
}
