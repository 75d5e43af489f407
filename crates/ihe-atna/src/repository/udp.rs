//! ITI-20 syslog over UDP at the repository (RFC 5426, ITI TF-2 3.20.4.1.2.1): one message in a
//! datagram, kept even when it was cut (ATNA-R-023).

use std::io;
use std::net::SocketAddr;

use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use crate::repository::AuditRecordRepository;
use crate::store::{ReceivedRecord, RecordStore};

impl<S: RecordStore> AuditRecordRepository<S> {
    /// Serves syslog over UDP until stopped. UDP has no sender authentication: use it only where
    /// the network is trusted.
    pub async fn serve_udp(&self, socket: UdpSocket, stop: CancellationToken) -> io::Result<()> {
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
            while records.len() < self.inner.limits.batch {
                let Ok(next) = socket.try_recv_from(&mut buffer) else {
                    break;
                };
                keep(&mut records, &buffer, next);
            }
            if records.is_empty() {
                continue;
            }
            let count = records.len();
            if let Err(error) = self.inner.ingest.take(records, None).await {
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
