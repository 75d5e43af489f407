//! Streams for `ihe_soap` from a secure node (ITI-19, ITI TF-2 3.19).

use ihe_atna::{SecureNode, Stream};
use ihe_soap::Connect;

/// Opens every HTTP connection through the node: mutual TLS, or plain if the node is plain.
#[derive(Clone)]
pub struct NodeConnector(SecureNode);

impl NodeConnector {
    /// A connector of this node.
    pub fn new(node: SecureNode) -> Self {
        Self(node)
    }
}

impl Connect for NodeConnector {
    type Stream = Stream;

    async fn connect(&self, host: &str, port: u16) -> std::io::Result<Stream> {
        self.0.connect(host, port).await.map(|(stream, _)| stream)
    }
}
