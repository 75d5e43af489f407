//! The server's side: HTTP/1.1 over a stream we are handed (SOAP 1.2 Part 2, 7; ITI TF-2 V.3).

mod answer;
mod door;
mod head;
mod mailbox;
mod replies;
mod route;

use std::future::Future;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

pub use door::{Door, Endpoint};
pub use mailbox::Mailbox;
pub use replies::{Delivered, Replies, ReplyLimits};

use crate::error::Error;
use crate::fault::Fault;
use crate::message::{Incoming, Reply};
use crate::timed::Timed;

/// What answers the messages of one endpoint.
pub trait Service: Send + Sync + 'static {
    /// Answers one message. A failure is a fault or an error of the profile, never a broken connection.
    fn handle(&self, request: Incoming) -> impl Future<Output = Reply> + Send;

    /// Told before this fault is sent because the message never became one: not XML, SOAP 1.1, no action,
    /// a mandatory header not understood, a reply address that is not allowed, multipart cut short.
    /// For the actor's audit record.
    fn refused(&self, fault: &Fault) -> impl Future<Output = ()> + Send {
        let _ = fault;
        async {}
    }
}

/// Serves one accepted stream until the peer closes it, or until `stop` and the exchange in hand is finished.
///
/// Bytes of an attachment are taken from the stream as the service asks for them.
///
/// # Errors
/// The connection broke, or the peer was silent or too slow.
pub async fn serve_stream<IO, S>(
    io: IO,
    door: Door<S>,
    stop: &CancellationToken,
) -> Result<(), Error>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service,
{
    let limits = door.limits();
    let io = TokioIo::new(Timed::new(io, limits, None));
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read)
        .max_buf_size(limits.head.max(SMALLEST_HEAD));
    let mut connection = std::pin::pin!(builder.serve_connection(io, door));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(|error| connection_error(&error))
}

/// hyper takes no smaller buffer.
const SMALLEST_HEAD: usize = 8192;

fn connection_error(error: &hyper::Error) -> Error {
    if error.is_timeout() {
        Error::Timeout("the request head".into())
    } else {
        Error::Transport(format!("http: {error}"))
    }
}
