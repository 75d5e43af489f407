//! ITI-19 server side (ITI TF-2 3.19.4.1): the handshake, and the audit record when it fails.

use std::io;
use std::time::Instant;

use rustls::Error as TlsError;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use crate::error::AcceptError;
use crate::node::failure::{alert, outcome};
use crate::node::{Peer, SecureNode, Stream};

impl SecureNode {
    /// Takes an accepted connection through the handshake under its time limit. A failure is
    /// recorded (110113, 110126; outcome 8 for a certificate that is not trusted, else 4) before
    /// the error comes back.
    pub async fn accept(&self, stream: TcpStream) -> Result<(Stream, Peer), AcceptError> {
        let _ = stream.set_nodelay(true);
        if self.plain {
            let peer = Peer::of(&stream, None)?;
            return Ok((Stream::Plain(stream), peer));
        }
        let address = Peer::of(&stream, None)?;
        match self.server_handshake(stream).await {
            Ok(accepted) => Ok(accepted),
            Err(error) => {
                self.refused(&address, &error).await;
                Err(error)
            }
        }
    }

    async fn server_handshake(&self, stream: TcpStream) -> Result<(Stream, Peer), AcceptError> {
        let acceptor = TlsAcceptor::from(self.tls.server.clone());
        let stream = timeout(self.limits.handshake, acceptor.accept(stream))
            .await
            .map_err(|_| AcceptError::Timeout)?
            .map_err(sort)?;
        let (tcp, session) = stream.get_ref();
        let peer = Peer::of(tcp, session.peer_certificates())?;
        Ok((Stream::Server(Box::new(stream)), peer))
    }

    async fn refused(&self, peer: &Peer, error: &AcceptError) {
        let Some(unreported) = self.inner.throttle.admit(peer.address.ip(), Instant::now()) else {
            return;
        };
        let message = alert(
            &self.source_id,
            Some(peer.local),
            &peer.address.ip().to_string(),
            outcome(error),
            &error.to_string(),
            unreported,
        );
        if let Err(error) = self.record(message).await {
            tracing::error!(%error, "node authentication failure could not be audited");
        }
    }
}

fn sort(error: io::Error) -> AcceptError {
    match error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<TlsError>())
    {
        Some(TlsError::NoCertificatesPresented) => AcceptError::NoCertificate,
        Some(TlsError::InvalidCertificate(reason)) => AcceptError::Untrusted(reason.to_string()),
        Some(other) => AcceptError::Handshake(other.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            AcceptError::Handshake("the peer closed during the handshake".to_owned())
        }
        None => AcceptError::Io(error),
    }
}
