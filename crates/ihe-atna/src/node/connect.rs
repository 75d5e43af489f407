//! ITI-19 client side (ITI TF-2 3.19.4.1): connect, handshake, and the audit record when the
//! server cannot be authenticated.
//!
//! In TLS 1.3 the client's handshake ends before the server has judged the client's certificate:
//! a refusal shows as an error of the first read.

use std::io;
use std::time::Instant;

use rustls::Error as TlsError;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::audit::Outcome;
use crate::node::failure::alert;
use crate::node::{Peer, SecureNode, Stream};

impl SecureNode {
    /// Connects as a client. The server's chain is checked; its name only with
    /// [`SecureNode::fqdn_validation`] (ATNA-R-005). A server that cannot be authenticated is
    /// recorded (110113, 110126).
    pub async fn connect(&self, host: &str, port: u16) -> io::Result<(Stream, Peer)> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = timeout(self.limits.connect, TcpStream::connect((host, port)))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "TCP connect timed out"))??;
        let _ = stream.set_nodelay(true);
        let peer = Peer::of(&stream, None)?;
        if self.plain {
            return Ok((Stream::Plain(stream), peer));
        }
        match self.client_handshake(stream, host).await {
            Ok(connected) => Ok(connected),
            Err(error) => {
                self.not_authenticated(host, &peer, &error).await;
                Err(error)
            }
        }
    }

    async fn client_handshake(&self, stream: TcpStream, host: &str) -> io::Result<(Stream, Peer)> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not a server name"))?;
        let connector = TlsConnector::from(self.tls.client.clone());
        let stream = timeout(self.limits.handshake, connector.connect(name, stream))
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "TLS handshake timed out"))??;
        let (tcp, session) = stream.get_ref();
        let peer = Peer::of(tcp, session.peer_certificates())?;
        Ok((Stream::Client(Box::new(stream)), peer))
    }

    async fn not_authenticated(&self, host: &str, peer: &Peer, error: &io::Error) {
        let Some(reason) = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<TlsError>())
        else {
            return;
        };
        let Some(unreported) = self.inner.throttle.admit(peer.address.ip(), Instant::now()) else {
            return;
        };
        let outcome = match reason {
            TlsError::InvalidCertificate(_) => Outcome::SeriousFailure,
            _ => Outcome::MinorFailure,
        };
        let local = Some(peer.local);
        let text = format!("server not authenticated: {reason}");
        let message = alert(&self.source_id, local, host, outcome, &text, unreported);
        if let Err(error) = self.record(message).await {
            tracing::error!(%error, "node authentication failure could not be audited");
        }
    }
}
