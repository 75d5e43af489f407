//! Patient Identity Source (ITI TF-1 5.1.1): sends ITI-8 and ITI-30.

use hl7v2::Message;
use hl7v2::ack::parse_refusal;
use hl7v2::charset::Charset;
use hl7v2::mllp::Limits;
use ihe_atna::{As, Peer, SecureNode, TransactionEvent};

use super::connection::{Connection, answer_to};
use crate::error::Error;
use crate::iti8::{self, Ends, Feed};
use crate::iti30;
use crate::transaction::{AuditFacts, Side};

/// The audit description of a message.
type Audit = fn(&AuditFacts<'_>, &Message) -> Vec<TransactionEvent>;

/// Feeds one receiver: a PIX Manager or a Document Registry.
pub struct PixSource {
    node: SecureNode,
    connection: Connection,
    ends: Ends,
    charset: Charset,
}

impl PixSource {
    /// A source that feeds the receiver at `host:port`.
    pub fn new(node: SecureNode, address: impl Into<String>) -> PixSource {
        let connection = Connection::new(node.clone(), address);
        PixSource {
            node,
            connection,
            ends: Ends::default(),
            charset: Charset::Utf8,
        }
    }

    /// Under these names: MSH-3 and MSH-4.
    pub fn with_sender(mut self, application: &str, facility: &str) -> PixSource {
        self.ends.sending_application = application.into();
        self.ends.sending_facility = facility.into();
        self
    }

    /// To these names: MSH-5 and MSH-6.
    pub fn with_receiver(mut self, application: &str, facility: &str) -> PixSource {
        self.ends.receiving_application = application.into();
        self.ends.receiving_facility = facility.into();
        self
    }

    /// In this character set; UTF-8 otherwise.
    pub fn with_charset(mut self, charset: Charset) -> PixSource {
        self.charset = charset;
        self
    }

    /// With these limits of the connection.
    pub fn with_limits(mut self, limits: Limits) -> PixSource {
        self.connection.set_limits(limits);
        self
    }

    /// Feeds by ITI-8 (version 2.3.1); `Ok` means accepted (AA). Audited on this side too, however it ends.
    pub async fn feed(&self, human: &As, feed: &Feed) -> Result<(), Error> {
        let bytes = iti8::encode(feed, &self.ends, self.charset, "2.3.1")?;
        self.send(human, bytes, iti8::audit).await
    }

    /// Feeds by ITI-30 (version 2.5); `Ok` means accepted (AA). Audited on this side too, however it ends.
    pub async fn manage(&self, human: &As, feed: &iti30::Feed) -> Result<(), Error> {
        let bytes = iti30::encode(feed, &self.ends, self.charset)?;
        self.send(human, bytes, iti30::audit).await
    }

    async fn send(&self, human: &As, bytes: Vec<u8>, audit: Audit) -> Result<(), Error> {
        let message =
            Message::parse(&bytes).map_err(|_| Error::Misuse("the feed is no message".into()))?;
        let (result, peer) = match self.connection.exchange(&bytes).await {
            Ok((reply, peer)) => (judge(&message, &reply), peer),
            Err(failure) => (Err(Error::Transport(failure.text)), failure.peer),
        };
        let result = match result {
            // A fault for testing the conformance suite.
            Err(Error::Refused(_)) if cfg!(renkei_fault = "pix-source-nak-as-success") => Ok(()),
            result => result,
        };
        let facts = facts(&peer, &result).on_behalf_of(human);
        let recorded = self.node.record_events(audit(&facts, &message)).await;
        recorded.map_err(|error| Error::Audit(error.to_string()))?;
        result
    }

    /// Sends a message as it is and gives the answer as it is: for gateways that translate
    /// nothing and for tests. Nothing is audited.
    pub async fn send_raw(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.connection.exchange(message).await?.0)
    }
}

pub(super) fn judge(message: &Message, reply: &[u8]) -> Result<(), Error> {
    let reply = answer_to(message, reply)?;
    parse_refusal(&reply).map_or(Ok(()), |refusal| Err(Error::Refused(refusal)))
}

/// How a client's call ended, for its audit record.
pub(super) fn facts<'a, T>(peer: &'a Peer, result: &Result<T, Error>) -> AuditFacts<'a> {
    match result {
        Ok(_) => AuditFacts::success(peer, Side::Source),
        Err(Error::Refused(refusal)) => AuditFacts::refused(peer, Side::Source, refusal),
        Err(error) => AuditFacts::failed(peer, Side::Source, error.to_string()),
    }
}
