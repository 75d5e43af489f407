//! Document Registry (ITI-18, ITI-42; ITI-8 feed). Arguments: PKI-FOLDER AUDIT-HOST:PORT
use std::{error::Error, sync::Arc};

use hl7v2::datatype::Hd;
use ihe_atna::{Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_xds::{DocumentRegistry, store::SqliteStore};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("document-registry", "node")?;
    let registry = DocumentRegistry::new(node, SqliteStore::open("registry.db").await?)
        .with_affinity_domain(Hd::oid("1.3.6.1.4.1.21367.2005.13.20.1000"));
    let (registry, stop) = (Arc::new(registry), CancellationToken::new());
    let feed = registry
        .clone()
        .feed_on(TcpListener::bind("0.0.0.0:3601").await?, stop.clone());
    let soap = registry.serve_on(TcpListener::bind("0.0.0.0:8443").await?, "/registry", stop);
    tokio::try_join!(feed, soap)?;
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
