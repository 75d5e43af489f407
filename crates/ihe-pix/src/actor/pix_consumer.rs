//! Patient Identifier Cross-reference Consumer (ITI TF-1 5.1.2): asks ITI-9.

use hl7v2::Message;
use hl7v2::charset::Charset;
use hl7v2::datatype::Cx;
use hl7v2::mllp::Limits;
use ihe_atna::{As, SecureNode};

use super::connection::{Connection, answer_to};
use super::pix_source::facts;
use crate::error::Error;
use crate::iti8::Ends;
use crate::iti9::{self, Query};
use crate::transaction::canonical;

/// Asks one PIX Manager.
pub struct PixConsumer {
    node: SecureNode,
    connection: Connection,
    ends: Ends,
    charset: Charset,
}

impl PixConsumer {
    /// A consumer that asks the manager at `host:port`.
    pub fn new(node: SecureNode, address: impl Into<String>) -> PixConsumer {
        let connection = Connection::new(node.clone(), address);
        let ends = Ends {
            sending_application: "CONSUMER".into(),
            ..Ends::default()
        };
        PixConsumer {
            node,
            connection,
            ends,
            charset: Charset::Utf8,
        }
    }

    /// Under these names: MSH-3 and MSH-4.
    pub fn with_sender(mut self, application: &str, facility: &str) -> PixConsumer {
        self.ends.sending_application = application.into();
        self.ends.sending_facility = facility.into();
        self
    }

    /// To these names: MSH-5 and MSH-6.
    pub fn with_receiver(mut self, application: &str, facility: &str) -> PixConsumer {
        self.ends.receiving_application = application.into();
        self.ends.receiving_facility = facility.into();
        self
    }

    /// With these limits of the connection.
    pub fn with_limits(mut self, limits: Limits) -> PixConsumer {
        self.connection.set_limits(limits);
        self
    }

    /// The ids of this patient elsewhere; none: known, but not there (case 2). Whoever uses them
    /// takes all ids of one domain, or none of them (V2-R-039). Audited however it ends.
    pub async fn query(&self, human: &As, query: &Query) -> Result<Vec<Cx>, Error> {
        let bytes = iti9::encode(query, &self.ends, self.charset)?;
        let message =
            Message::parse(&bytes).map_err(|_| Error::Misuse("the query is no message".into()))?;
        let (result, peer) = match self.connection.exchange(&bytes).await {
            Ok((reply, peer)) => (judge(&message, query, &reply), peer),
            Err(failure) => (Err(Error::Transport(failure.text)), failure.peer),
        };
        let facts = facts(&peer, &result).on_behalf_of(human);
        let recorded = self.node.record_events(iti9::audit(&facts, &message)).await;
        recorded.map_err(|error| Error::Audit(error.to_string()))?;
        result
    }
}

fn judge(message: &Message, query: &Query, reply: &[u8]) -> Result<Vec<Cx>, Error> {
    let reply = answer_to(message, reply)?;
    let response = iti9::decode_response(&reply)?;
    let tag = canonical(reply.raw("QAK-1").unwrap_or_default(), reply.separators());
    if tag != query.tag {
        return Err(Error::Malformed("QAK-1 is not the tag of the query".into()));
    }
    Ok(response.ids)
}
