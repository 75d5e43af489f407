//! ITI-20: whatever is refused leaves a record with an outcome other than 0 in the Audit Record Repository.

use crate::domain::Domain;
use crate::{documents, hl7, packages, registry, tls};
use std::time::{Duration, Instant};

/// How long a record may travel.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many records of that source and event say that something failed.
fn failures(domain: &Domain, source: &str, event: &str) -> usize {
    let trail = domain.audit_trail();
    let told = trail.lines().filter(|line| line.contains(" failure"));
    told.filter(|line| line.contains(source) && line.contains(event))
        .count()
}

/// Before the case there is no such record on this fresh server; after it there are at least `expected`.
fn assert_recorded(
    domain: &Domain,
    case: fn(&Domain),
    (source, event): (&str, &str),
    expected: usize,
) {
    assert_eq!(failures(domain, source, event), 0, "before the case");
    case(domain);
    await_failures(domain, (source, event), expected);
}

fn await_failures(domain: &Domain, (source, event): (&str, &str), expected: usize) {
    let start = Instant::now();
    loop {
        let found = failures(domain, source, event);
        if found >= expected {
            return;
        }
        assert!(
            start.elapsed() < PATIENCE,
            "{found} of {expected} failures of {source}, {event}:\n{}",
            domain.audit_trail()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

macro_rules! is_recorded {
    ($($module:ident :: $case:ident: $expected:literal of $source:literal $event:literal),* $(,)?) => { $(
        mod $case {
            #[test]
            fn is_recorded() {
                let domain = super::Domain::start(&["--plain"]);
                super::assert_recorded(&domain, super::$module::$case, ($source, $event), $expected);
            }
        }
    )* };
}

// What is no XML names no transaction: there, any of the registry's will do.
is_recorded![
    hl7::iti_8_malformed_hl7_is_refused: 5 of "pix-manager" "ITI-8",
    hl7::iti_8_an_unknown_trigger_is_refused: 1 of "pix-manager" "ITI-8",
    hl7::iti_8_an_unknown_message_type_is_refused: 1 of "pix-manager" "ITI-8",
    hl7::iti_8_a_wrong_version_is_refused: 1 of "pix-manager" "ITI-8",
    hl7::iti_8_an_unknown_domain_is_refused: 2 of "pix-manager" "ITI-8",
    hl7::iti_9_an_unknown_id_is_refused: 3 of "pix-manager" "ITI-9",
    registry::what_is_no_xml_gets_a_fault: 4 of "document-registry" "ITI-",
    registry::a_document_type_declaration_gets_a_fault: 1 of "document-registry" "ITI-",
    registry::a_wrong_action_gets_a_fault: 1 of "document-registry" "ITI-18",
    registry::iti_18_an_unknown_query_fails: 1 of "document-registry" "ITI-18",
    documents::iti_41_a_missing_part_is_refused: 2 of "document-repository" "ITI-41",
    documents::iti_41_a_missing_document_element_is_refused: 1 of "document-repository" "ITI-41",
    documents::iti_41_a_wrong_hash_or_size_is_refused: 2 of "document-repository" "ITI-41",
    packages::iti_41_simple_soap_gets_a_fault: 1 of "document-repository" "ITI-41",
    packages::iti_41_a_package_cut_short_gets_a_fault: 6 of "document-repository" "ITI-41",
    packages::iti_41_a_sender_that_hangs_up_registers_nothing: 1 of "document-repository" "ITI-41",
    documents::iti_43_an_unknown_document_is_refused: 1 of "document-repository" "ITI-43",
    documents::iti_43_a_foreign_repository_is_refused: 1 of "document-repository" "ITI-43",
];

/// ITI-41 at the repository, ITI-42 at both ends.
#[test]
fn an_unknown_patient_is_recorded_by_repository_and_registry() {
    let domain = Domain::start(&["--plain"]);
    let case = documents::iti_41_an_unknown_patient_is_refused_in_the_registrys_words;
    assert_recorded(&domain, case, ("document-repository", "ITI-41"), 1);
    await_failures(&domain, ("document-repository", "ITI-42"), 1);
    await_failures(&domain, ("document-registry", "ITI-42"), 1);
}

/// ITI-19: Node Authentication failures (DICOM 110126) of the five TLS listeners.
#[test]
fn a_client_without_certificate_is_recorded_by_every_listener() {
    let domain = Domain::start(&[]);
    let case = tls::iti_19_nobody_without_certificate_is_answered;
    assert_recorded(&domain, case, ("", "110126"), tls::TLS_LISTENERS.len());
}
