//! Secure Node (ITI-19, ITI-20): record what your own application did.
//! Arguments: PKI-FOLDER AUDIT-HOST:PORT [NAME-OF-THE-APPLICATION]
use std::{error::Error, time::Duration};

use ihe_atna::{Identity, SecureNode, Spool, SyslogTls, TrustAnchors};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("my-application", "client")?;
    let application = std::env::args().nth(3).unwrap_or("my-application".into());
    node.record_start(&application).await?;
    node.record_stop(&application).await?;
    // On disk now, and sent as soon as the repository can be reached; nothing need wait for it.
    node.drain(Duration::from_secs(10)).await?;
    println!("{:?}", node.spool_status());
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
