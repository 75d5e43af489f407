//! PIX Manager (ITI TF-1 5): ITI-8 and ITI-9 over MLLP with TLS. Arguments: PKI-FOLDER AUDIT-HOST:PORT
use std::error::Error;

use hl7v2::datatype::Hd;
use ihe_atna::{Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_pix::{PixManager, SqliteStore};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("pix-manager", "node")?;
    node.record_start("pix-manager").await?;
    PixManager::new(node, SqliteStore::open("identities.db").await?)
        .with_domain(Hd::oid("1.2.392.100495.20.3.51.11319999999"))
        .with_domain(Hd::oid("1.2.392.100495.20.3.51.11319999998"))
        .serve("0.0.0.0:3600")
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
