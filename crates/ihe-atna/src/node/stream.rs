//! ITI-19 the authenticated connection and who is at its other end.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{client, server};
use x509_parser::parse_x509_certificate;

/// A connection after its handshake, or a plain one on a node built through
/// `SecureNode::dangerous()`.
pub enum Stream {
    /// No TLS.
    Plain(TcpStream),
    /// TLS, we are the server.
    Server(Box<server::TlsStream<TcpStream>>),
    /// TLS, we are the client.
    Client(Box<client::TlsStream<TcpStream>>),
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stream::Plain(_) => "Stream::Plain",
            Stream::Server(_) => "Stream::Server",
            Stream::Client(_) => "Stream::Client",
        })
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Server(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Client(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Server(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Client(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Server(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Client(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Server(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Client(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Our address.
    pub local: SocketAddr,
    /// The subject of its certificate, RFC 4514 text; none on plain connections.
    pub certificate_subject: Option<String>,
}

impl Peer {
    /// A peer of whom only the address is known, as on plain connections and in tests.
    pub fn unknown(address: SocketAddr) -> Peer {
        Peer {
            address,
            local: SocketAddr::from(([0, 0, 0, 0], 0)),
            certificate_subject: None,
        }
    }

    pub(crate) fn of(
        stream: &TcpStream,
        certificates: Option<&[CertificateDer<'_>]>,
    ) -> io::Result<Peer> {
        Ok(Peer {
            address: stream.peer_addr()?,
            local: stream.local_addr()?,
            certificate_subject: certificates.and_then(|chain| chain.first()).map(subject),
        })
    }
}

fn subject(certificate: &CertificateDer<'_>) -> String {
    match parse_x509_certificate(certificate) {
        Ok((_, parsed)) => parsed.subject().to_string(),
        Err(_) => "unreadable".to_owned(),
    }
}
