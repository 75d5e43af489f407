//! PDQ Supplier beside a PIX Manager on one port: ITI-8, 9, 30 and ITI-21, 22. Arguments: PKI-FOLDER AUDIT-HOST:PORT
use std::error::Error;

use hl7v2::datatype::Hd;
use ihe_atna::{Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_pix::{PdqSupplier, PixManager, Port, SqliteStore};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("patients", "node")?;
    node.record_start("patients").await?;
    let store = SqliteStore::open("identities.db").await?;
    let domain = Hd::oid("1.2.392.100495.20.3.51.11319999999");
    let manager = PixManager::new(node.clone(), store.clone()).with_domain(domain.clone());
    let supplier = PdqSupplier::new(node.clone(), store).with_domain(domain);
    Port::new(node, manager, supplier)
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
