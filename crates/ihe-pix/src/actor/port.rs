//! One port for several actors: which of them a message is for is said by MSH-9.

use std::io;
use std::sync::Arc;

use hl7v2::mllp;
use ihe_atna::{Peer, SecureNode};
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio_util::sync::CancellationToken;

use super::{PdqSupplier, PixManager, receiving, telling};
use crate::gate::{CANCEL_TRIGGERS, DEMOGRAPHICS_TRIGGERS};
use crate::store::{IdentityStore, Shelf};

/// A cross-reference manager and a demographics supplier behind one address.
///
/// ```no_run
/// # async fn example(node: ihe_atna::SecureNode) -> Result<(), Box<dyn std::error::Error>> {
/// use hl7v2::datatype::Hd;
/// use ihe_pix::{PdqSupplier, PixManager, Port, SqliteStore};
///
/// let store = SqliteStore::open("identities.db").await?;
/// let east = Hd::oid("1.2.3.4.1000");
/// let manager = PixManager::new(node.clone(), store.clone()).with_domain(east.clone());
/// let supplier = PdqSupplier::new(node.clone(), store).with_domain(east);
/// Port::new(node, manager, supplier).serve("0.0.0.0:3600").await?;
/// # Ok(())
/// # }
/// ```
pub struct Port<S: IdentityStore + Shelf> {
    node: SecureNode,
    manager: Arc<PixManager<S>>,
    supplier: Arc<PdqSupplier<S>>,
    limits: mllp::Limits,
}

impl<S: IdentityStore + Shelf> Port<S> {
    /// A port of these two, normally over one store.
    pub fn new(
        node: SecureNode,
        manager: impl Into<Arc<PixManager<S>>>,
        supplier: impl Into<Arc<PdqSupplier<S>>>,
    ) -> Port<S> {
        Port {
            node,
            manager: manager.into(),
            supplier: supplier.into(),
            limits: mllp::Limits::default(),
        }
    }

    /// With these limits of connections and frames.
    pub fn with_limits(mut self, limits: mllp::Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The cross-reference manager.
    pub fn manager(&self) -> &Arc<PixManager<S>> {
        &self.manager
    }

    /// The demographics supplier.
    pub fn supplier(&self) -> &Arc<PdqSupplier<S>> {
        &self.supplier
    }

    /// One message in, one message out, by the actor it is for: ITI-21, ITI-22 and cancelled queries by the supplier,
    /// everything else, unreadable bytes too, by the manager.
    pub async fn handle(&self, peer: &Peer, bytes: Vec<u8>) -> Vec<u8> {
        match is_for_the_supplier(&bytes) {
            true => self.supplier.handle(peer, bytes).await,
            false => self.manager.handle(peer, bytes).await,
        }
    }

    /// Serves on this address until the process ends.
    pub async fn serve(self, address: impl ToSocketAddrs) -> io::Result<()> {
        let listener = TcpListener::bind(address).await?;
        let serving = Arc::new(self).serve_on(listener, CancellationToken::new());
        serving.await
    }

    /// Serves on this listener until `stop`; then finishes the messages in hand. As the manager does alone: feeds are applied
    /// in the order of arrival, however many are in hand, and its consumers and registries are told of changes.
    pub async fn serve_on(
        self: Arc<Self>,
        listener: TcpListener,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let (node, limits) = (self.node.clone(), self.limits.clone());
        let told = telling::start(&self.manager, &stop);
        let handle = move |peer: Arc<Peer>, bytes| {
            let port = Arc::clone(&self);
            hl7v2::mllp::begun(async move { port.handle(&peer, bytes).await })
        };
        receiving::serve(node, limits, listener, stop, handle).await;
        told.finish().await;
        Ok(())
    }
}

/// MSH-9 as it stands in the bytes: the actor parses the message, once.
fn is_for_the_supplier(bytes: &[u8]) -> bool {
    let Some((code, trigger)) = message_type(bytes) else {
        return false;
    };
    let among = |triggers: &[&str]| triggers.iter().any(|one| one.as_bytes() == trigger);
    match code {
        b"QBP" => among(DEMOGRAPHICS_TRIGGERS),
        b"QCN" => among(CANCEL_TRIGGERS),
        _ => false,
    }
}

/// MSH-9.1 and MSH-9.2.
fn message_type(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = bytes
        .windows(3)
        .take(64)
        .position(|three| three == b"MSH")?;
    let msh = bytes.get(start..)?;
    let end = msh.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let msh = msh.get(..end.unwrap_or(msh.len()))?;
    let (field, component) = (*msh.get(3)?, *msh.get(4)?);
    let kind = msh.split(|byte| *byte == field).nth(8)?;
    let mut parts = kind.split(|byte| *byte == component);
    Some((parts.next()?, parts.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::{is_for_the_supplier, message_type};

    #[test]
    fn the_actor_is_chosen_by_msh_9_with_any_separators() {
        for (msh, supplier) in [
            (
                "MSH|^~\\&|A|B|C|D|2026||QBP^Q22^QBP_Q21|1|P|2.5\rQPD|",
                true,
            ),
            ("MSH|^~\\&|A|B|C|D|2026||QBP^ZV1^QBP_Q21|1|P|2.5\r", true),
            ("\u{feff}MSH|^~\\&|A|B|C|D|2026||QCN^J01|1|P|2.5\r", true),
            ("MSH#*~\\&#A#B#C#D#2026##QBP*Q22#1#P#2.5\r", true),
            ("MSH|^~\\&|A|B|C|D|2026||QBP^Q23^QBP_Q21|1|P|2.5\r", false),
            (
                "MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.3.1\rEVN|QBP^Q22",
                false,
            ),
            ("MSH|^~\\&\rQBP|Q22|||||||QBP^Q22", false),
            ("", false),
        ] {
            assert_eq!(is_for_the_supplier(msh.as_bytes()), supplier, "{msh}");
        }
        assert_eq!(
            message_type(b"MSH|^~\\&|||||||ACK\r"),
            Some((&b"ACK"[..], &b""[..]))
        );
    }
}
