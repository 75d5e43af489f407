//! ITI-19 the authenticated connection.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::{AlertDescription, CommonState, Error as TlsError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{client, server};

use crate::error::{AcceptError, ConnectError};
use crate::node::handshake::{Failed, refusal};
use crate::node::{Peer, SecureNode};

/// A connection after its handshake, or a plain one on a node built through
/// `SecureNode::dangerous()`.
pub enum Stream {
    /// No TLS.
    Plain(TcpStream),
    /// TLS, we are the server.
    Server(Box<server::TlsStream<TcpStream>>),
    /// TLS, we are the client.
    Client(Box<ClientStream>),
}

/// Our side of a connection to a server. A server that refuses our certificate says so when the
/// handshake is over for us (TLS 1.3): the first read then fails with a [`ConnectError`].
pub struct ClientStream {
    tls: client::TlsStream<TcpStream>,
    watch: Option<Watch>,
}

/// Records the refusal, should it come.
pub(crate) struct Watch {
    node: SecureNode,
    host: String,
    peer: Peer,
}

impl Watch {
    pub(crate) fn new(node: &SecureNode, host: &str, peer: &Peer) -> Watch {
        Watch {
            node: node.clone(),
            host: host.to_owned(),
            peer: peer.clone(),
        }
    }

    fn record(self, text: &'static str) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let failed = Failed::from(AcceptError::OursRefused(text));
        runtime.spawn(async move {
            self.node
                .not_authenticated(&self.host, &self.peer, &failed)
                .await;
        });
    }
}

impl Stream {
    /// Version and cipher suite, `("TLSv1_3", "TLS13_AES_256_GCM_SHA384")`; none on a plain one.
    pub fn encryption(&self) -> Option<(String, String)> {
        let session: &CommonState = match self {
            Stream::Plain(_) => return None,
            Stream::Server(stream) => stream.get_ref().1,
            Stream::Client(stream) => stream.tls.get_ref().1,
        };
        let version = session.protocol_version()?;
        let suite = session.negotiated_cipher_suite()?.suite();
        Some((format!("{version:?}"), format!("{suite:?}")))
    }
}

impl ClientStream {
    pub(crate) fn new(tls: client::TlsStream<TcpStream>, watch: Watch) -> ClientStream {
        ClientStream {
            tls,
            watch: Some(watch),
        }
    }

    /// An error of reading, told as what it means.
    fn sorted(&mut self, error: io::Error) -> io::Error {
        let Some(text) = refused(&error) else {
            return error;
        };
        if let Some(watch) = self.watch.take() {
            watch.record(text);
        }
        ConnectError::NotAuthenticated(AcceptError::OursRefused(text)).into()
    }

    fn read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.tls).poll_read(cx, buf);
        if buf.filled().len() > before {
            // The server speaks: it has let us in.
            self.watch = None;
        }
        read.map_err(|error| self.sorted(error))
    }
}

fn refused(error: &io::Error) -> Option<&'static str> {
    match error.get_ref()?.downcast_ref::<TlsError>()? {
        TlsError::AlertReceived(AlertDescription::HandshakeFailure) => Some("handshake_failure"),
        TlsError::AlertReceived(alert) => refusal(*alert),
        _ => None,
    }
}

impl fmt::Debug for ClientStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientStream")
    }
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
            Stream::Client(stream) => stream.read(cx, buf),
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
            Stream::Client(stream) => Pin::new(&mut stream.tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Server(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Client(stream) => Pin::new(&mut stream.tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Server(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Client(stream) => Pin::new(&mut stream.tls).poll_shutdown(cx),
        }
    }
}
