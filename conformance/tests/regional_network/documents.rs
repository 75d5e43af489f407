//! The Document Repository: ITI-41 and ITI-43 as MTOM packages (ITI TF-2 3.41, 3.43, V.8), and what the registry then knows.

use crate::domain::{Domain, connect, unique};
use crate::hl7::{ask, feed, id};
use crate::registry::{ask_query, codes_of_fault, post_to};
use conformance::http::Answer;
use conformance::mtom::{self, Package};
use conformance::soap::{self, FIND_DOCUMENTS, SOAP12};
use conformance::xds::{self, DOCUMENT, DOCUMENT_BASE64, PROVIDE, RETRIEVE, Submission};
use conformance::{hl7, xml};
use std::io::{Read, Write};
use std::net::Shutdown;

const PART: &str = "document@conformance.example";

/// Status, error codes, and the package itself.
pub(crate) struct Judged {
    pub(crate) status: String,
    pub(crate) codes: Vec<String>,
    pub(crate) package: Package,
}

fn message_id() -> String {
    format!("urn:uuid:00000000-0000-4000-9000-{:012x}", unique())
}

/// Sends a package; checks that the answer is one too, relates to it and is what `element` names.
fn call(domain: &Domain, action: &str, body: &str, parts: &[(&str, &[u8])]) -> Judged {
    let (url, message_id) = (domain.endpoint("repository"), message_id());
    let envelope = soap::envelope(url, action, &message_id, body);
    let (content_type, bytes) = mtom::write(action, &envelope, parts);
    let answer = post_to(url, &content_type, &bytes);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let package = read(&answer);
    let text = &package.envelope;
    assert_eq!(xml::text(text, "RelatesTo"), Some(message_id.as_str()));
    assert_eq!(
        xml::text(text, "Action"),
        Some(format!("{action}Response").as_str())
    );
    let [response] = xml::tags(text, "RegistryResponse")[..] else {
        panic!("not one RegistryResponse: {text}");
    };
    let status = xml::attribute(response, "status").unwrap_or_default();
    Judged {
        status: status.rsplit(':').next().unwrap_or_default().to_owned(),
        codes: attributes(text, "errorCode"),
        package,
    }
}

/// XDS-T-006: the answer is MTOM, with or without a binary part.
fn read(answer: &Answer) -> Package {
    let content_type = answer.header("content-type").unwrap_or_default();
    mtom::read(content_type, &answer.body).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// An attribute of all RegistryErrors.
fn attributes(text: &str, name: &str) -> Vec<String> {
    let errors = xml::tags(text, "RegistryError").into_iter();
    errors
        .map(|tag| xml::attribute(tag, name).unwrap_or_default().to_owned())
        .collect()
}

/// A patient that the registry knows.
pub(crate) fn known_patient(domain: &Domain) -> String {
    let patient = id(domain.endpoint("affinity_domain"));
    let answer = ask(
        domain,
        "registry_feed",
        &feed(std::slice::from_ref(&patient)),
    );
    assert_eq!(hl7::verdict(&answer), "AA");
    patient
}

pub(crate) fn submission(patient: &str) -> Submission {
    Submission::of_document(patient, &format!("1.2.3.4.8.{}", unique()), PART)
}

pub(crate) fn provide(domain: &Domain, submission: &Submission) -> Judged {
    call(domain, PROVIDE, &submission.request(), &[(PART, DOCUMENT)])
}

pub(crate) fn retrieve(domain: &Domain, repository: &str, unique_id: &str) -> Judged {
    call(domain, RETRIEVE, &xds::retrieve(repository, unique_id), &[])
}

/// Failure with exactly this code, each error with a severity and a context, and nothing left behind.
fn assert_refused(domain: &Domain, submission: &Submission, judged: &Judged, code: &str) {
    let text = &judged.package.envelope;
    assert_eq!(
        (judged.status.as_str(), &judged.codes[..]),
        ("Failure", &[code.to_owned()][..]),
        "{text}"
    );
    assert_severe(text);
    let nothing = ("Success".to_owned(), Vec::new(), Vec::new());
    assert_eq!(
        ask_query(domain, FIND_DOCUMENTS, &submission.patient),
        nothing,
        "registered although refused"
    );
    let repository = domain.endpoint("repository_unique_id");
    let judged = retrieve(domain, repository, &submission.unique_id);
    assert_eq!(judged.codes, ["XDSDocumentUniqueIdError"], "kept");
}

fn assert_severe(text: &str) {
    for severity in attributes(text, "severity") {
        assert!(severity.ends_with(":ErrorSeverityType:Error"), "{severity}");
    }
    for context in attributes(text, "codeContext") {
        assert!(!context.is_empty(), "no codeContext: {text}");
    }
}

/// XDS-T-006, 054, 070, 073
pub(crate) fn iti_41_what_is_published_is_found_and_retrieved_byte_for_byte(domain: &Domain) {
    let submission = submission(&known_patient(domain));
    let judged = provide(domain, &submission);
    let said = &judged.package.envelope;
    assert_eq!(
        (judged.status.as_str(), judged.codes.len()),
        ("Success", 0),
        "{said}"
    );
    assert_is_found(domain, &submission);
    assert_is_retrieved(domain, &submission);
}

/// XDS-T-008, 053: base64 inside, hash and size left to the repository.
pub(crate) fn iti_41_an_inline_document_without_hash_is_accepted(domain: &Domain) {
    let mut submission = submission(&known_patient(domain));
    (submission.hash, submission.size) = (None, None);
    submission.content = Some(DOCUMENT_BASE64.to_owned());
    let judged = call(domain, PROVIDE, &submission.request(), &[]);
    assert_eq!(judged.status, "Success", "{}", judged.package.envelope);
    assert_is_found(domain, &submission);
    assert_is_retrieved(domain, &submission);
}

/// XDS-T-052: the hash is compared without regard to case.
pub(crate) fn iti_41_a_hash_in_capitals_is_the_same_hash(domain: &Domain) {
    let mut submission = submission(&known_patient(domain));
    submission.hash = submission.hash.map(|hash| hash.to_ascii_uppercase());
    assert_eq!(provide(domain, &submission).status, "Success");
    assert_is_retrieved(domain, &submission);
}

fn assert_is_found(domain: &Domain, submission: &Submission) {
    let (status, errors, objects) = ask_query(domain, FIND_DOCUMENTS, &submission.patient);
    assert_eq!(
        (status.as_str(), errors.len(), objects.len()),
        ("Success", 0, 1)
    );
    assert!(objects[0].starts_with("ExtrinsicObject") || objects[0].contains(":ExtrinsicObject"));
}

fn assert_is_retrieved(domain: &Domain, submission: &Submission) {
    let repository = domain.endpoint("repository_unique_id");
    let judged = retrieve(domain, repository, &submission.unique_id);
    let text = &judged.package.envelope;
    assert_eq!(
        (judged.status.as_str(), judged.codes.len()),
        ("Success", 0),
        "{text}"
    );
    assert_eq!(xml::text(text, "RepositoryUniqueId"), Some(repository));
    let unique_id = Some(submission.unique_id.as_str());
    assert_eq!(xml::text(text, "DocumentUniqueId"), unique_id);
    assert_eq!(
        xml::texts(text, "HomeCommunityId"),
        [""; 0],
        "not asked for"
    );
    assert_eq!(xml::text(text, "mimeType"), Some("text/plain"));
    let [include] = xml::tags(text, "Include")[..] else {
        panic!("not one xop:Include: {text}");
    };
    let href = xml::attribute(include, "href").expect("href");
    assert_eq!(judged.package.included(href), Some(DOCUMENT));
    assert_eq!(judged.package.parts.len(), 1);
}

/// XDS-T-050
pub(crate) fn iti_41_a_missing_part_is_refused(domain: &Domain) {
    let patient = known_patient(domain);
    let mut absent = submission(&patient);
    absent.content = Some(xds::include("nowhere@conformance.example"));
    let judged = provide(domain, &absent);
    assert_refused(domain, &absent, &judged, "XDSMissingDocument");
    let judged = call(domain, PROVIDE, &absent.request(), &[]);
    assert_refused(domain, &absent, &judged, "XDSMissingDocument");
}

/// XDS-T-050
pub(crate) fn iti_41_a_missing_document_element_is_refused(domain: &Domain) {
    let mut none = submission(&known_patient(domain));
    none.content = None;
    let judged = provide(domain, &none);
    assert_refused(domain, &none, &judged, "XDSMissingDocument");
}

/// XDS-T-050
pub(crate) fn iti_41_a_document_without_entry_is_refused(domain: &Domain) {
    let one = submission(&known_patient(domain));
    let second = "<x:Document id=\"document02\">QQ==</x:Document></x:ProvideAndRegister";
    let body = one.request().replace("</x:ProvideAndRegister", second);
    let judged = call(domain, PROVIDE, &body, &[(PART, DOCUMENT)]);
    assert_refused(domain, &one, &judged, "XDSMissingDocumentMetadata");
}

/// XDS-T-051
pub(crate) fn iti_41_an_on_demand_entry_is_refused(domain: &Domain) {
    let one = submission(&known_patient(domain));
    let (stable, on_demand) = (
        "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
        "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248",
    );
    let body = one.request().replace(stable, on_demand);
    let judged = call(domain, PROVIDE, &body, &[(PART, DOCUMENT)]);
    assert_eq!(judged.status, "Failure");
    let code = "XDSRepositoryMetadataError";
    assert!(
        judged.codes.iter().all(|one| one == code),
        "{:?}",
        judged.codes
    );
    assert!(!judged.codes.is_empty());
}

/// XDS-T-052
pub(crate) fn iti_41_a_wrong_hash_or_size_is_refused(domain: &Domain) {
    let patient = known_patient(domain);
    let mut wrong = submission(&patient);
    wrong.hash = Some("0".repeat(40));
    let judged = provide(domain, &wrong);
    assert_refused(domain, &wrong, &judged, "XDSRepositoryMetadataError");
    let mut wrong = submission(&patient);
    wrong.size = Some(DOCUMENT.len() + 1);
    let judged = provide(domain, &wrong);
    assert_refused(domain, &wrong, &judged, "XDSRepositoryMetadataError");
}

/// XDS-T-055
pub(crate) fn iti_41_an_unknown_patient_is_refused_in_the_registrys_words(domain: &Domain) {
    let unknown = submission(&id(domain.endpoint("affinity_domain")));
    let judged = provide(domain, &unknown);
    assert_refused(domain, &unknown, &judged, "XDSUnknownPatientId");
}

/// XDS-T-071, 072
pub(crate) fn iti_43_an_unknown_document_is_refused(domain: &Domain) {
    let repository = domain.endpoint("repository_unique_id");
    assert_not_retrieved(
        domain,
        repository,
        "1.2.3.4.8.0.0",
        "XDSDocumentUniqueIdError",
    );
}

/// XDS-T-071, 072
pub(crate) fn iti_43_a_foreign_repository_is_refused(domain: &Domain) {
    assert_not_retrieved(
        domain,
        "1.2.3.4.9",
        "1.2.3.4.8.0.0",
        "XDSUnknownRepositoryId",
    );
}

fn assert_not_retrieved(domain: &Domain, repository: &str, unique_id: &str, code: &str) {
    let judged = retrieve(domain, repository, unique_id);
    let text = &judged.package.envelope;
    assert_eq!(
        (judged.status.as_str(), &judged.codes[..]),
        ("Failure", &[code.to_owned()][..])
    );
    assert_severe(text);
    if code == "XDSDocumentUniqueIdError" {
        assert_eq!(attributes(text, "codeContext"), [unique_id]);
    }
    assert_eq!(xml::tags(text, "DocumentResponse"), [""; 0], "{text}");
    assert_eq!(judged.package.parts.len(), 0);
}

/// XDS-T-009
pub(crate) fn iti_41_simple_soap_gets_a_fault(domain: &Domain) {
    let mut one = submission(&known_patient(domain));
    one.content = Some(DOCUMENT_BASE64.to_owned());
    let url = domain.endpoint("repository");
    let envelope = soap::envelope(url, PROVIDE, &message_id(), &one.request());
    let answer = post_to(url, &soap::content_type(PROVIDE), envelope.as_bytes());
    assert_eq!(answer.status, 400, "{}", answer.text());
    crate::registry::assert_is_soap(&answer);
    assert_eq!(
        codes_of_fault(&answer.text())[0],
        format!("{{{SOAP12}}}Sender")
    );
    assert_refused_as_a_whole(domain, &one);
}

fn assert_refused_as_a_whole(domain: &Domain, submission: &Submission) {
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
    assert_refused_as_a_whole(domain, &one);
    iti_41_what_is_published_is_found_and_retrieved_byte_for_byte(domain);
}

/// A sender that hangs up in the middle: a fault or nothing, never a success, and the server goes on.
pub(crate) fn iti_41_a_sender_that_hangs_up_registers_nothing(domain: &Domain) {
    let one = submission(&known_patient(domain));
    hang_up(domain, &one);
    assert_refused_as_a_whole(domain, &one);
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
