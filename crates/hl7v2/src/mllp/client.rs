//! The asking side of one connection.

use super::{Error, Limits, Reader, breaks_frame};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;

/// One connection to a server; one exchange at a time. After an error the connection cannot be used again, because a late
/// reply would be taken for the answer to the next message.
pub struct Client<S> {
    frames: Reader<S>,
    usable: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// A client on an open stream.
    pub fn new(stream: S, limits: Limits) -> Client<S> {
        Client {
            frames: Reader::new(stream, limits),
            usable: true,
        }
    }

    /// Whether another exchange may be tried; false after an error or a dropped exchange.
    pub fn is_usable(&self) -> bool {
        self.usable
    }

    /// Sends a message and waits for its answer, `read` at most. [`Error::Closed`] means that the peer closed the
    /// connection before any byte of an answer: it may or may not have taken the message.
    pub async fn exchange(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        if !self.usable {
            return Err(Error::Closed);
        }
        if message.is_empty() || breaks_frame(message) {
            return Err(Error::Misuse);
        }
        self.usable = false;
        if self.frames.has_frame() {
            return Err(Error::Unasked);
        }
        let reply = self.send_and_wait(message).await?;
        self.usable = true;
        Ok(reply)
    }

    async fn send_and_wait(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.frames.write_frame(message).await?;
        let limit = self.frames.limits().read;
        let reply = timeout(limit, self.frames.read_answer())
            .await
            .map_err(|_| Error::Timeout("waiting for the answer"))??;
        reply.ok_or(Error::Closed)
    }

    /// Ends the connection in an orderly way.
    pub async fn close(mut self) {
        self.frames.shutdown().await;
    }
}
