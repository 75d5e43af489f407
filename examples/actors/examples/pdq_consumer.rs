//! Patient Demographics Consumer (ITI-21), page by page. Arguments: PKI-FOLDER AUDIT-HOST:PORT SUPPLIER-HOST:PORT [FAMILY-NAME]
use std::error::Error;

use ihe_atna::{As, Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_pix::identity::{NamePattern, PatientQuery};
use ihe_pix::{PdqConsumer, iti21::Query};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let supplier = std::env::args().nth(3).ok_or("too few arguments")?;
    let consumer = PdqConsumer::new(node("ward", "client")?, supplier);
    let text = std::env::args().nth(4).unwrap_or("ヤマ".into());
    let prefix = true;
    let known = PatientQuery {
        family: Some(NamePattern { text, prefix }),
        birth_date: "1958".into(),
        ..PatientQuery::default()
    };
    let nurse = As::user("nurse");
    let mut pages = consumer.pages(&nurse, Query::new(known).at_most(20));
    while let Some(patients) = pages.next().await? {
        for patient in patients {
            println!("{}", patient.ids[0]);
        }
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
