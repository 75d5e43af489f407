//! The Document Registry's SOAP door and ITI-18 (ITI TF-2 3.18, appendix V).

use crate::domain::{Domain, connect, unique};
use crate::hl7::{ask, feed, id};
use conformance::http::{self, Answer};
use conformance::soap::{self, FIND_DOCUMENTS, REGISTRY_STORED_QUERY, SOAP12, WSA};
use conformance::xml;

fn post(domain: &Domain, content_type: &str, body: &str) -> Answer {
    post_to(domain.endpoint("registry"), content_type, body.as_bytes())
}

/// One POST on a connection of its own.
pub(crate) fn post_to(url: &str, content_type: &str, body: &[u8]) -> Answer {
    let rest = url
        .strip_prefix("http://")
        .unwrap_or_else(|| panic!("{url} is not plain http"));
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = format!("/{path}");
    http::post(&mut connect(host), host, &path, content_type, body).expect("an answer")
}

/// Sends a request and checks that what comes is SOAP 1.2 and relates to it.
fn call(domain: &Domain, action: &str, body: &str) -> Answer {
    let message_id = format!("urn:uuid:00000000-0000-4000-8000-{:012x}", unique());
    let envelope = soap::envelope(domain.endpoint("registry"), action, &message_id, body);
    let answer = post(domain, &soap::content_type(action), &envelope);
    let text = answer.text();
    assert_eq!(
        xml::text(&text, "RelatesTo"),
        Some(message_id.as_str()),
        "{text}"
    );
    assert_is_soap(&answer);
    answer
}

pub(crate) fn assert_is_soap(answer: &Answer) {
    let content_type = answer.header("content-type").unwrap_or_default();
    assert!(
        content_type.starts_with("application/soap+xml"),
        "{content_type}"
    );
    let text = answer.text();
    let name = text
        .split("Envelope")
        .next()
        .and_then(|start| start.rsplit('<').next())
        .unwrap_or_default();
    assert_eq!(
        xml::expand(&text, &format!("{name}Envelope")),
        format!("{{{SOAP12}}}Envelope")
    );
}

/// The fault's code and subcodes with their namespaces.
fn fault_codes(answer: &Answer) -> Vec<String> {
    codes_of_fault(&answer.text())
}

/// As [`fault_codes`], of an envelope.
pub(crate) fn codes_of_fault(text: &str) -> Vec<String> {
    assert_eq!(xml::tags(text, "Fault").len(), 1, "{text}");
    assert!(
        xml::text(text, "Text").is_some_and(|reason| !reason.is_empty()),
        "no reason: {text}"
    );
    xml::texts(text, "Value")
        .into_iter()
        .map(|code| xml::expand(text, code))
        .collect()
}

pub(crate) fn what_is_no_xml_gets_a_fault(domain: &Domain) {
    let torn = format!("<s:Envelope xmlns:s=\"{SOAP12}\"><s:Body></s:Envelope>");
    for body in ["this is no XML", "", torn.as_str(), "{\"json\": true}"] {
        let answer = post(domain, &soap::content_type(REGISTRY_STORED_QUERY), body);
        assert_eq!(answer.status, 400, "{body:?}");
        assert_is_soap(&answer);
        assert_eq!(
            fault_codes(&answer)[0],
            format!("{{{SOAP12}}}Sender"),
            "{body:?}"
        );
    }
}

pub(crate) fn a_document_type_declaration_gets_a_fault(domain: &Domain) {
    let query = soap::stored_query(FIND_DOCUMENTS, "1^^^&1.2.3&ISO");
    let envelope = soap::envelope("urn:x", REGISTRY_STORED_QUERY, "urn:uuid:1", &query);
    let hostile = format!("<!DOCTYPE e [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{envelope}");
    let answer = post(domain, &soap::content_type(REGISTRY_STORED_QUERY), &hostile);
    assert_eq!(answer.status, 400);
    assert_eq!(fault_codes(&answer)[0], format!("{{{SOAP12}}}Sender"));
}

pub(crate) fn a_wrong_action_gets_a_fault(domain: &Domain) {
    let query = soap::stored_query(FIND_DOCUMENTS, "1^^^&1.2.3&ISO");
    let answer = call(domain, "urn:ihe:iti:2007:NoSuchTransaction", &query);
    assert_eq!(answer.status, 400);
    let expected = [
        format!("{{{SOAP12}}}Sender"),
        format!("{{{WSA}}}ActionNotSupported"),
    ];
    assert_eq!(fault_codes(&answer), expected);
}

/// The status of an AdhocQueryResponse, its error codes, and the objects in it.
pub(crate) fn ask_query(
    domain: &Domain,
    query_id: &str,
    patient: &str,
) -> (String, Vec<String>, Vec<String>) {
    let answer = call(
        domain,
        REGISTRY_STORED_QUERY,
        &soap::stored_query(query_id, patient),
    );
    let text = answer.text();
    assert_eq!(answer.status, 200, "{text}");
    assert_eq!(
        xml::text(&text, "Action"),
        Some("urn:ihe:iti:2007:RegistryStoredQueryResponse")
    );
    let [response] = xml::tags(&text, "AdhocQueryResponse")[..] else {
        panic!("not one AdhocQueryResponse: {text}");
    };
    let status = xml::attribute(response, "status").unwrap_or_default();
    let status = status.rsplit(':').next().unwrap_or_default().to_owned();
    assert_eq!(
        xml::tags(&text, "RegistryObjectList").len(),
        1,
        "XDS-T-022: {text}"
    );
    let errors = xml::tags(&text, "RegistryError").into_iter();
    let errors = errors
        .filter_map(|tag| xml::attribute(tag, "errorCode"))
        .map(str::to_owned);
    let kinds = [
        "ExtrinsicObject",
        "RegistryPackage",
        "Association",
        "ObjectRef",
    ];
    let objects = kinds
        .into_iter()
        .flat_map(|kind| xml::tags(&text, kind))
        .map(str::to_owned);
    (status, errors.collect(), objects.collect())
}

pub(crate) fn iti_18_an_unknown_query_fails(domain: &Domain) {
    let patient = id(domain.endpoint("affinity_domain"));
    let unknown = "urn:uuid:00000000-0000-4000-8000-000000000000";
    let (status, errors, objects) = ask_query(domain, unknown, &patient);
    assert_eq!(
        (status.as_str(), errors),
        ("Failure", vec!["XDSUnknownStoredQuery".to_owned()])
    );
    assert!(objects.is_empty(), "{objects:?}");
}

pub(crate) fn iti_18_a_patient_without_documents_has_an_empty_list(domain: &Domain) {
    let patient = id(domain.endpoint("affinity_domain"));
    let answer = ask(
        domain,
        "registry_feed",
        &feed(std::slice::from_ref(&patient)),
    );
    assert_eq!(conformance::hl7::verdict(&answer), "AA");
    let nothing = ("Success".to_owned(), Vec::new(), Vec::new());
    assert_eq!(ask_query(domain, FIND_DOCUMENTS, &patient), nothing);
}
