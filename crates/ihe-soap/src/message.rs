//! One SOAP message, either direction (ITI TF-2 Appendix V.3, V.8).

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::{BoxStream, Stream};

use crate::addressing::{ANONYMOUS, EndpointReference};
use crate::fault::Fault;
use crate::mtom::parts::Parts;

/// One message's addressing (WS-Addressing 1.0 Core 3) and body, either direction.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// `wsa:Action`, required in every message (WSA101).
    pub action: String,
    /// `wsa:MessageID`, an absolute URI, required in a request.
    pub message_id: Option<String>,
    /// `wsa:RelatesTo`: the request's message id, required in a reply.
    pub relates_to: Option<String>,
    /// `wsa:To`.
    pub to: Option<String>,
    /// `wsa:ReplyTo`: where the answer goes; none is the same as [`ANONYMOUS`], on the same connection.
    pub reply_to: Option<EndpointReference>,
    /// `wsa:FaultTo`: where a fault goes; none is the same as `reply_to`.
    pub fault_to: Option<EndpointReference>,
    /// The reference parameters of the address this is sent to, written as headers; not filled when reading.
    pub parameters: Vec<String>,
    /// The raw XML of `wsse:Security`, self-contained; carried, not judged.
    pub security: Option<String>,
    /// XML of the single child of the body, self-contained: every namespace in scope is declared on it.
    pub body: String,
}

impl Envelope {
    /// The address the answer goes to.
    pub fn reply_address(&self) -> &str {
        let address = self.reply_to.as_ref().map(|to| to.address.as_str());
        address.unwrap_or(ANONYMOUS)
    }

    /// The same without the body, enough to answer it.
    #[cfg(feature = "server")]
    pub(crate) fn addresses(&self) -> Envelope {
        Envelope {
            action: self.action.clone(),
            message_id: self.message_id.clone(),
            ..Envelope::default()
        }
    }
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("action", &self.action)
            .field("message_id", &self.message_id)
            .field("relates_to", &self.relates_to)
            .field("security", &self.security.is_some())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// How a message is packed for HTTP (ITI TF-2 V.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packaging {
    /// The envelope alone, `application/soap+xml`.
    Simple,
    /// MTOM/XOP, `multipart/related` with the envelope as the root part.
    Mtom,
}

/// A received message: the envelope is read, the attachments are not yet.
#[derive(Debug)]
pub struct Incoming {
    /// Addressing and body.
    pub envelope: Envelope,
    /// How it was packed. Whether that packaging is acceptable is the actor's decision.
    pub packaging: Packaging,
    /// The attachments in wire order, read from the connection as they are asked for.
    pub parts: Parts,
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Addressing and body.
    pub envelope: Envelope,
    /// How to pack it.
    pub packaging: Packaging,
    /// The attachments; not empty only with [`Packaging::Mtom`].
    pub attachments: Vec<Attachment>,
}

/// One attachment to send: one MIME part holding raw octets.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The content id, without `<` and `>`.
    pub content_id: String,
    /// The media type. One that cannot stand in a header is sent as `application/octet-stream`.
    pub content_type: String,
    /// Where the octets come from.
    pub source: Source,
}

/// Where an attachment's octets come from.
#[derive(Clone)]
pub enum Source {
    /// Memory.
    Bytes(Bytes),
    /// A file, streamed; its size at the time of sending is declared in Content-Length.
    File(PathBuf),
    /// Octets made while they are sent, once.
    Stream(Streamed),
}

/// Octets of a known number that can be sent once. If they end early, go on too long or fail, the message is cut off
/// before its final boundary and the connection is closed: the other side cannot take it for complete.
#[derive(Clone)]
pub struct Streamed {
    size: u64,
    chunks: Arc<Mutex<Option<Chunks>>>,
}

/// Octets, or the reason why the message has to be cut.
pub(crate) type Chunks = BoxStream<'static, io::Result<Bytes>>;

impl Streamed {
    /// So many octets.
    pub fn new(
        size: u64,
        chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Streamed {
        Streamed {
            size,
            chunks: Arc::new(Mutex::new(Some(Box::pin(chunks)))),
        }
    }

    /// Number of octets.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn take(&self) -> io::Result<Chunks> {
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks
            .take()
            .ok_or_else(|| io::Error::other("a stream cannot be sent twice"))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Source::File(_) => f.write_str("File"),
            Source::Stream(streamed) => write!(f, "Stream({})", streamed.size),
        }
    }
}

impl Attachment {
    /// An attachment with a fresh content id.
    pub fn new(content_type: impl Into<String>, source: Source) -> Attachment {
        Attachment {
            content_id: new_content_id(),
            content_type: content_type.into(),
            source,
        }
    }
}

impl Outgoing {
    /// A request in simple packaging, with a new message id and an anonymous reply address.
    pub fn request(
        action: impl Into<String>,
        to: impl Into<String>,
        body: impl Into<String>,
    ) -> Outgoing {
        Outgoing::simple(Envelope {
            action: action.into(),
            message_id: Some(new_message_id()),
            to: Some(to.into()),
            reply_to: Some(EndpointReference::to(ANONYMOUS)),
            body: body.into(),
            ..Envelope::default()
        })
    }

    /// The reply to a request, in simple packaging, related to the request's message id.
    pub fn reply(to: &Envelope, action: impl Into<String>, body: impl Into<String>) -> Outgoing {
        Outgoing::simple(Envelope {
            action: action.into(),
            message_id: Some(new_message_id()),
            relates_to: to.message_id.clone(),
            to: Some(ANONYMOUS.to_owned()),
            body: body.into(),
            ..Envelope::default()
        })
    }

    /// The reply to a request that is a fault, in simple packaging.
    pub fn fault(to: &Envelope, fault: &Fault) -> Outgoing {
        Outgoing::reply(to, fault.action(), fault.to_xml())
    }

    fn simple(envelope: Envelope) -> Outgoing {
        Outgoing {
            envelope,
            packaging: Packaging::Simple,
            attachments: Vec::new(),
        }
    }

    /// The same message in MTOM packaging.
    pub fn mtom(mut self) -> Outgoing {
        self.packaging = Packaging::Mtom;
        self
    }

    /// The same message in the given packaging, such as the request's (ITI TF-2 V.8.1).
    pub fn packed(mut self, packaging: Packaging) -> Outgoing {
        self.packaging = packaging;
        self
    }

    /// The same message with one more attachment, in MTOM packaging.
    pub fn attach(mut self, attachment: Attachment) -> Outgoing {
        self.attachments.push(attachment);
        self.mtom()
    }
}

/// What a service answers.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A message, HTTP 200.
    Message(Outgoing),
    /// A fault, HTTP 400 (Sender) or 500, in the packaging of the request.
    Fault(Fault),
    /// Nothing but HTTP 202: for messages that ask for no answer, such as answers.
    Accepted,
}

/// A new content id, unique, without `<` and `>`.
pub fn new_content_id() -> String {
    format!("{}@renkei", uuid::Uuid::new_v4().simple())
}

pub(crate) fn new_message_id() -> String {
    format!("urn:uuid:{}", uuid::Uuid::new_v4())
}
