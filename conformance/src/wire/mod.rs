//! Bytes to and from a peer: blocking sockets, TLS or plain, with a time limit on each wait.

pub mod hello;
pub mod http;
pub mod mllp;
pub mod mtom;
pub mod syslog;
pub mod tls;
pub mod x509;

use rustls::{ClientConnection, ServerConnection, StreamOwned};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::time::Duration;

/// A connection, of either side.
#[derive(Debug)]
pub enum Stream {
    /// Without TLS.
    Plain(TcpStream),
    /// We opened it.
    Client(Box<StreamOwned<ClientConnection, TcpStream>>),
    /// We accepted it.
    Server(Box<StreamOwned<ServerConnection, TcpStream>>),
}

/// Opens a TCP connection to `host:port` that waits at most `patience` for anything.
///
/// # Errors
/// No address answers.
pub fn connect(address: &str, patience: Duration) -> Result<TcpStream> {
    let mut last = Error::new(ErrorKind::NotFound, "the name has no address");
    for resolved in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&resolved, patience) {
            Ok(stream) => {
                limit(&stream, patience)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Limits every wait of a connection.
///
/// # Errors
/// Those of the socket.
pub fn limit(stream: &TcpStream, patience: Duration) -> Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))
}

impl Stream {
    /// The socket below.
    pub fn socket(&self) -> &TcpStream {
        match self {
            Stream::Plain(socket) => socket,
            Stream::Client(stream) => &stream.sock,
            Stream::Server(stream) => &stream.sock,
        }
    }

    /// Closes as a peer that is done: TLS is told, then TCP.
    pub fn close(&mut self) {
        match self {
            Stream::Plain(_) => {}
            Stream::Client(stream) => {
                stream.conn.send_close_notify();
                _ = stream.flush();
            }
            Stream::Server(stream) => {
                stream.conn.send_close_notify();
                _ = stream.flush();
            }
        }
        _ = self.socket().shutdown(Shutdown::Both);
    }

    /// Says that nothing more comes, and still listens.
    pub fn close_writing(&mut self) {
        match self {
            Stream::Plain(_) => {}
            Stream::Client(stream) => stream.conn.send_close_notify(),
            Stream::Server(stream) => stream.conn.send_close_notify(),
        }
        _ = self.flush();
        _ = self.socket().shutdown(Shutdown::Write);
    }

    /// Whether the peer closes within the time: `closed`, `open`, or `data` when it says something.
    pub fn state(&mut self, within: Duration) -> &'static str {
        let patience = self.socket().read_timeout().ok().flatten();
        _ = self
            .socket()
            .set_read_timeout(Some(within.max(Duration::from_millis(1))));
        let read = self.read(&mut [0]);
        _ = self.socket().set_read_timeout(patience);
        match read {
            Ok(0) => "closed",
            Ok(_) => "data",
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                "open"
            }
            Err(_) => "closed",
        }
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(into),
            Stream::Client(stream) => stream.read(into),
            Stream::Server(stream) => stream.read(into),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match self {
            Stream::Plain(stream) => stream.write(bytes),
            Stream::Client(stream) => stream.write(bytes),
            Stream::Server(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        match self {
            Stream::Plain(stream) => stream.flush(),
            Stream::Client(stream) => stream.flush(),
            Stream::Server(stream) => stream.flush(),
        }
    }
}
