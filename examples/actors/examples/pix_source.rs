//! Patient Identity Source (ITI-8). Arguments: PKI-FOLDER AUDIT-HOST:PORT MANAGER-HOST:PORT [ID [SUBSUMED-ID]]
use hl7v2::charset::Charset;
use hl7v2::datatype::{Cx, Hd, Xpn};
use ihe_atna::{As, Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_pix::{PatientRecord, PixSource, iti8::Feed};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let node = node("registration", "client")?;
    let mut arguments = std::env::args().skip(3);
    let manager = arguments.next().ok_or("too few arguments")?;
    let source = PixSource::new(node, manager)
        .with_sender("HIS001", "1319999999")
        .with_charset(Charset::Iso2022Jp);
    let domain = Hd::oid("1.2.392.100495.20.3.51.11319999999");
    let id = arguments.next().unwrap_or("0000123456".into());
    let patient = PatientRecord {
        names: vec![Xpn::new("試験", "花子")],
        birth_date: "19580312".into(),
        sex: "F".into(),
        ..PatientRecord::identified(Cx::new(id, domain.clone()))
    };
    let feed = match arguments.next() {
        Some(subsumed) => Feed::merge(patient, Cx::new(subsumed, domain)),
        None => Feed::register(patient),
    };
    source.feed(&As::user("clerk"), &feed).await?;
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
