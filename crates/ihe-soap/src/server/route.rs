//! Where the answer to a message goes (WS-Addressing 1.0 Core 3.4; XDS-T-011).

use super::replies::Replies;
use crate::addressing::EndpointReference;
use crate::fault::Fault;
use crate::message::Envelope;

/// One of the three ways an answer can go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// On the connection the request came by.
    Here,
    /// Nobody wants it.
    Nowhere,
    /// To an address that is allowed.
    There(EndpointReference),
}

/// The ways of a reply and of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) reply: Way,
    pub(super) fault: Way,
}

impl Route {
    /// As the headers ask; an address that is not on the list is a fault.
    pub(super) fn of(envelope: &Envelope, replies: Option<&Replies>) -> Result<Route, Fault> {
        let reply = way("ReplyTo", envelope.reply_to.as_ref(), replies)?;
        let fault = match &envelope.fault_to {
            None => reply.clone(),
            given => way("FaultTo", given.as_ref(), replies)?,
        };
        Ok(Route { reply, fault })
    }

    /// Both on this connection: the ordinary exchange.
    pub(super) fn is_here(&self) -> bool {
        self.reply == Way::Here && self.fault == Way::Here
    }

    /// Whether something may have to be answered on this connection.
    pub(super) fn may_be_here(&self) -> bool {
        self.reply == Way::Here || self.fault == Way::Here
    }

    /// Whether something may have to be sent to another address.
    pub(super) fn may_be_there(&self) -> bool {
        matches!(self.reply, Way::There(_)) || matches!(self.fault, Way::There(_))
    }
}

fn way(
    name: &str,
    to: Option<&EndpointReference>,
    replies: Option<&Replies>,
) -> Result<Way, Fault> {
    match (to, replies) {
        (None, _) => Ok(Way::Here),
        (Some(to), _) if to.is_anonymous() => Ok(Way::Here),
        (Some(to), _) if to.is_none() => Ok(Way::Nowhere),
        (Some(to), Some(replies)) if replies.allow(&to.address) => Ok(Way::There(to.clone())),
        (Some(_), Some(_)) => Err(Fault::invalid_header(
            name,
            "wsa:InvalidAddress",
            "answers are not sent to that address",
        )),
        (Some(_), None) => Err(Fault::invalid_header(
            name,
            "wsa:OnlyAnonymousAddressSupported",
            "only the anonymous address is supported",
        )),
    }
}
