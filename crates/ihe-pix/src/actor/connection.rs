//! One MLLP connection to a partner, opened when needed and kept.

use std::net::SocketAddr;

use hl7v2::Message;
use hl7v2::mllp::{Client, Limits};
use ihe_atna::{Peer, SecureNode, Stream};
use tokio::sync::Mutex;

use crate::error::Error;

/// A partner at `host:port`; one exchange at a time.
pub(crate) struct Connection {
    node: SecureNode,
    address: String,
    limits: Limits,
    open: Mutex<Option<(Client<Stream>, Peer)>>,
}

impl Connection {
    pub(crate) fn new(node: SecureNode, address: impl Into<String>) -> Connection {
        let open = Mutex::new(None);
        Connection {
            node,
            address: address.into(),
            limits: Limits::default(),
            open,
        }
    }

    pub(crate) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Sends one message and waits for the answer. A kept connection that the partner has closed
    /// meanwhile is opened again once: receivers process a repeated message idempotently
    /// (V2-R-004).
    pub(crate) async fn exchange(&self, message: &[u8]) -> Result<(Vec<u8>, Peer), Failure> {
        let mut open = self.open.lock().await;
        if let Some((mut client, peer)) = open.take()
            && let Ok(reply) = client.exchange(message).await
        {
            *open = Some((client, peer.clone()));
            return Ok((reply, peer));
        }
        let (stream, peer) = self.connect().await?;
        let mut client = Client::new(stream, self.limits.clone());
        match client.exchange(message).await {
            Ok(reply) => {
                *open = Some((client, peer.clone()));
                Ok((reply, peer))
            }
            Err(error) => Err(Failure {
                text: error.to_string(),
                peer,
            }),
        }
    }

    async fn connect(&self) -> Result<(Stream, Peer), Failure> {
        let failed = |text: String| Failure {
            text,
            peer: nowhere(),
        };
        let (host, port) = split(&self.address)
            .ok_or_else(|| failed(format!("{} is not host:port", self.address)))?;
        let connected = self.node.connect(host, port).await;
        connected.map_err(|error| failed(format!("{}: {error}", self.address)))
    }
}

/// No answer; `peer` is unspecified when there was no connection.
pub(crate) struct Failure {
    pub(crate) text: String,
    pub(crate) peer: Peer,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        Error::Transport(failure.text)
    }
}

fn nowhere() -> Peer {
    Peer::unknown(SocketAddr::from(([0, 0, 0, 0], 0)))
}

/// `host:port`, `[::1]:port`.
fn split(address: &str) -> Option<(&str, u16)> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host
        .strip_prefix('[')
        .and_then(|h| h.strip_suffix(']'))
        .unwrap_or(host);
    Some((host, port.parse().ok()?))
}

/// The answer, which must be to this message: MSA-2 is its MSH-10.
pub(crate) fn answer_to(request: &Message, reply: &[u8]) -> Result<Message, Error> {
    let reply = Message::parse(reply).map_err(|reason| Error::Malformed(reason.to_string()))?;
    let asked = request.header().control_id;
    match reply.value("MSA-2") {
        Some(answered) if answered == asked => Ok(reply),
        // A partner that could not read the header has no control id to give back (V2-R-003).
        None if hl7v2::ack::parse_refusal(&reply).is_some() => Ok(reply),
        _ => Err(Error::Malformed(
            "MSA-2 is not the control id of the request".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_are_split_at_the_last_colon() {
        assert_eq!(
            super::split("pix.example:3600"),
            Some(("pix.example", 3600))
        );
        assert_eq!(super::split("[::1]:3600"), Some(("::1", 3600)));
        assert_eq!(super::split("pix.example"), None);
        assert_eq!(super::split("pix.example:99999"), None);
    }
}
