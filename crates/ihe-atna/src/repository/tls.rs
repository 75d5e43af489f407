//! ITI-20 syslog over TLS at the repository (RFC 5425, ITI TF-2 3.20.4.1.2.2).
//!
//! close_notify is answered only after everything received is stored: an orderly close is a
//! receipt.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::node::{Peer, Stream};
use crate::repository::AuditRecordRepository;
use crate::store::{ReceivedRecord, RecordStore};
use crate::syslog::FrameDecoder;

const SHUTDOWN: std::time::Duration = std::time::Duration::from_secs(10);

static CONNECTIONS: AtomicU64 = AtomicU64::new(1);

impl<S: RecordStore> AuditRecordRepository<S> {
    /// Serves syslog over TLS until stopped; then breaks the connections, so that senders
    /// send again what they cannot know to be stored.
    /// The node must not be plain.
    pub async fn serve_tls(
        &self,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> io::Result<()> {
        if self.inner.node.is_plain() {
            let text = "the audit record repository's node must have TLS";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        let permits = Arc::new(Semaphore::new(self.inner.limits.connections));
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = accept(&listener, &permits) => accepted,
            };
            match accepted {
                Ok((stream, permit)) => {
                    let (repository, stop) = (self.clone(), stop.clone());
                    connections.spawn(async move {
                        repository.connection(stream, &stop).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "audit record repository: accept failed");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            }
        }
        while connections.join_next().await.is_some() {}
        Ok(())
    }

    async fn connection(&self, stream: TcpStream, stop: &CancellationToken) {
        let accepted = tokio::select! {
            accepted = self.inner.node.accept(stream) => accepted,
            () = stop.cancelled() => return,
        };
        let (mut stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "audit record repository: connection refused");
                return;
            }
        };
        match self.receive(&mut stream, &peer, stop).await {
            Ok(Ended::ByPeer) => {
                let _ = timeout(SHUTDOWN, stream.shutdown()).await;
            }
            Ok(Ended::ByUs) => {}
            Err(error) => tracing::warn!(%error, peer = %peer.address, "audit connection broke"),
        }
    }

    /// Reads until the peer closes or we stop; `Ok` only when everything read is stored.
    async fn receive(
        &self,
        stream: &mut Stream,
        peer: &Peer,
        stop: &CancellationToken,
    ) -> io::Result<Ended> {
        let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let mut decoder = FrameDecoder::new(self.inner.limits.frame);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = tokio::select! {
                read = timeout(self.inner.limits.idle, stream.read(&mut buffer)) => read,
                () = stop.cancelled() => return Ok(Ended::ByUs),
            };
            let length = match read {
                Err(_) => return Ok(Ended::ByUs),
                Ok(read) => read?,
            };
            if length == 0 {
                return if decoder.is_partial() {
                    Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "unfinished syslog frame",
                    ))
                } else {
                    Ok(Ended::ByPeer)
                };
            }
            decoder.push(&buffer[..length]);
            self.store_messages(&mut decoder, peer, connection).await?;
        }
    }

    async fn store_messages(
        &self,
        decoder: &mut FrameDecoder,
        peer: &Peer,
        connection: u64,
    ) -> io::Result<()> {
        let mut framing = Ok(());
        loop {
            let mut records = Vec::new();
            while records.len() < self.inner.limits.batch {
                match decoder.next_message() {
                    Ok(Some(raw)) => {
                        records.push(ReceivedRecord::new(peer.address.to_string(), raw));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        // The decoder stays at the fault: the next round ends here.
                        framing = Err(io::Error::new(io::ErrorKind::InvalidData, error));
                        break;
                    }
                }
            }
            if records.is_empty() {
                return framing;
            }
            self.inner
                .ingest
                .take(records, Some(connection))
                .await
                .map_err(io::Error::other)?;
        }
    }
}

/// Who ended a connection. Only the peer's close is answered by close_notify: sent on our own
/// account it could be taken for a receipt of what we have not read.
enum Ended {
    ByPeer,
    ByUs,
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = permits
        .clone()
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, permit))
}
