//! Patient Identifier Cross-reference Consumer (ITI-9). Arguments: PKI-FOLDER AUDIT-HOST:PORT MANAGER-HOST:PORT
use std::error::Error;

use hl7v2::datatype::{Cx, Hd};
use ihe_atna::{As, Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_pix::{PixConsumer, iti9::Query};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("ward", "client")?;
    let manager = std::env::args().nth(3).ok_or("too few arguments")?;
    let id = Cx::new("0000123456", Hd::oid("1.2.392.100495.20.3.51.11319999999"));
    let consumer = PixConsumer::new(node, manager);
    for other in consumer.query(&As::user("nurse"), &Query::new(id)).await? {
        println!("{other}");
    }
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
