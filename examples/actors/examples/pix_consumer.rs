//! Patient Identifier Cross-reference Consumer (ITI-9).
//! Arguments: PKI-FOLDER AUDIT-HOST:PORT MANAGER-HOST:PORT [PATIENT-CX [SECONDS-TO-WAIT]]
use std::{error::Error, time::Duration};

use hl7v2::{datatype::Cx, mllp::Limits};
use ihe_atna::{As, Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_pix::{PixConsumer, iti9::Query};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("ward", "client")?;
    let argument = |n| std::env::args().nth(n);
    let manager = argument(3).ok_or("too few arguments")?;
    let id = argument(4).unwrap_or("0000123456^^^&1.2.392.100495.20.3.51.11319999999&ISO".into());
    let seconds = argument(5).map_or(Ok(30), |seconds| seconds.parse())?;
    let limits = Limits {
        read: Duration::from_secs(seconds),
        ..Limits::default()
    };
    let consumer = PixConsumer::new(node, manager).with_limits(limits);
    let query = Query::new(id.parse::<Cx>()?);
    for other in consumer.query(&As::user("nurse"), &query).await? {
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
