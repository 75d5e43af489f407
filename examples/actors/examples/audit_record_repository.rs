//! Audit Record Repository (ITI-20 over TLS and UDP). Argument: PKI-FOLDER
use std::{error::Error, sync::Arc};

use ihe_atna::{
    AuditRecordRepository, Identity, RepositoryLimits, SecureNode, SqliteStore, StoreSink,
    TrustAnchors,
};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pki = std::env::args().nth(1).unwrap_or_else(|| "pki".into());
    let identity = Identity::from_pem_files(format!("{pki}/node.pem"), format!("{pki}/node.key"))?;
    let anchors = TrustAnchors::from_pem_file(format!("{pki}/ca.pem"))?;
    let store = SqliteStore::open("audit.db").await?;
    // Its own records go straight into its own store: the one actor for which that is right.
    let sink = Arc::new(StoreSink::new(store.clone()));
    let node = SecureNode::dangerous()
        .with_sink(identity, anchors, false, sink)?
        .named("arr");
    node.record_start("arr").await?;
    let repository = AuditRecordRepository::new(node, store, RepositoryLimits::default());
    let stop = CancellationToken::new();
    let tls = repository.serve_tls(TcpListener::bind("0.0.0.0:6514").await?, stop.clone());
    let udp = repository.serve_udp(UdpSocket::bind("0.0.0.0:5514").await?, stop);
    tokio::try_join!(tls, udp)?;
    Ok(())
}
