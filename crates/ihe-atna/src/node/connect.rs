//! ITI-19 client side (ITI TF-2 3.19): connect, handshake, and the audit record when one of the
//! two could not be authenticated.
//!
//! In TLS 1.3 the client's handshake ends before the server has judged the client's certificate:
//! a refusal shows as an error of the first read, and is recorded there.

use std::io;
use std::net::SocketAddr;

use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::error::{AcceptError, ConnectError};
use crate::node::failure::{self, Refused};
use crate::node::handshake::{Failed, sorted};
use crate::node::stream::Watch;
use crate::node::{ClientStream, Peer, SecureNode, Stream};

impl SecureNode {
    /// Connects as a client. The server's certificate is judged; its name only with
    /// [`SecureNode::fqdn_validation`] (ATNA-R-005). A server that cannot be authenticated, and
    /// one that refuses us, is recorded (110113, 110126). The error holds a [`ConnectError`].
    pub async fn connect(&self, host: &str, port: u16) -> io::Result<(Stream, Peer)> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let connected = timeout(self.limits().connect, reach(host, port)).await;
        let stream = connected.unwrap_or(Err(ConnectError::Timeout))?;
        let _ = stream.set_nodelay(true);
        let peer = Peer::of(&stream, None)?;
        if self.is_plain() {
            return Ok((Stream::Plain(stream), peer));
        }
        let handshake = timeout(self.limits().handshake, self.client_handshake(stream, host));
        let failed = match handshake.await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(failed)) => failed,
            Err(_) => AcceptError::Timeout.into(),
        };
        self.not_authenticated(host, &peer, &failed).await;
        Err(ConnectError::NotAuthenticated(failed.error).into())
    }

    async fn client_handshake(
        &self,
        stream: TcpStream,
        host: &str,
    ) -> Result<(Stream, Peer), Failed> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "not a server name"))?;
        let connector = TlsConnector::from(self.client_configuration());
        let stream = sorted(connector.connect(name, stream), None).await?;
        let (tcp, session) = stream.get_ref();
        let peer = Peer::of(tcp, session.peer_certificates())?;
        let watch = Watch::new(self, host, &peer);
        let stream = ClientStream::new(stream, watch);
        Ok((Stream::Client(Box::new(stream)), peer))
    }

    pub(crate) async fn not_authenticated(&self, host: &str, peer: &Peer, failed: &Failed) {
        let whose = match &failed.error {
            AcceptError::OursRefused(_) => "not authenticated at the server",
            _ => "server not authenticated",
        };
        self.record_failure(&Refused {
            local: Some(peer.local),
            remote: host,
            address: peer.address.ip().to_canonical(),
            outcome: failure::outcome(&failed.error),
            reason: &format!("{whose}: {}", failed.error),
            remedy: failed.error.remedy(),
            certificate: failed.certificate.as_deref(),
        })
        .await;
    }
}

/// The first address of the host that takes the connection.
async fn reach(host: &str, port: u16) -> Result<TcpStream, ConnectError> {
    let unknown = |source| ConnectError::Lookup {
        host: host.to_owned(),
        source,
    };
    let found: Vec<SocketAddr> = lookup_host((host, port)).await.map_err(unknown)?.collect();
    let mut reason = io::Error::from(io::ErrorKind::NotFound);
    for address in found {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => reason = error,
        }
    }
    Err(ConnectError::Unreachable(reason))
}
