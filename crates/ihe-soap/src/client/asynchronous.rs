//! The asynchronous call: the reply comes to an address of our own (ITI TF-2 V.5; XDS-T-011).

use std::time::Duration;

use http::StatusCode;

use super::{Client, Connect, Target, check_reply, status_error};
use crate::envelope::fault_of;
use crate::error::Error;
use crate::feed::{any_body, forget};
use crate::message::{Incoming, Outgoing};
use crate::outbody::Packed;
use crate::server::Mailbox;

/// Bytes of an answer to a one-way message that are read, so that the connection can be used again.
const ANSWER: u64 = 64 << 10;

impl<C: Connect> Client<C> {
    /// Sends a message with the mailbox as its reply address, and waits at most `patience` for the reply there.
    /// Rules and errors are those of [`Client::call`]; a server that answers on the connection is heard too.
    ///
    /// The reply's attachments stream from the server's connection, which is answered when the reply is dropped.
    pub async fn call_async(
        &self,
        url: &str,
        mut message: Outgoing,
        mailbox: &Mailbox,
        patience: Duration,
    ) -> Result<Incoming, Error> {
        message.envelope.reply_to = Some(mailbox.reply_to());
        let id = message.envelope.message_id.as_deref();
        let id = id.ok_or_else(|| Error::Misuse("a request without message id".into()))?;
        let mut ticket = mailbox.expect(id)?;
        let whole = async {
            let mut sending = std::pin::pin!(self.send_one_way(url, &message));
            let reply = tokio::select! {
                biased;
                reply = ticket.reply() => reply,
                here = &mut sending => match here? {
                    Some(reply) => return Ok(reply),
                    None => ticket.reply().await,
                },
            };
            self.judge(reply, &message)
        };
        let waited = tokio::time::timeout(patience, whole).await;
        waited.map_err(|_| Error::Timeout("no reply at the mailbox".into()))?
    }

    /// Sends a message; the reply if the server answers at once.
    async fn send_one_way(&self, url: &str, message: &Outgoing) -> Result<Option<Incoming>, Error> {
        let target = Target::parse(url)?;
        let packed = self.pack(message).await?;
        let response = self.exchange(&target, &packed).await?;
        match response.status() {
            StatusCode::ACCEPTED | StatusCode::NO_CONTENT => {
                let mut body = any_body(response.into_body());
                forget(&mut body, ANSWER, &self.limits).await;
                Ok(None)
            }
            _ => self.reply(response, message).await.map(Some),
        }
    }

    fn judge(&self, reply: Option<Incoming>, message: &Outgoing) -> Result<Incoming, Error> {
        let reply = reply.ok_or_else(|| Error::Transport("the mailbox was closed".into()))?;
        if let Some(fault) = fault_of(&reply.envelope.body, &self.limits) {
            return Err(Error::Fault(fault));
        }
        check_reply(&reply, message)?;
        Ok(reply)
    }

    /// Sends a message that wants no answer; the HTTP status.
    pub(crate) async fn post(&self, url: &str, packed: &Packed) -> Result<u16, Error> {
        let target = Target::parse(url)?;
        let response = self.exchange(&target, packed).await?;
        let status = response.status();
        let mut body = any_body(response.into_body());
        forget(&mut body, ANSWER, &self.limits).await;
        if status.is_informational() {
            return Err(status_error(status));
        }
        Ok(status.as_u16())
    }
}
