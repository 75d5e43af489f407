//! Document Source (ITI-41). Arguments: PKI-FOLDER AUDIT-HOST:PORT REPOSITORY-URL PATIENT-CX FILE
use std::error::Error;

use ihe_atna::{As, Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_soap::Source;
use ihe_xds::metadata::{Code, DocumentBuilder, SubmissionBuilder};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = |n| std::env::args().nth(n).ok_or("too few arguments");
    let (repository, patient, file) = (argument(3)?, argument(4)?, argument(5)?);
    let code = |c: &str, s: &str| Code { code: c.into(), scheme: s.into(), display: c.into() };
    let (loinc, snomed) = ("2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96");
    let entry = DocumentBuilder::new("text/xml", "ja-JP")
        .kind(code("SUMMARIES", "1.3.6.1.4.1.19376.1.2.6.1"), code("18842-5", loinc), code("urn:ihe:pcc:xds-ms:2007", "1.3.6.1.4.1.19376.1.2.3"))
        .place(code("22232009", snomed), code("309927009", snomed))
        .confidentiality(code("N", "2.16.840.1.113883.5.25"))
        .source_patient_id(&patient)
        .build();
    let document = (entry.entry_uuid.clone(), Source::File(file.into()));
    let submission = SubmissionBuilder::new(&patient, "1.2.3.4", code("22232009", snomed)).document(entry).build();
    let source = ihe_xds::DocumentSource::new(node("ehr", "client")?, &repository);
    source.submit(&As::user("Dr. Kakuu"), submission, vec![document]).await?;
    Ok(())
}

fn node(name: &str, identity: &str) -> Result<SecureNode, Box<dyn Error>> {
    let argument = |n, default: &str| std::env::args().nth(n).unwrap_or_else(|| default.into());
    let pki = argument(1, "pki");
    let spool = Spool::open(format!("audit-spool-{name}"), [SyslogTls::to(&argument(2, "localhost:6514"))])?;
    let identity = Identity::from_pem_files(format!("{pki}/{identity}.pem"), format!("{pki}/{identity}.key"))?;
    let anchors = TrustAnchors::from_pem_file(format!("{pki}/ca.pem"))?;
    Ok(SecureNode::new(identity, anchors, spool)?.named(name))
}
