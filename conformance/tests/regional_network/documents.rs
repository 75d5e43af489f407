//! The Document Repository: ITI-41 and ITI-43 as MTOM packages (ITI TF-2 3.41, 3.43, V.8), and what the registry then knows.

use crate::domain::{Domain, unique};
use crate::hl7::{ask, feed, id};
use crate::registry::{ask_query, post_to};
use conformance::http::Answer;
use conformance::mtom::{self, Package};
use conformance::soap::{self, FIND_DOCUMENTS};
use conformance::xds::{self, DOCUMENT, DOCUMENT_BASE64, PROVIDE, RETRIEVE, Submission};
use conformance::{hl7, xml};

pub(crate) const PART: &str = "document@conformance.example";

/// Status, error codes, and the package itself.
pub(crate) struct Judged {
    pub(crate) status: String,
    pub(crate) codes: Vec<String>,
    pub(crate) package: Package,
}

pub(crate) fn message_id() -> String {
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
