//! ITI-20 syslog over TLS at the repository (RFC 5425, ITI TF-2 3.20.4.1.2.2), and over plain TCP
//! where that is wanted (RFC 6587).
//!
//! An orderly close is answered only after everything received is durable: it is a receipt.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::node::{Peer, SecureNode, Stream};
use crate::repository::AuditRecordRepository;
use crate::repository::framing::Framing;
use crate::store::{ReceivedRecord, RecordStore};

const SHUTDOWN: Duration = Duration::from_secs(10);
const READ: usize = 64 * 1024;

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
        if self.node().is_plain() {
            let text = "the audit record repository's node must have TLS";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        self.serve(self.node(), listener, stop).await;
        Ok(())
    }

    /// Serves syslog over plain TCP until stopped. Nobody is authenticated and everybody on the way
    /// can read and change what is sent: only for old senders, on a network of their own.
    pub async fn serve_tcp(&self, listener: TcpListener, stop: CancellationToken) {
        self.serve(&self.node().without_tls(), listener, stop).await;
    }

    async fn serve(&self, node: &SecureNode, listener: TcpListener, stop: CancellationToken) {
        let (repository, stopping) = (self.clone(), stop.clone());
        let session = move |stream, peer| {
            let (repository, stop) = (repository.clone(), stopping.clone());
            async move { repository.connection(stream, peer, &stop).await }
        };
        node.serve(listener, &self.limits().serve, &stop, session)
            .await;
    }

    async fn connection(&self, mut stream: Stream, peer: Peer, stop: &CancellationToken) {
        match self.receive(&mut stream, &peer, stop).await {
            // A fault for testing the conformance suite.
            Ok(_) if cfg!(renkei_fault = "audit-record-repository-close-not-answered") => {}
            Ok(Ended::ByPeer) => {
                let _ = timeout(SHUTDOWN, stream.shutdown()).await;
            }
            Ok(Ended::ByUs) => {}
            Err(error) => tracing::warn!(%error, peer = %peer.address, "audit connection broke"),
        }
    }

    /// Reads until the peer closes or we stop; `Ok` only when everything read is durable.
    async fn receive(
        &self,
        stream: &mut Stream,
        peer: &Peer,
        stop: &CancellationToken,
    ) -> io::Result<Ended> {
        let connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let from = peer.address.to_string();
        let mut framing = Framing::new(self.limits().frame);
        let mut buffer = vec![0; READ];
        loop {
            let read = tokio::select! {
                read = timeout(self.limits().idle, stream.read(&mut buffer)) => read,
                () = stop.cancelled() => return Ok(Ended::ByUs),
            };
            let length = match read {
                Err(_) => return Ok(Ended::ByUs),
                Ok(read) => read?,
            };
            if length == 0 {
                let rest = framing.rest();
                let rest = rest.map_err(|_| io::Error::other("unfinished syslog frame"))?;
                let rest = rest.map(|raw| ReceivedRecord::new(from, raw));
                self.take(rest.into_iter().collect(), connection).await?;
                return Ok(Ended::ByPeer);
            }
            framing.push(&buffer[..length]);
            self.take_messages(&mut framing, &from, connection).await?;
            // A fault for testing the conformance suite.
            if cfg!(renkei_fault = "audit-record-repository-connection-not-kept") {
                return Ok(Ended::ByUs);
            }
        }
    }

    async fn take_messages(
        &self,
        framing: &mut Framing,
        from: &str,
        connection: u64,
    ) -> io::Result<()> {
        let mut wrong = Ok(());
        loop {
            let mut records = Vec::new();
            while records.len() < self.limits().batch {
                match framing.next_message() {
                    Ok(Some(raw)) => records.push(ReceivedRecord::new(from, raw)),
                    Ok(None) => break,
                    Err(error) => {
                        wrong = Err(io::Error::new(io::ErrorKind::InvalidData, error));
                        break;
                    }
                }
            }
            if records.is_empty() {
                return wrong;
            }
            self.take(records, connection).await?;
            wrong
                .as_ref()
                .map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        }
    }

    async fn take(&self, records: Vec<ReceivedRecord>, connection: u64) -> io::Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let taken = self.ingest().take(records, Some(connection)).await;
        taken.map_err(io::Error::other)
    }
}

/// Who ended a connection. Only the peer's close is answered by close_notify: sent on our own
/// account it could be taken for a receipt of what we have not read.
enum Ended {
    ByPeer,
    ByUs,
}
