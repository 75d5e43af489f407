//! From an HTTP body to a message (ITI TF-2 V.3, V.8): the part the server and the client share.

use bytes::Bytes;

use crate::content_type::ContentType;
use crate::envelope::{self, Parsed, Refused};
use crate::error::Error;
use crate::fault::Fault;
use crate::feed::Feed;
use crate::limits::Limits;
use crate::message::{Incoming, Packaging};
use crate::mtom::parts::{PartReader, Parts};

/// A message read as far as the end of its envelope; not yet judged.
pub(crate) struct Received {
    pub(crate) parsed: Parsed,
    pub(crate) packaging: Packaging,
    pub(crate) parts: Parts,
}

impl Received {
    /// The message, if it may be processed: everything mandatory understood, an action given, and a message id
    /// where one is needed.
    pub(crate) fn demand(self, message_id: bool) -> Result<Incoming, Refused> {
        let envelope = self.parsed.demand(message_id)?;
        Ok(Incoming {
            envelope,
            packaging: self.packaging,
            parts: self.parts,
        })
    }
}

/// The packaging a Content-Type announces; `None` if it is none of ours.
pub(crate) fn packaging_of(content_type: &ContentType) -> Option<Packaging> {
    match content_type.essence.as_str() {
        // text/xml is SOAP 1.1's: read only to answer VersionMismatch
        "application/soap+xml" | "text/xml" | "application/xml" => Some(Packaging::Simple),
        "multipart/related" => Some(Packaging::Mtom),
        _ => None,
    }
}

pub(crate) async fn read(
    content_type: &ContentType,
    feed: Feed,
    limits: &Limits,
) -> Result<Received, Refused> {
    match packaging_of(content_type) {
        Some(Packaging::Simple) => read_simple(content_type, feed, limits).await,
        Some(Packaging::Mtom) => read_mtom(content_type, feed, limits).await,
        None => {
            let reason = "Content-Type is neither application/soap+xml nor multipart/related";
            Err(Refused::from(Fault::sender(reason)).under(415))
        }
    }
}

async fn read_simple(
    content_type: &ContentType,
    mut feed: Feed,
    limits: &Limits,
) -> Result<Received, Refused> {
    if !content_type.is_utf8() {
        return Err(Fault::sender("the character encoding is not UTF-8").into());
    }
    let whole = feed.whole(limits.root).await.map_err(|error| match error {
        Error::Limit(_) => Refused::from(error).under(413),
        error => error.into(),
    })?;
    let parsed = envelope::parse(&whole, limits)?;
    if content_type.essence != "application/soap+xml" {
        let reason = "SOAP 1.2 travels as application/soap+xml";
        return Err(Refused::from(Fault::sender(reason)).under(415));
    }
    Ok(Received {
        parsed,
        packaging: Packaging::Simple,
        parts: Parts::empty(),
    })
}

async fn read_mtom(
    content_type: &ContentType,
    feed: Feed,
    limits: &Limits,
) -> Result<Received, Refused> {
    if content_type
        .parameter("type")
        .is_some_and(|t| !t.eq_ignore_ascii_case("application/xop+xml"))
    {
        let reason = "multipart/related of another type than application/xop+xml";
        return Err(Refused::from(Fault::sender(reason)).under(415));
    }
    let boundary = content_type.parameter("boundary").unwrap_or_default();
    let mut reader = PartReader::new(feed, boundary, limits)?;
    let root = reader.root(content_type.parameter("start")).await?;
    let parsed = envelope::parse(&root, limits)?;
    Ok(Received {
        parsed,
        packaging: Packaging::Mtom,
        parts: Parts::new(reader),
    })
}

/// The bytes in pieces, so that no reader copies all of them at once.
fn slices(mut body: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let piece = body.split_to(body.len().min(SLICE));
        (!piece.is_empty()).then_some(piece)
    })
}

/// Bytes of memory read at a time.
const SLICE: usize = 64 << 10;

/// Reads a request that is already in memory, for those with an HTTP stack of their own.
/// The rules are those of the server; what is refused is to be sent back.
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// let xml = r#"<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing">
///   <e:Header><a:Action>urn:x</a:Action><a:MessageID>urn:uuid:1</a:MessageID></e:Header><e:Body><q/></e:Body></e:Envelope>"#;
/// let message = ihe_soap::receive("application/soap+xml", xml.into(), &ihe_soap::Limits::default()).await.unwrap();
/// assert_eq!(message.envelope.action, "urn:x");
/// # }).unwrap();
/// ```
pub async fn receive(
    content_type: &str,
    body: Bytes,
    limits: &Limits,
) -> Result<Incoming, Refused> {
    let content_type = ContentType::parse(content_type);
    let feed = Feed::memory(slices(body));
    let received = read(&content_type, feed, limits).await;
    received.and_then(|received| received.demand(true))
}
