//! Document Consumer (ITI-18, ITI-43).
//! Arguments: PKI-FOLDER AUDIT-HOST:PORT REGISTRY-URL REPOSITORY-URL PATIENT-CX [SECONDS-TO-WAIT]
use std::{error::Error, time::Duration};

use ihe_atna::{As, Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_xds::{DocumentConsumer, iti18::FindDocuments};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("clinic", "client")?;
    let argument = |n| std::env::args().nth(n).ok_or("too few arguments");
    let (registry, repository, patient) = (argument(3)?, argument(4)?, argument(5)?.parse()?);
    let seconds = argument(6).map_or(Ok(60), |seconds| seconds.parse())?;
    let limits = ihe_soap::Limits {
        idle: Duration::from_secs(seconds),
        ..Default::default()
    };
    let consumer = DocumentConsumer::with_limits(node, &registry, limits)
        .with_repository("1.3.6.1.4.1.21367.2005.13.20.2000", &repository);
    let me = As::user("Dr. Kakuu");
    let query = FindDocuments::new(&patient).approved();
    for entry in consumer.query(&me, query).await?.documents {
        let body = consumer.retrieve(&me, &entry).await?;
        println!("{} {} bytes", entry.unique_id, body.len());
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
