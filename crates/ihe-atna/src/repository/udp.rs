//! ITI-20 syslog over UDP at the repository (RFC 5426, ITI TF-2 3.20.4.1.2.1): one message in a
//! datagram, kept even when it was cut (ATNA-R-023).

use std::io;
use std::net::SocketAddr;

use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::repository::AuditRecordRepository;
use crate::store::{ReceivedRecord, RecordStore};

/// Bytes after which a batch is stored.
const BATCH: usize = 1 << 20;
/// Batches that wait, at most.
const BATCHES: usize = 64;

impl<S: RecordStore> AuditRecordRepository<S> {
    /// Serves syslog over UDP until stopped, and stores what was received by then. UDP has no sender
    /// authentication: use it only where the network is trusted.
    pub async fn serve_udp(&self, socket: UdpSocket, stop: CancellationToken) -> io::Result<()> {
        let limits = self.limits();
        if let Err(error) = SockRef::from(&socket).set_recv_buffer_size(limits.datagram_buffer) {
            tracing::warn!(%error, "the system gives no larger buffer for datagrams");
        }
        let (give, waiting) = mpsc::channel(BATCHES);
        let (received, ()) = tokio::join!(
            self.receive_udp(socket, stop, give),
            self.store_udp(waiting)
        );
        received
    }

    async fn receive_udp(
        &self,
        socket: UdpSocket,
        stop: CancellationToken,
        give: mpsc::Sender<Vec<ReceivedRecord>>,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 65_536];
        loop {
            let received = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                received = socket.recv_from(&mut buffer) => received,
            };
            let first = match received {
                Ok(received) => received,
                // An ICMP answer to something else; the socket goes on.
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => continue,
                Err(error) => return Err(error),
            };
            let mut records = Vec::new();
            keep(&mut records, &buffer, first);
            let mut bytes = first.0;
            while records.len() < self.limits().batch && bytes < BATCH {
                let Ok(next) = socket.try_recv_from(&mut buffer) else {
                    break;
                };
                bytes += next.0;
                keep(&mut records, &buffer, next);
            }
            if !records.is_empty() && give.send(records).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Stores all that waits at once, while further datagrams are received.
    async fn store_udp(&self, mut waiting: mpsc::Receiver<Vec<ReceivedRecord>>) {
        while let Some(mut records) = waiting.recv().await {
            while let Ok(more) = waiting.try_recv() {
                records.extend(more);
            }
            let count = records.len();
            if let Err(error) = self.ingest().take(records, None).await {
                tracing::error!(%error, count, "audit records received by UDP were not stored");
            }
        }
    }
}

fn keep(records: &mut Vec<ReceivedRecord>, buffer: &[u8], (length, peer): (usize, SocketAddr)) {
    if let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) {
        records.push(ReceivedRecord::new(peer.to_string(), bytes.to_vec()));
    }
}
