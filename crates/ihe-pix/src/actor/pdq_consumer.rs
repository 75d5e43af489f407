//! Patient Demographics Consumer (ITI TF-1 8.1.1): asks ITI-21 and ITI-22.

use hl7v2::Message;
use hl7v2::ack::parse_refusal;
use hl7v2::charset::Charset;
use hl7v2::mllp::Limits;
use ihe_atna::{As, SecureNode};

use super::connection::{Connection, answer_to};
use super::pix_source::facts;
use crate::PatientRecord;
use crate::error::Error;
use crate::iti8::Ends;
use crate::iti21::{self, Cancel, Kind, Query, Response};
use crate::iti22;
use crate::transaction::canonical;

/// Asks one Patient Demographics Supplier.
pub struct PdqConsumer {
    node: SecureNode,
    connection: Connection,
    ends: Ends,
    charset: Charset,
}

impl PdqConsumer {
    /// A consumer that asks the supplier at `host:port`.
    pub fn new(node: SecureNode, address: impl Into<String>) -> PdqConsumer {
        let connection = Connection::new(node.clone(), address);
        let ends = Ends {
            sending_application: "CONSUMER".into(),
            receiving_application: "PDQ".into(),
            ..Ends::default()
        };
        PdqConsumer {
            node,
            connection,
            ends,
            charset: Charset::Utf8,
        }
    }

    /// Under these names: MSH-3 and MSH-4.
    pub fn with_sender(mut self, application: &str, facility: &str) -> PdqConsumer {
        self.ends.sending_application = application.into();
        self.ends.sending_facility = facility.into();
        self
    }

    /// To these names: MSH-5, the patient information source, and MSH-6.
    pub fn with_receiver(mut self, application: &str, facility: &str) -> PdqConsumer {
        self.ends.receiving_application = application.into();
        self.ends.receiving_facility = facility.into();
        self
    }

    /// In this character set; UTF-8 otherwise.
    pub fn with_charset(mut self, charset: Charset) -> PdqConsumer {
        self.charset = charset;
        self
    }

    /// With these limits of the connection.
    pub fn with_limits(mut self, limits: Limits) -> PdqConsumer {
        self.connection.set_limits(limits);
        self
    }

    /// Patients for whom the query holds (ITI-21): all, or a first portion; [`Self::pages`] gives all portions. Audited
    /// however it ends.
    pub async fn query(&self, human: &As, query: &Query) -> Result<Response, Error> {
        self.ask(&iti21::KIND, human, query).await
    }

    /// The same with visits (ITI-22).
    pub async fn query_visits(&self, human: &As, query: &Query) -> Result<Response, Error> {
        self.ask(&iti22::KIND, human, query).await
    }

    /// All portions of the answer, one after the other (ITI-21).
    pub fn pages<'a>(&'a self, human: &'a As, query: Query) -> Pages<'a> {
        Pages {
            consumer: self,
            kind: &iti21::KIND,
            human,
            query,
            state: State::First,
        }
    }

    /// The same with visits (ITI-22).
    pub fn pages_of_visits<'a>(&'a self, human: &'a As, query: Query) -> Pages<'a> {
        Pages {
            kind: &iti22::KIND,
            ..self.pages(human, query)
        }
    }

    /// No further portion of this query is wanted (QCN^J01). Audited however it ends.
    pub async fn cancel(&self, human: &As, query: &Query) -> Result<(), Error> {
        let cancel = Cancel::of(&query.tag);
        let bytes = iti21::encode_cancel(&cancel, &self.ends, self.charset)?;
        let judge = |message: &Message, reply: &[u8]| {
            let reply = answer_to(message, reply)?;
            parse_refusal(&reply).map_or(Ok(()), |refusal| Err(Error::Refused(refusal)))
        };
        self.exchange(&iti21::KIND, human, &bytes, judge).await
    }

    async fn ask(&self, kind: &Kind, human: &As, query: &Query) -> Result<Response, Error> {
        let bytes = kind.encode(query, &self.ends, self.charset)?;
        let judge = |message: &Message, reply: &[u8]| judge(message, query, reply);
        self.exchange(kind, human, &bytes, judge).await
    }

    async fn exchange<T>(
        &self,
        kind: &Kind,
        human: &As,
        bytes: &[u8],
        judge: impl FnOnce(&Message, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let message =
            Message::parse(bytes).map_err(|_| Error::Misuse("the query is no message".into()))?;
        let (result, peer) = match self.connection.exchange(bytes).await {
            Ok((reply, peer)) => (judge(&message, &reply), peer),
            Err(failure) => (Err(Error::Transport(failure.text)), failure.peer),
        };
        let facts = facts(&peer, &result).on_behalf_of(human);
        let recorded = self.node.record_events(kind.audit(&facts, &message)).await;
        recorded.map_err(|error| Error::Audit(error.to_string()))?;
        result
    }
}

fn judge(message: &Message, query: &Query, reply: &[u8]) -> Result<Response, Error> {
    let reply = answer_to(message, reply)?;
    let response = iti21::decode_response(&reply)?;
    let tag = canonical(reply.raw("QAK-1").unwrap_or_default(), reply.separators());
    if tag != query.tag {
        return Err(Error::Malformed("QAK-1 is not the tag of the query".into()));
    }
    Ok(response)
}

/// The portions of one answer.
///
/// ```no_run
/// # async fn example(consumer: ihe_pix::PdqConsumer, me: ihe_atna::As) -> Result<(), ihe_pix::Error> {
/// use ihe_pix::identity::{NamePattern, PatientQuery};
/// let wanted = PatientQuery {
///     family: Some(NamePattern::typed("ヤマ*")),
///     birth_date: "1958".into(),
///     ..PatientQuery::default()
/// };
/// let mut pages = consumer.pages(&me, ihe_pix::iti21::Query::new(wanted).at_most(10));
/// while let Some(patients) = pages.next().await? {
///     println!("{} patients", patients.len());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages<'a> {
    consumer: &'a PdqConsumer,
    kind: &'static Kind,
    human: &'a As,
    query: Query,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    First,
    More,
    Done,
}

impl Pages<'_> {
    /// The next portion; `None`: there are no more. After an error the same portion may be asked for again.
    pub async fn next(&mut self) -> Result<Option<Vec<PatientRecord>>, Error> {
        if self.state == State::Done {
            return Ok(None);
        }
        let asked = self.consumer.ask(self.kind, self.human, &self.query);
        let response = asked.await?;
        self.state = match response.continuation {
            // A fault for testing the conformance suite.
            _ if cfg!(renkei_fault = "pdq-consumer-continuation-not-followed") => State::Done,
            Some(_) => State::More,
            None => State::Done,
        };
        self.query.continuation = response.continuation;
        Ok(Some(response.patients))
    }

    /// No more portions are wanted; the supplier is told if it has any.
    pub async fn cancel(self) -> Result<(), Error> {
        match self.state {
            State::More => self.consumer.cancel(self.human, &self.query).await,
            State::First | State::Done => Ok(()),
        }
    }
}
