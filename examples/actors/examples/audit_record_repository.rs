//! Audit Record Repository (ITI-20 over TLS and UDP). Argument: PKI-FOLDER
use std::{error::Error, sync::Arc};

use ihe_atna::{
    AuditRecordRepository, Identity, RepositoryLimits, SecureNode, SqliteStore, Trail, TrailLimits,
    TrailSigner, TrailSink, TrustAnchors,
};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let pki = std::env::args().nth(1).unwrap_or_else(|| "pki".into());
    let identity = Identity::from_pem_files(format!("{pki}/node.pem"), format!("{pki}/node.key"))?;
    let anchors = TrustAnchors::from_pem_file(format!("{pki}/ca.pem"))?;
    let signer = TrailSigner::from_pem_file(format!("{pki}/node.key"))?;
    let trail = Trail::open("audit", signer, TrailLimits::default())?;
    let store = SqliteStore::open("audit-index.db").await?;
    // Its own records go straight into its own trail: the one actor for which that is right.
    let sink = Arc::new(TrailSink::new(trail.clone()));
    let node = SecureNode::dangerous()
        .with_sink(identity, anchors, false, sink)?
        .named("arr");
    node.record_start("arr").await?;
    let repository = AuditRecordRepository::new(node, trail, store, RepositoryLimits::default());
    let stop = CancellationToken::new();
    let tls = repository.serve_tls(TcpListener::bind("0.0.0.0:6514").await?, stop.clone());
    let udp = repository.serve_udp(UdpSocket::bind("0.0.0.0:5514").await?, stop);
    tokio::try_join!(tls, udp)?;
    Ok(())
}
