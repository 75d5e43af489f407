//! The client's side: one request, one reply, connections kept for reuse (SOAP 1.2 Part 2, 7; ITI TF-2 V.3).

#[cfg(feature = "server")]
mod asynchronous;
mod target;

use std::collections::HashMap;
use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use hyper::body::Incoming as HttpBody;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::content_type::ContentType;
use crate::error::Error;
use crate::feed::{Feed, any_body};
use crate::limits::Limits;
use crate::message::{Incoming, Outgoing, Packaging};
use crate::outbody::{OutBody, Packed};
use crate::receive;
use crate::timed::{Activity, Timed};
use target::Target;

/// How a client gets its streams. Whether they are TLS is the implementation's decision.
pub trait Connect: Send + Sync + 'static {
    /// A connected stream.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Opens a stream to a host (a name or an address, IPv6 without brackets) and port.
    fn connect(
        &self,
        host: &str,
        port: u16,
    ) -> impl Future<Output = std::io::Result<Self::Stream>> + Send;
}

/// A client for any number of servers. Idle connections are kept and used again.
pub struct Client<C: Connect> {
    connector: C,
    limits: Limits,
    gzip: bool,
    idle: Mutex<HashMap<(String, u16), Vec<Connection>>>,
}

impl<C: Connect> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

struct Connection {
    sender: SendRequest<OutBody>,
    activity: Arc<Activity>,
}

/// Why one attempt failed, and whether another connection may do better.
struct Attempt {
    error: Error,
    stale: bool,
}

impl From<Error> for Attempt {
    fn from(error: Error) -> Attempt {
        Attempt {
            error,
            stale: false,
        }
    }
}

impl<C: Connect> Client<C> {
    /// A client without connections yet.
    pub fn new(connector: C, limits: Limits) -> Client<C> {
        Client {
            connector,
            limits,
            gzip: false,
            idle: Mutex::default(),
        }
    }

    /// The same client with gzip, for servers known to read it: simple messages of 1 KiB and more are sent
    /// deflated, and replies may be. XDS knows no content coding, so it is off by default.
    pub fn with_gzip(mut self) -> Client<C> {
        self.gzip = true;
        self
    }

    /// Sends a message and reads the reply as far as its envelope; the attachments stream.
    ///
    /// A fault is [`Error::Fault`]. The reply must relate to the message and have its packaging
    /// (ITI TF-2 V.8.1). A message is sent a second time only if a kept connection turned out to be
    /// closed before anything of the reply arrived; it then has the same message id.
    pub async fn call(&self, url: &str, message: Outgoing) -> Result<Incoming, Error> {
        let target = Target::parse(url)?;
        let packed = self.pack(&message).await?;
        let response = self.exchange(&target, &packed).await?;
        self.reply(response, &message).await
    }

    async fn pack(&self, message: &Outgoing) -> Result<Packed, Error> {
        let packed = Packed::new(message)?;
        match self.gzip {
            true => Ok(packed.deflated().await),
            false => Ok(packed),
        }
    }

    async fn exchange(
        &self,
        target: &Target,
        packed: &Packed,
    ) -> Result<Response<HttpBody>, Error> {
        match self.kept(target) {
            Some(connection) => match self.send(connection, target, packed).await {
                Err(attempt) if attempt.stale => self.send_fresh(target, packed).await,
                sent => sent.map_err(|attempt| attempt.error),
            },
            None => self.send_fresh(target, packed).await,
        }
    }

    async fn send_fresh(
        &self,
        target: &Target,
        packed: &Packed,
    ) -> Result<Response<HttpBody>, Error> {
        let connection = self.connect(target).await?;
        self.send(connection, target, packed)
            .await
            .map_err(|attempt| attempt.error)
    }

    async fn connect(&self, target: &Target) -> Result<Connection, Error> {
        let connecting = self.connector.connect(&target.host, target.port);
        let stream = tokio::time::timeout(self.limits.connect, connecting)
            .await
            .map_err(|_| Error::Timeout("connecting".into()))?
            .map_err(|error| Error::Transport(format!("connect: {error}")))?;
        let activity = Activity::new();
        let io = TokioIo::new(Timed::new(stream, &self.limits, Some(activity.clone())));
        let (sender, connection) = http1::handshake(io)
            .await
            .map_err(|error| http_error(&error))?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        });
        Ok(Connection { sender, activity })
    }

    async fn send(
        &self,
        mut connection: Connection,
        target: &Target,
        packed: &Packed,
    ) -> Result<Response<HttpBody>, Attempt> {
        let body = packed
            .open()
            .await
            .map_err(|error| Error::Misuse(format!("attachment: {}", error.kind())))?;
        let mut request = target.request(&packed.content_type, body)?;
        let gzip = HeaderValue::from_static("gzip");
        if packed.gzip {
            request.headers_mut().insert(CONTENT_ENCODING, gzip.clone());
        }
        if self.gzip {
            request.headers_mut().insert(ACCEPT_ENCODING, gzip);
        }
        let before = connection.activity.bytes_read();
        let response = tokio::select! {
            response = connection.sender.send_request(request) => response,
            () = connection.activity.silent(self.limits.idle) => return Err(Error::Timeout("no reply".into()).into()),
        };
        match response {
            Ok(response) => {
                self.keep(target, connection);
                Ok(response)
            }
            Err(error) => {
                let untouched = connection.activity.bytes_read() == before;
                let own = error.is_user() || error.is_parse();
                let error = http_error(&error);
                let stale = untouched && !own && matches!(error, Error::Transport(_));
                Err(Attempt { error, stale })
            }
        }
    }

    /// A kept connection that can take a request now.
    fn kept(&self, target: &Target) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.get_mut(&target.key())?;
        connections.retain(|connection| !connection.sender.is_closed());
        let at = connections
            .iter()
            .rposition(|connection| connection.sender.is_ready())?;
        Some(connections.swap_remove(at))
    }

    /// Keeps a connection; it becomes ready when its reply has been read to the end.
    fn keep(&self, target: &Target, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let connections = idle.entry(target.key()).or_default();
        connections.retain(|connection| !connection.sender.is_closed());
        if connections.len() < self.limits.kept {
            connections.push(connection);
        }
    }

    async fn reply(
        &self,
        response: Response<HttpBody>,
        message: &Outgoing,
    ) -> Result<Incoming, Error> {
        let (head, body) = response.into_parts();
        let content_type = ContentType::parse(&text_of(&head.headers, CONTENT_TYPE.as_str()));
        let mut feed = Feed::http(any_body(body), None, &self.limits);
        match text_of(&head.headers, CONTENT_ENCODING.as_str()).as_str() {
            "" | "identity" => {}
            "gzip" if self.gzip => feed = feed.gunzip(&self.limits),
            _ => return Err(Error::Malformed("Content-Encoding of the reply".into())),
        }
        let received = match receive::read(&content_type, feed, &self.limits).await {
            Ok(received) => received,
            Err(refused) if head.status.is_success() => return Err(refused.into_error()),
            Err(_) => return Err(status_error(head.status)),
        };
        if let Some(fault) = received.parsed.fault {
            return Err(Error::Fault(fault));
        }
        if head.status != StatusCode::OK {
            return Err(status_error(head.status));
        }
        let reply = received
            .demand(false)
            .map_err(|refused| refused.into_error())?;
        check_reply(&reply, message)?;
        Ok(reply)
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> String {
    let text = headers.get(name).and_then(|value| value.to_str().ok());
    text.unwrap_or_default().trim().to_owned()
}

fn status_error(status: StatusCode) -> Error {
    Error::Transport(format!("HTTP status {}", status.as_u16()))
}

/// A connection's error, told apart from a peer that does not read.
fn http_error(error: &hyper::Error) -> Error {
    match error
        .source()
        .and_then(|source| source.downcast_ref::<std::io::Error>())
    {
        Some(io) if io.kind() == std::io::ErrorKind::TimedOut => {
            Error::Timeout("the peer does not read".into())
        }
        Some(io) => Error::Transport(format!("http: {error}: {io}")),
        None => Error::Transport(format!("http: {error}")),
    }
}

/// XDS-T-002: related to the request; XDS-T-006: packed as the request.
fn check_reply(reply: &Incoming, message: &Outgoing) -> Result<(), Error> {
    if reply.envelope.relates_to != message.envelope.message_id {
        return Err(Error::Malformed(
            "wsa:RelatesTo is not the message id of the request".into(),
        ));
    }
    if reply.packaging != message.packaging {
        let text = match message.packaging {
            Packaging::Simple => "an MTOM reply to a simple request",
            Packaging::Mtom => "a simple reply to an MTOM request",
        };
        return Err(Error::Malformed(text.into()));
    }
    Ok(())
}
