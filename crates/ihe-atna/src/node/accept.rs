//! ITI-19 server side (ITI TF-2 3.19): the handshake, and the audit record when it fails.

use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::error::AcceptError;
use crate::node::failure::{self, Refused};
use crate::node::handshake::{Failed, sorted};
use crate::node::hello::{self, Hello};
use crate::node::{Peer, SecureNode, Stream};

impl SecureNode {
    /// Takes an accepted connection through the handshake under its time limit. A failure is
    /// recorded (110113, 110126; outcome 8 for a certificate that is not trusted, 12 for one that
    /// was revoked, else 4) before the error comes back.
    pub async fn accept(&self, stream: TcpStream) -> Result<(Stream, Peer), AcceptError> {
        let _ = stream.set_nodelay(true);
        let address = Peer::of(&stream, None)?;
        if self.is_plain() {
            return Ok((Stream::Plain(stream), address));
        }
        let handshake = timeout(self.limits().handshake, self.server_handshake(stream));
        let failed = match handshake.await {
            Ok(Ok(accepted)) => return Ok(accepted),
            Ok(Err(failed)) => failed,
            Err(_) => AcceptError::Timeout.into(),
        };
        self.refused(&address, &failed).await;
        Err(failed.error)
    }

    async fn server_handshake(&self, stream: TcpStream) -> Result<(Stream, Peer), Failed> {
        let mut first = [0; hello::LENGTH];
        let length = stream.peek(&mut first).await?;
        if length == 0 {
            return Err(AcceptError::Closed.into());
        }
        let hello = Hello::of(&first[..length]);
        // Older versions of TLS get rustls' alert; the others would not understand one.
        if !hello.is_tls() && first[0] != 0x16 {
            return Err(AcceptError::NotTls(hello).into());
        }
        let acceptor = TlsAcceptor::from(self.server_configuration());
        let stream = sorted(acceptor.accept(stream), Some(hello)).await?;
        let (tcp, session) = stream.get_ref();
        let peer = Peer::of(tcp, session.peer_certificates())?;
        Ok((Stream::Server(Box::new(stream)), peer))
    }

    /// Records a connection that was not let in.
    pub(crate) async fn refused(&self, peer: &Peer, failed: &Failed) {
        let remote = peer.address.ip().to_canonical();
        self.record_failure(&Refused {
            local: Some(peer.local),
            remote: &remote.to_string(),
            address: remote,
            outcome: failure::outcome(&failed.error),
            reason: &failed.error.to_string(),
            remedy: failed.error.remedy(),
            certificate: failed.certificate.as_deref(),
        })
        .await;
    }

    pub(crate) async fn record_failure(&self, refused: &Refused<'_>) {
        let most = self.limits().failure_records_per_minute;
        let throttle = &self.inner.throttle;
        let Some(unreported) = throttle.admit(refused.address, most, Instant::now()) else {
            return;
        };
        // A fault for testing the conformance suite.
        if cfg!(renkei_fault = "secure-node-refusal-not-audited") {
            return;
        }
        let message = refused.message(self.source_id(), unreported);
        if let Err(error) = self.record(message).await {
            tracing::error!(%error, "node authentication failure could not be audited");
        }
    }
}
