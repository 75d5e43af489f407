//! ITI-20 one connection of a spool sender: write frames in order, watch for the peer's close or
//! alert (in TLS 1.3 a refused certificate shows only here), close in order when told to.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::time::{sleep, timeout};

use crate::spool::segment::Position;
use crate::spool::sender::{End, Sender};
use crate::syslog;

/// A TLS or plain TCP stream.
pub(crate) trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Line for S {}

pub(crate) struct Session<'a> {
    sender: &'a mut Sender,
    read: ReadHalf<Box<dyn Line>>,
    write: WriteHalf<Box<dyn Line>>,
    /// Records this connection may still send.
    left: usize,
}

enum Next {
    Records,
    Close,
    Stop,
}

impl<'a> Session<'a> {
    pub(crate) fn new(sender: &'a mut Sender, stream: Box<dyn Line>) -> Session<'a> {
        let (read, write) = tokio::io::split(stream);
        let left = sender.doubt.most();
        Session {
            sender,
            read,
            write,
            left,
        }
    }

    pub(crate) async fn run(mut self) -> io::Result<End> {
        loop {
            match self.next().await? {
                Next::Records => self.send().await?,
                Next::Close => {
                    let settled = self.close().await?;
                    return Ok(End::Orderly { settled });
                }
                Next::Stop => {
                    if self.close().await? {
                        self.sender.closed(true).await;
                    }
                    return Ok(End::Stopped);
                }
            }
        }
    }

    /// Sends one record alone; whether it was taken.
    pub(crate) async fn run_one(mut self, from: Position) -> io::Result<bool> {
        let batch = self.sender.batch(from).await?;
        let one = batch.messages.into_iter().take(1).collect();
        self.write_frames(one).await?;
        let answer = self.orderly_close().await?;
        Ok(answer == Answer::Closed || self.sender.unanswered > 0)
    }

    async fn next(&mut self) -> io::Result<Next> {
        let shared = self.sender.shared.clone();
        let (mut end, mut flush) = (shared.end.subscribe(), shared.flush.subscribe());
        let at = self.sender.at;
        if shared.stop.is_cancelled() {
            return Ok(Next::Stop);
        }
        if self.left == 0 {
            return Ok(Next::Close);
        }
        if at.is_before(&end.borrow()) {
            return Ok(Next::Records);
        }
        let unsettled = shared.unsettled(self.sender.index);
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => Ok(Next::Stop),
            _ = flush.wait_for(|flush| *flush > unsettled) => Ok(Next::Close),
            _ = end.wait_for(|end| at.is_before(end)) => Ok(Next::Records),
            error = closed_by_peer(&mut self.read) => Err(error),
            () = sleep(shared.limits.idle) => Ok(Next::Close),
        }
    }

    async fn send(&mut self) -> io::Result<()> {
        let mut batch = self.sender.batch(self.sender.at).await?;
        batch.messages.truncate(self.left);
        batch.ends.truncate(self.left);
        if batch.messages.is_empty() {
            self.sender.step(&batch).await;
            return Ok(());
        }
        self.left -= batch.messages.len();
        self.write_frames(batch.messages).await?;
        self.sender.sent(&batch.ends).await;
        Ok(())
    }

    async fn write_frames(&mut self, messages: Vec<Vec<u8>>) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(messages.iter().map(|one| one.len() + 8).sum());
        for message in &messages {
            syslog::write_frame(&mut bytes, message);
        }
        let limit = self.sender.shared.limits.io;
        let (read, write) = (&mut self.read, &mut self.write);
        let write_all = async {
            write.write_all(&bytes).await?;
            write.flush().await
        };
        tokio::select! {
            done = timeout(limit, write_all) => {
                done.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "write timed out"))?
            }
            error = closed_by_peer(read) => Err(error),
        }
    }

    /// Says that nothing more comes (close_notify, or FIN without TLS) and waits for the peer's: it
    /// has then read everything. An end without it is a break, after which the window is sent
    /// again. Only a peer that ends so twice in a row is taken for one that never answers, as
    /// rsyslog: then its FIN counts, for a system that holds unread bytes resets instead.
    async fn close(&mut self) -> io::Result<bool> {
        let answer = self.orderly_close().await?;
        let known = self.sender.unanswered > 0;
        self.sender.unanswered = u8::from(answer != Answer::Closed);
        match answer {
            Answer::Closed => Ok(true),
            _ if !known => {
                let text = "closed without close_notify";
                Err(io::Error::new(io::ErrorKind::ConnectionAborted, text))
            }
            Answer::Cut => Ok(true),
            Answer::Silent => Ok(false),
        }
    }

    /// A peer that closes before we do has not read everything: rsyslog judges our certificate
    /// after the handshake and then closes in order. An answer to our close looks the same, so it is
    /// waited for that before.
    async fn not_closed_already(&mut self) -> io::Result<()> {
        let grace = GRACE + 2 * self.sender.handshake;
        match timeout(grace, closed_by_peer(&mut self.read)).await {
            Ok(error) => Err(error),
            Err(_) => Ok(()),
        }
    }

    async fn orderly_close(&mut self) -> io::Result<Answer> {
        self.not_closed_already().await?;
        let limit = match self.sender.unanswered {
            0 => self.sender.shared.limits.io,
            _ => self.sender.shared.limits.io.min(SILENCE),
        };
        let orderly = async {
            self.write.shutdown().await?;
            loop {
                match self.read.read(&mut [0; 64]).await {
                    Ok(0) => return Ok(Answer::Closed),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        return Ok(Answer::Cut);
                    }
                    Err(error) => return Err(error),
                }
            }
        };
        timeout(limit, orderly).await.unwrap_or(Ok(Answer::Silent))
    }
}

/// What a peer does when we close.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It closes in order.
    Closed,
    /// Its connection ends without close_notify.
    Cut,
    /// Nothing.
    Silent,
}

/// Wait for the answer of a peer that did not answer before.
const SILENCE: Duration = Duration::from_secs(2);

/// Time beyond two handshakes in which a peer that refuses us says so.
const GRACE: Duration = Duration::from_millis(50);

/// Waits until the peer closes or breaks the connection; what it says is passed over.
async fn closed_by_peer(read: &mut ReadHalf<Box<dyn Line>>) -> io::Error {
    let mut buffer = [0; 256];
    loop {
        match read.read(&mut buffer).await {
            Ok(0) => return io::Error::new(io::ErrorKind::ConnectionReset, "closed by the peer"),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}
