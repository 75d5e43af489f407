//! The answering side of one connection.

use super::{Error, Limits, Reader};
use crate::ack::{ErrorCode, Problem};
use crate::build;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// How long a refused sender may go on before the connection is cut.
const LINGER: Duration = Duration::from_secs(2);

/// Answers the frames of one connection in order until the peer closes it, a limit is passed, or `stop` is cancelled. On
/// stop a frame that has begun is still read and answered. An empty answer closes the connection unanswered. A frame above
/// the limit is answered with AR 207 and ends the connection, because its end cannot be found safely.
pub async fn serve_stream<S, F, Fut>(
    stream: S,
    limits: &Limits,
    stop: &CancellationToken,
    mut handle: F,
) -> Result<(), Error>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    F: FnMut(Vec<u8>) -> Fut,
    Fut: Future<Output = Vec<u8>>,
{
    let mut frames = Reader::new(stream, limits.clone());
    while wait(&mut frames, stop).await? {
        let message = match frames.finish().await {
            Err(Error::TooLarge { limit }) => return refuse(&mut frames, limit).await,
            other => other?,
        };
        let reply = handle(message).await;
        if reply.is_empty() {
            break;
        }
        frames.write_frame(&reply).await?;
    }
    frames.shutdown().await;
    Ok(())
}

/// Whether a frame has begun; false when there will be none.
async fn wait<S: AsyncRead + Unpin>(
    frames: &mut Reader<S>,
    stop: &CancellationToken,
) -> Result<bool, Error> {
    let idle = frames.limits().idle;
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(false),
        begun = timeout(idle, frames.begin()) => begun.map_err(|_| Error::Timeout("waiting for a frame"))?,
    }
}

async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(
    frames: &mut Reader<S>,
    limit: usize,
) -> Result<(), Error> {
    let text = format!("message larger than {limit} bytes");
    tracing::warn!(limit, "frame refused: too large");
    frames
        .write_frame(&build::rejection(Problem::error(
            ErrorCode::INTERNAL,
            None,
            text,
        )))
        .await?;
    frames.shutdown().await;
    let _drained = timeout(LINGER, frames.drain(limit.saturating_mul(4))).await;
    Err(Error::TooLarge { limit })
}
