//! Document Source (ITI-41). Arguments: PKI-FOLDER AUDIT-HOST:PORT REPOSITORY-URL PATIENT-CX FILE
use ihe_atna::{As, Identity, SecureNode, Spool, SyslogTls, TrustAnchors};
use ihe_soap::Source;
use ihe_xds::metadata::{Code, DocumentBuilder, SubmissionBuilder};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = |n| std::env::args().nth(n).ok_or("too few arguments");
    let (repository, patient, file) = (argument(3)?, argument(4)?, argument(5)?);
    let code = |code: &str, scheme: &str| Code::new(code, scheme, code);
    let (loinc, snomed) = ("2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96");
    let (class, format) = ("1.3.6.1.4.1.19376.1.2.6.1", "1.3.6.1.4.1.19376.1.2.3");
    let (class, kind) = (code("SUMMARIES", class), code("18842-5", loinc));
    let hospital = code("22232009", snomed);
    let entry = DocumentBuilder::new("text/xml", "ja-JP")
        .kind(class, kind, code("urn:ihe:pcc:xds-ms:2007", format))
        .place(hospital.clone(), code("309927009", snomed))
        .confidentiality(code("N", "2.16.840.1.113883.5.25"))
        .source_patient_id(&patient)
        .build();
    let document = (entry.entry_uuid.clone(), Source::File(file.into()));
    let submission = SubmissionBuilder::new(&patient, "1.2.3.4", hospital).document(entry);
    let source = ihe_xds::DocumentSource::new(node("ehr", "client")?, &repository);
    let me = As::user("Dr. Kakuu");
    source
        .submit(&me, submission.build(), vec![document])
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
