//! Packages the Document Repository cannot take: not MTOM, cut short, never finished (ITI TF-2 V.8).

use crate::documents::{
    PART, iti_41_what_is_published_is_found_and_retrieved_byte_for_byte, known_patient, message_id,
    submission,
};
use crate::domain::{Domain, connect};
use crate::registry::{ask_query, assert_is_soap, codes_of_fault, post_to};
use conformance::mtom;
use conformance::soap::{self, FIND_DOCUMENTS, SOAP12};
use conformance::xds::{DOCUMENT, DOCUMENT_BASE64, PROVIDE, Submission};
use std::io::{Read, Write};
use std::net::Shutdown;

/// XDS-T-009
pub(crate) fn iti_41_simple_soap_gets_a_fault(domain: &Domain) {
    let mut one = submission(&known_patient(domain));
    one.content = Some(DOCUMENT_BASE64.to_owned());
    let url = domain.endpoint("repository");
    let envelope = soap::envelope(url, PROVIDE, &message_id(), &one.request());
    let answer = post_to(url, &soap::content_type(PROVIDE), envelope.as_bytes());
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_is_soap(&answer);
    assert_eq!(
        codes_of_fault(&answer.text())[0],
        format!("{{{SOAP12}}}Sender")
    );
    assert_nothing_registered(domain, &one);
}

fn assert_nothing_registered(domain: &Domain, submission: &Submission) {
    let nothing = ("Success".to_owned(), Vec::new(), Vec::new());
    let found = ask_query(domain, FIND_DOCUMENTS, &submission.patient);
    assert_eq!(found, nothing, "registered although refused");
}

/// A package that ends before its last boundary: in the envelope, in the headers of a part, in the document.
pub(crate) fn iti_41_a_package_cut_short_gets_a_fault(domain: &Domain) {
    let one = submission(&known_patient(domain));
    let url = domain.endpoint("repository");
    let envelope = soap::envelope(url, PROVIDE, &message_id(), &one.request());
    let (content_type, whole) = mtom::write(PROVIDE, &envelope, &[(PART, DOCUMENT)]);
    for missing in [8, 32, 90, 200, whole.len() / 2, whole.len() - 40] {
        let answer = post_to(url, &content_type, &whole[..whole.len() - missing]);
        assert_eq!(
            answer.status,
            400,
            "{missing} bytes missing: {}",
            answer.text()
        );
        let text = answer.text();
        assert_eq!(codes_of_fault(&text)[0], format!("{{{SOAP12}}}Sender"));
    }
    assert_nothing_registered(domain, &one);
    iti_41_what_is_published_is_found_and_retrieved_byte_for_byte(domain);
}

/// A sender that hangs up in the middle: a fault or nothing, never a success, and the server goes on.
pub(crate) fn iti_41_a_sender_that_hangs_up_registers_nothing(domain: &Domain) {
    let one = submission(&known_patient(domain));
    hang_up(domain, &one);
    assert_nothing_registered(domain, &one);
    iti_41_what_is_published_is_found_and_retrieved_byte_for_byte(domain);
}

fn hang_up(domain: &Domain, one: &Submission) {
    let url = domain.endpoint("repository");
    let rest = url.strip_prefix("http://").expect("plain http");
    let (host, path) = rest.split_once('/').expect("a path");
    let envelope = soap::envelope(url, PROVIDE, &message_id(), &one.request());
    let (content_type, whole) = mtom::write(PROVIDE, &envelope, &[(PART, DOCUMENT)]);
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        whole.len()
    );
    let mut stream = connect(host);
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(&whole[..whole.len() - 40]).expect("sent");
    stream.shutdown(Shutdown::Write).expect("half closed");
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer);
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
}
