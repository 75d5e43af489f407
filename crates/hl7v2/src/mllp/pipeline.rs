//! The asking side of one connection with several requests under way.

use super::line::{Line, Order, Request};
use super::{Error, Limits, breaks_frame};
use crate::Message;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Which answer belongs to which request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Matching {
    /// The first answer to the first request, and so on.
    #[default]
    Order,
    /// In order, and MSA-2 of the answer must be MSH-10 of the request; an answer that rejects without naming a message is
    /// taken as well. Both messages are parsed for it. A mismatch is [`Error::OtherAnswer`] and ends the connection.
    ControlId,
}

/// A connection on which [`Limits::in_flight`] messages may be under way; answers come in the order of the requests.
///
/// A task of its own drives the stream. It ends when the connection does, on [`Pipeline::close`], or when the pipeline was
/// dropped and the answers still due have come or their time is over. The window is the only queue: whoever sends more waits.
///
/// When the connection breaks, each request under way ends as [`Error::Unanswered`] if any byte of it was sent, else as
/// [`Error::NotSent`]. Nothing is sent again here: a receiver in HL7's original mode may have done what was asked.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), hl7v2::mllp::Error> {
/// use hl7v2::mllp::{Limits, Matching, Pipeline, serve_stream};
///
/// let (near, far) = tokio::io::duplex(1024);
/// let limits = Limits { in_flight: 2, ..Limits::default() };
/// let echo = tokio::spawn({
///     let limits = limits.clone();
///     async move { serve_stream(far, &limits, &Default::default(), |bytes| async { bytes }).await }
/// });
/// let pipeline = Pipeline::open(near, limits, Matching::Order);
/// let first = pipeline.send(b"one".to_vec()).await?;
/// let second = pipeline.send(b"two".to_vec()).await?;
/// assert_eq!((first.await?, second.await?), (b"one".to_vec(), b"two".to_vec()));
/// pipeline.close().await;
/// # assert!(echo.await.is_ok_and(|ended| ended.is_ok()));
/// # Ok(())
/// # }
/// ```
pub struct Pipeline {
    requests: mpsc::Sender<Order>,
    window: Arc<Semaphore>,
    matching: Matching,
    in_flight: usize,
    answered: AtomicBool,
    ended: CancellationToken,
}

impl Pipeline {
    /// Drives this stream in a new task of the present runtime.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open<S>(stream: S, limits: Limits, matching: Matching) -> Pipeline
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let in_flight = limits.in_flight.clamp(1, Semaphore::MAX_PERMITS - 1);
        // A place for each request, and one for the order to close.
        let (requests, orders) = mpsc::channel(in_flight + 1);
        let ended = CancellationToken::new();
        tokio::spawn(Line::new(stream, limits, orders).run(ended.clone().drop_guard()));
        Pipeline {
            requests,
            window: Arc::new(Semaphore::new(in_flight)),
            matching,
            in_flight,
            answered: AtomicBool::new(false),
            ended,
        }
    }

    /// Sends a message as soon as there is a place in the window; the answer comes later. Dropping the answer does not take
    /// the message back.
    ///
    /// # Errors
    /// [`Error::Misuse`] for a message that would not arrive as one frame, [`Error::Closed`] if the connection is no more.
    pub async fn send(&self, message: Vec<u8>) -> Result<Answer, Error> {
        if message.is_empty() || breaks_frame(&message) {
            return Err(Error::Misuse);
        }
        let control_id = match self.matching {
            Matching::Order => None,
            Matching::ControlId => Some(control_id(&message)),
        };
        let window = Arc::clone(&self.window);
        let place = window.acquire_owned().await.map_err(|_| Error::Closed)?;
        let (reply, answer) = oneshot::channel();
        let request = Request {
            message,
            control_id,
            reply,
            place,
        };
        let sent = self.requests.send(Order::Send(request)).await;
        sent.map_err(|_| Error::Closed)?;
        Ok(Answer { answer })
    }

    /// Sends a message and waits for its answer.
    ///
    /// # Errors
    /// Those of [`Pipeline::send`] and [`Answer`].
    pub async fn exchange(&self, message: Vec<u8>) -> Result<Vec<u8>, Error> {
        let answer = self.send(message).await?.await?;
        self.answered.store(true, Ordering::Relaxed);
        Ok(answer)
    }

    /// Whether any exchange came to its end.
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    /// Whether messages can be sent; false when the peer has closed, after an error and after [`Pipeline::close`].
    pub fn is_open(&self) -> bool {
        !self.requests.is_closed()
    }

    /// Requests under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight - self.window.available_permits().min(self.in_flight)
    }

    /// Whether another request would have to wait.
    pub(super) fn is_full(&self) -> bool {
        self.window.available_permits() == 0
    }

    /// Sends no more, waits for the answers still due, and ends the connection.
    pub async fn close(&self) {
        self.window.close();
        let _asked = self.requests.send(Order::Close).await;
        self.ended.cancelled().await;
    }
}

/// MSH-10; empty for what cannot be read.
fn control_id(message: &[u8]) -> String {
    Message::parse(message)
        .map(|message| message.header().control_id)
        .unwrap_or_default()
}

/// The answer to one message, or why there is none: [`Error::Unanswered`], [`Error::NotSent`], [`Error::OtherAnswer`].
#[must_use = "an answer says whether the message was accepted"]
pub struct Answer {
    answer: oneshot::Receiver<Result<Vec<u8>, Error>>,
}

impl Future for Answer {
    type Output = Result<Vec<u8>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.answer).poll(cx));
        // The task can only vanish with its runtime.
        Poll::Ready(answer.unwrap_or_else(|_| Err(Error::Unanswered(Arc::new(Error::Closed)))))
    }
}
