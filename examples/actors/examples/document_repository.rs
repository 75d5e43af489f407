//! Document Repository (ITI-41, ITI-43). Arguments: PKI-FOLDER AUDIT-HOST:PORT REGISTRY-URL
use std::{error::Error, sync::Arc};

use ihe_atna::{Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_xds::{DocumentRepository, store::FileStore};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("document-repository", "node")?;
    let registry = std::env::args().nth(3).ok_or("too few arguments")?;
    let store = FileStore::open("documents")?;
    let repository =
        DocumentRepository::new(node, store, "1.3.6.1.4.1.21367.2005.13.20.2000", &registry);
    let listener = TcpListener::bind("0.0.0.0:8444").await?;
    Arc::new(repository)
        .serve_on(listener, "/repository", CancellationToken::new())
        .await?;
    Ok(())
}

fn node(name: &str, identity: &str) -> Result<SecureNode, Box<dyn Error>> {
    let argument = |n| std::env::args().nth(n).ok_or("too few arguments");
    let (pki, audit) = (argument(1)?, argument(2)?);
    let file = |name: &str, kind: &str| format!("{pki}/{name}.{kind}");
    let spool = Spool::open(format!("audit-spool-{name}"), [SyslogTls::to(&audit)])?;
    let identity = Identity::from_pem_files(file(identity, "pem"), file(identity, "key"))?;
    let anchors = TrustAnchors::from_pem_file(file("ca", "pem"))?;
    Ok(SecureNode::new(identity, anchors, spool)?.named(name))
}
