use super::*;
use crate::error::{ErrorCode, RegistryError};
use crate::iti43;
use crate::metadata::tests::sample;
use crate::registry_response::ResponseStatus;
use ihe_atna::{Action, Outcome, Participant};

fn ends(initiator_is_us: bool) -> Ends {
    let end = |id: &str| Participant {
        user_id: id.into(),
        network_address: "10.0.0.1".into(),
        is_requestor: false,
        ..Participant::default()
    };
    Ends {
        source: end("repository"),
        destination: end("https://registry/"),
        initiator_is_us,
        human: None,
        purpose_of_use: None,
    }
}

#[test]
fn the_repository_exports_and_the_registry_imports_the_same_set_and_patient() {
    let subject = Subject::from(&sample());
    let sent = audit(&ends(true), &subject, &Verdict::success());
    let got = audit(&ends(false), &subject, &Verdict::success());
    assert_eq!(
        (sent[0].event_id.code, sent[0].action),
        ("110106", Action::Read)
    );
    assert_eq!(
        (got[0].event_id.code, got[0].action),
        ("110107", Action::Create)
    );
    assert_eq!(sent[0].transaction, ("ITI-42", "Register Document Set-b"));
    let ids: Vec<_> = sent[0]
        .objects
        .iter()
        .map(|object| object.id.clone())
        .collect();
    assert_eq!(ids, [subject.patient_id, subject.submission_set]);
}

#[test]
fn atna_r_040_and_043_failures_and_partial_successes_are_recorded() {
    let errors = [RegistryError::error(
        ErrorCode::XdsUnknownPatientId,
        "P1^^^&1.2.3&ISO",
    )];
    let verdict = Verdict::of(ResponseStatus::Failure, &errors);
    let events = audit(&ends(false), &Subject::default(), &verdict);
    assert_eq!(events[0].outcome, Outcome::MinorFailure);
    assert_eq!(
        events[0].outcome_description.as_deref(),
        Some("XDSUnknownPatientId")
    );
    let both = audit(
        &ends(false),
        &Subject::default(),
        &Verdict::of(ResponseStatus::PartialSuccess, &errors),
    );
    let outcomes: Vec<Outcome> = both.iter().map(|event| event.outcome).collect();
    assert_eq!(outcomes, [Outcome::Success, Outcome::MinorFailure]);
}

#[test]
fn atna_r_040_a_retrieval_has_one_event_for_what_came_and_one_for_what_did_not() {
    let asked = |id: &str| iti43::DocumentRequest {
        home_community_id: None,
        repository_unique_id: "1.2".into(),
        document_unique_id: id.into(),
    };
    let request = iti43::Request {
        documents: vec![asked("1"), asked("2"), asked("3")],
    };
    let document = iti43::DocumentResponse {
        request: asked("2"),
        new_repository_unique_id: None,
        new_document_unique_id: None,
        mime_type: "text/plain".into(),
        content: iti43::Content::Inline(Vec::new()),
    };
    let errors = vec![RegistryError::error(
        ErrorCode::XdsDocumentUniqueIdError,
        "1",
    )];
    let response = iti43::Response::new(vec![document], errors);
    let events = iti43::audit(&ends(true), &request, &response, None);
    let summary: Vec<_> = events
        .iter()
        .map(|e| (e.outcome, e.objects.len()))
        .collect();
    assert_eq!(summary, [(Outcome::Success, 1), (Outcome::MinorFailure, 2)]);
}

#[test]
fn a_query_is_recorded_with_its_id_its_text_and_its_patient() {
    let patient = hl7v2::datatype::Cx::new("P1", hl7v2::datatype::Hd::oid("1.2.3"));
    let request = crate::iti18::Request::from(crate::iti18::StoredQuery::from(
        crate::iti18::FindDocuments::new(&patient).approved(),
    ));
    let body = crate::iti18::encode(&request);
    let events = crate::iti18::audit(&ends(true), Some(&request), &body, &Verdict::success());
    assert_eq!(
        (events[0].event_id.code, events[0].action),
        ("110112", Action::Execute)
    );
    assert_eq!(events[0].objects[0].id.as_deref(), Some("P1^^^&1.2.3&ISO"));
    assert_eq!(events[0].objects[1].id.as_deref(), Some(request.query.id()));
    assert_eq!(events[0].objects[1].query.as_deref(), Some(body.as_bytes()));
}

#[test]
fn what_is_not_a_submission_is_malformed() {
    for body in ["", "<a/>", "not xml"] {
        assert!(matches!(
            decode(body, &Rules::default()),
            Err(DecodeError::Malformed(_))
        ));
    }
}
