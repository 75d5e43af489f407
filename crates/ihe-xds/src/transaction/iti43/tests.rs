use super::*;
use crate::error::ErrorCode;

fn asked(id: &str, home: Option<&str>) -> DocumentRequest {
    DocumentRequest {
        home_community_id: home.map(str::to_owned),
        repository_unique_id: "1.2.3".into(),
        document_unique_id: id.into(),
    }
}

fn found(id: &str, content: Content) -> DocumentResponse {
    DocumentResponse {
        request: asked(id, Some("urn:oid:1.2")),
        new_repository_unique_id: None,
        new_document_unique_id: Some("9.9".into()),
        mime_type: "text/plain".into(),
        content,
    }
}

#[test]
fn requests_read_back_and_home_stays_where_it_was() {
    let request = Request {
        documents: vec![asked("1.1", None), asked("1.2^x", Some("urn:oid:1.2"))],
    };
    assert_eq!(
        Request::decode(&request.encode(), &Limits::default()).unwrap(),
        request
    );
}

#[test]
fn xds_t_077_a_request_for_nothing_or_without_ids_is_malformed() {
    let xml = Request {
        documents: vec![asked("1.1", None)],
    }
    .encode();
    let decode = |xml: &str| Request::decode(xml, &Limits::default());
    assert!(decode(&xml.replace("<xds:DocumentUniqueId>1.1</xds:DocumentUniqueId>", "")).is_err());
    assert!(decode(&xml.replace("1.2.3<", "<")).is_err());
    assert!(
        decode(
            &Request {
                documents: Vec::new()
            }
            .encode()
        )
        .is_err()
    );
}

#[test]
fn xds_t_070_and_072_answers_read_back_and_the_status_follows() {
    let error = RegistryError::error(ErrorCode::XdsDocumentUniqueIdError, "1.2").at("1.2.3");
    let some = found(
        "1.1",
        Content::Include {
            content_id: "a@b".into(),
        },
    );
    let inline = found("1.3", Content::Inline(vec![0, 255, 7]));
    let all = Response::new(vec![some.clone(), inline], Vec::new());
    assert_eq!(all.status, ResponseStatus::Success);
    let partial = Response::new(vec![some], vec![error.clone()]);
    assert_eq!(partial.status, ResponseStatus::PartialSuccess);
    let none = Response::new(Vec::new(), vec![error]);
    assert_eq!(none.status, ResponseStatus::Failure);
    for response in [all, partial, none] {
        assert_eq!(Response::decode(&response.encode()).unwrap(), response);
    }
}

#[test]
fn an_answer_without_a_registry_response_is_malformed() {
    let text = format!("<RetrieveDocumentSetResponse xmlns='{}'/>", ns::XDS);
    assert!(Response::decode(&text).is_err());
}
