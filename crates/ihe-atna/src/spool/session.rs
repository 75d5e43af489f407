//! ITI-20 one connection of a spool sender: write frames in order, watch for the peer's close or
//! alert (in TLS 1.3 a refused certificate shows only here), close in order when told to.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::client::TlsStream;

use crate::spool::segment::{self, Batch};
use crate::spool::sender::{End, Sender};
use crate::syslog;

pub(crate) struct Session<'a> {
    sender: &'a mut Sender,
    read: ReadHalf<TlsStream<TcpStream>>,
    write: WriteHalf<TlsStream<TcpStream>>,
}

enum Next {
    Records,
    Close,
    Stop,
}

impl<'a> Session<'a> {
    pub(crate) fn new(sender: &'a mut Sender, stream: TlsStream<TcpStream>) -> Session<'a> {
        let (read, write) = tokio::io::split(stream);
        Session {
            sender,
            read,
            write,
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

    async fn next(&mut self) -> io::Result<Next> {
        let shared = self.sender.shared.clone();
        let (mut end, mut flush) = (shared.end.subscribe(), shared.flush.subscribe());
        let at = self.sender.at.sequence;
        if shared.stop.is_cancelled() {
            return Ok(Next::Stop);
        }
        if end.borrow().sequence > at {
            return Ok(Next::Records);
        }
        let unsettled = shared.unsettled(self.sender.index);
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => Ok(Next::Stop),
            _ = flush.wait_for(|flush| *flush > unsettled) => Ok(Next::Close),
            _ = end.wait_for(|end| end.sequence > at) => Ok(Next::Records),
            error = closed_by_peer(&mut self.read) => Err(error),
            () = sleep(shared.limits.idle) => Ok(Next::Close),
        }
    }

    async fn send(&mut self) -> io::Result<()> {
        let batch = self.batch().await?;
        let mut bytes = Vec::with_capacity(batch.messages.iter().map(|one| one.len() + 8).sum());
        for message in &batch.messages {
            bytes.extend_from_slice(&syslog::frame(message));
        }
        let limit = self.sender.shared.limits.io;
        let (read, write) = (&mut self.read, &mut self.write);
        let write_all = async {
            write.write_all(&bytes).await?;
            write.flush().await
        };
        tokio::select! {
            done = timeout(limit, write_all) => {
                done.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "write timed out"))??;
            }
            error = closed_by_peer(read) => return Err(error),
        }
        self.sender.sent(&batch.ends).await;
        Ok(())
    }

    async fn batch(&self) -> io::Result<Batch> {
        let (shared, from) = (self.sender.shared.clone(), self.sender.at);
        let end = shared.end();
        let work = move || segment::read(&shared.dir, from, end);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(io::Error::other)?
    }

    /// Sends close_notify and waits for the peer's: it has then read everything. An end without it
    /// is a break, after which the window is sent again; only a peer that does so twice in a row
    /// is taken for one that never answers, and then the answer is false.
    async fn close(&mut self) -> io::Result<bool> {
        let answered = self.orderly_close().await;
        match &answered {
            Ok(true) => self.sender.unanswered = 0,
            Ok(false) if self.sender.unanswered == 0 => {
                self.sender.unanswered = 1;
                let text = "closed without close_notify";
                return Err(io::Error::new(io::ErrorKind::ConnectionAborted, text));
            }
            _ => {}
        }
        answered
    }

    async fn orderly_close(&mut self) -> io::Result<bool> {
        let limit = self.sender.shared.limits.io;
        let orderly = async {
            self.write.shutdown().await?;
            loop {
                match self.read.read(&mut [0; 64]).await {
                    Ok(0) => return Ok(true),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
        };
        timeout(limit, orderly).await.unwrap_or(Ok(false))
    }
}

/// Waits until the peer closes or breaks the connection; what it says is passed over.
async fn closed_by_peer(read: &mut ReadHalf<TlsStream<TcpStream>>) -> io::Error {
    let mut buffer = [0; 256];
    loop {
        match read.read(&mut buffer).await {
            Ok(0) => return io::Error::new(io::ErrorKind::ConnectionReset, "closed by the peer"),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}
