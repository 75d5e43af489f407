//! ITI-18 and ITI-61 as the registry answers them: what only the actor decides.

use crate::support::{REPOSITORY, World, adt, codes, cx, entry, me, submission};
use chrono::{DateTime, Utc};
use ihe_soap::Outgoing;
use ihe_xds::error::ErrorCode;
use ihe_xds::iti18::{
    self, FindDocuments, FindSubmissionSets, GetDocuments, GetFoldersForDocument,
    GetSubmissionSets, Id, Ids, Request, ReturnType, StoredQuery,
};
use ihe_xds::metadata::{DocumentEntry, ObjectType, Objects, Submission};
use ihe_xds::registry_response::{self, ResponseStatus};
use ihe_xds::store::{
    MemoryStore, MergeError, PatientState, QueryError, RegisterError, RegistryStore, StoreError,
};
use ihe_xds::{DocumentConsumer, DocumentRegistry, Error, RegistryLimits, iti42, iti61};
use std::sync::Arc;
use tokio::net::TcpListener;

/// An entry as a repository sends it on.
fn stable(patient: &str) -> DocumentEntry {
    DocumentEntry {
        hash: Some("da39a3ee5e6b4b0d3255bfef95601890afd80709".into()),
        size: Some(0),
        repository_unique_id: Some(REPOSITORY.into()),
        ..entry(patient)
    }
}

fn on_demand(patient: &str) -> DocumentEntry {
    DocumentEntry {
        object_type: ObjectType::OnDemand,
        creation_time: None,
        repository_unique_id: Some("1.2.392.200.7".into()),
        ..entry(patient)
    }
}

/// Serves a registry beside the world's and returns its URL.
async fn serve<R: RegistryStore>(world: &World, registry: DocumentRegistry<R>) -> String {
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (registry, stop) = (Arc::new(registry), world.stop.child_token());
    tokio::spawn(registry.serve_on(listener, "/registry", stop));
    format!("https://localhost:{port}/registry")
}

async fn call(world: &World, action: &str, body: &str) -> (String, String) {
    let message = Outgoing::request(action, &world.registry_url, body);
    let reply = world.client().call(&world.registry_url, message).await;
    let envelope = reply.unwrap().envelope;
    (envelope.action, envelope.body)
}

async fn register(world: &World, action: &str, sent: &Submission) -> Vec<ErrorCode> {
    let (_, body) = call(world, action, &iti42::encode(sent)).await;
    let response = registry_response::decode(&body).unwrap();
    let errors = response.errors.into_iter();
    errors.map(|one| one.code).collect()
}

async fn ask(
    world: &World,
    query: impl Into<StoredQuery>,
    return_type: ReturnType,
) -> iti18::Response {
    let request = Request {
        return_type,
        ..Request::from(query.into())
    };
    let (action, body) = call(world, iti18::REQUEST_ACTION, &iti18::encode(&request)).await;
    assert_eq!(action, iti18::RESPONSE_ACTION);
    iti18::Response::decode(&body).unwrap()
}

/// Two patients with one document each.
async fn two_patients() -> (World, DocumentEntry, DocumentEntry) {
    let world = World::start().await;
    let (one, other) = (stable("P1"), stable("P2"));
    for (id, entry) in [("P1", &one), ("P2", &other)] {
        world.admit(id).await;
        let sent = submission(id, vec![entry.clone()]);
        assert_eq!(register(&world, iti42::REQUEST_ACTION, &sent).await, []);
    }
    (world, one, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_with_metadata_is_of_one_patient_and_merged_patients_are_one() {
    let (world, one, other) = two_patients().await;
    let uuids = vec![one.entry_uuid, other.entry_uuid];
    let documents = || GetDocuments {
        ids: Ids::EntryUuids(uuids.clone()),
    };
    let sets = || GetSubmissionSets {
        uuids: uuids.clone(),
    };
    let queries: [StoredQuery; 2] = [documents().into(), sets().into()];
    for query in queries {
        let refused = ask(&world, query.clone(), ReturnType::LeafClass).await;
        assert_eq!(refused.status, ResponseStatus::Failure);
        assert_eq!(refused.errors[0].code, ErrorCode::XdsResultNotSinglePatient);
        assert!(refused.objects.is_empty());
        let references = ask(&world, query, ReturnType::ObjectRef).await;
        assert_eq!(references.status, ResponseStatus::Success);
        assert!(references.objects.references.len() >= 2);
    }
    assert_eq!(world.feed(&adt("A40", "P1", Some("P2"))).await, "AA");
    let found = ask(&world, documents(), ReturnType::LeafClass).await;
    assert_eq!(
        (found.status, found.objects.documents.len()),
        (ResponseStatus::Success, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_r_074_and_xds_t_037_nothing_found_is_success_with_an_empty_list() {
    let world = World::start().await;
    let unknown = FindSubmissionSets::new(&cx("NOBODY"));
    let id = Id::UniqueId("1.2.3".into());
    let queries: [StoredQuery; 2] = [unknown.into(), GetFoldersForDocument { id }.into()];
    for query in queries {
        let request = Request::from(query);
        let (_, body) = call(&world, iti18::REQUEST_ACTION, &iti18::encode(&request)).await;
        assert!(body.contains("RegistryObjectList"), "XDS-T-022");
        let response = iti18::Response::decode(&body).unwrap();
        assert_eq!(response.status, ResponseStatus::Success);
        assert!(response.objects.is_empty() && response.errors.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_045_too_many_results_are_none() {
    let world = World::start().await;
    let (store, patient) = (MemoryStore::new(), cx("P1").to_xds());
    store.add_patient(patient).await.unwrap();
    let sent = submission("P1", vec![stable("P1"), stable("P1")]);
    store.register(sent, chrono::Utc::now()).await.unwrap();
    let limits = RegistryLimits {
        results: 1,
        references: 2,
        ..RegistryLimits::default()
    };
    let registry = DocumentRegistry::new(world.node.clone(), store).with_limits(limits);
    let url = serve(&world, registry).await;
    let consumer = DocumentConsumer::new(world.node.clone(), &url);
    let find = FindDocuments::new(&cx("P1")).approved();
    let refused = consumer.query(&me(), find.clone()).await;
    assert_eq!(codes(refused), [ErrorCode::XdsTooManyResults]);
    let mut request = Request::from(StoredQuery::from(find));
    request.return_type = ReturnType::ObjectRef;
    let answer = consumer.ask(&me(), &request).await.unwrap();
    assert_eq!(answer.objects.references.len(), 2);
}

/// A store whose disk is gone.
struct Broken;

fn gone() -> StoreError {
    StoreError::Failed("disk is gone".into())
}

impl RegistryStore for Broken {
    async fn register(&self, _: Submission, _: DateTime<Utc>) -> Result<(), RegisterError> {
        Err(gone().into())
    }

    async fn query(&self, _: StoredQuery, _: usize) -> Result<Objects, QueryError> {
        Err(gone().into())
    }

    async fn add_patient(&self, _: String) -> Result<PatientState, StoreError> {
        Err(gone())
    }

    async fn merge_patients(&self, _: Vec<(String, String)>) -> Result<(), MergeError> {
        Err(gone().into())
    }

    async fn patient(&self, _: String) -> Result<PatientState, StoreError> {
        Err(gone())
    }

    async fn documents_after(
        &self,
        _: Option<String>,
        _: usize,
    ) -> Result<Vec<DocumentEntry>, StoreError> {
        Err(gone())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_023_a_failure_of_the_store_is_xds_registry_error_with_no_detail_of_the_store() {
    let world = World::start().await;
    let url = serve(&world, DocumentRegistry::new(world.node.clone(), Broken)).await;
    let consumer = DocumentConsumer::new(world.node.clone(), &url);
    let refused = consumer
        .query(&me(), FindDocuments::new(&cx("P1")).approved())
        .await;
    let Err(Error::Refused(refusal)) = refused else {
        panic!("not refused");
    };
    assert_eq!(refusal.errors.len(), 1);
    assert_eq!(refusal.errors[0].code, ErrorCode::XdsRegistryError);
    assert_eq!(refusal.errors[0].context, "registry store failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_040_a_query_with_a_home_is_answered_as_one_without() {
    let (world, one, _) = two_patients().await;
    let ids = Ids::UniqueIds(vec![one.unique_id.clone()]);
    let mut request = Request::from(StoredQuery::from(GetDocuments { ids }));
    request.home = Some("urn:oid:1.2.3".into());
    let (_, body) = call(&world, iti18::REQUEST_ACTION, &iti18::encode(&request)).await;
    let response = iti18::Response::decode(&body).unwrap();
    assert_eq!(response.objects.documents.len(), 1);
    assert_eq!(response.objects.documents[0].home_community_id, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_gives_the_answer_as_xml_too_and_audits_it_the_same() {
    let (world, one, _) = two_patients().await;
    let ids = Ids::UniqueIds(vec![one.unique_id.clone()]);
    let request = Request::from(StoredQuery::from(GetDocuments { ids }));
    let before = world.audit.count("ITI-18", true);
    let xml = world.consumer().ask_xml(&me(), &request).await.unwrap();
    let response = iti18::Response::decode(&xml).unwrap();
    assert_eq!(response.objects.documents[0].unique_id, one.unique_id);
    assert_eq!(world.audit.count("ITI-18", true) - before, 2, "both sides");
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_020_a_refused_query_names_every_error_and_is_audited() {
    let world = World::start().await;
    let patient = cx("P1");
    let query = FindDocuments {
        class_codes: vec![ihe_xds::metadata::Code::new("a", "", "")],
        ..FindDocuments::new(&patient)
    };
    let refused = codes(world.consumer().query(&me(), query).await);
    assert_eq!(
        refused,
        [
            ErrorCode::XdsRegistryError,
            ErrorCode::XdsStoredQueryMissingParam
        ]
    );
    assert_eq!(world.audit.count("ITI-18", false), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn od_r_001_an_on_demand_entry_is_registered_answered_audited_and_found() {
    let world = World::start().await;
    world.admit("P1").await;
    let entry = on_demand("P1");
    let sent = submission("P1", vec![entry.clone()]);
    let (action, body) = call(&world, iti61::REQUEST_ACTION, &iti61::encode(&sent)).await;
    assert_eq!(action, iti61::RESPONSE_ACTION, "OD-R-010");
    let response = registry_response::decode(&body).unwrap();
    assert_eq!(
        (response.status, response.errors),
        (ResponseStatus::Success, vec![])
    );
    assert_eq!(world.audit.count("ITI-61", true), 1);
    assert!(
        world
            .audit
            .object_ids()
            .contains(&sent.submission_set.unique_id)
    );
    let find = FindDocuments::new(&cx("P1")).approved();
    let found = world.consumer().query(&me(), find.clone()).await.unwrap();
    assert!(found.is_empty(), "OD-R-013");
    let found = world
        .consumer()
        .query(&me(), find.on_demand_too())
        .await
        .unwrap();
    assert_eq!(found.documents.len(), 1);
    assert_eq!(
        found.documents[0].repository_unique_id,
        entry.repository_unique_id
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn od_r_002_and_009_each_transaction_refuses_the_other_kind_and_keeps_nothing() {
    let world = World::start().await;
    world.admit("P1").await;
    let (one, other) = (stable("P1"), on_demand("P1"));
    for (action, entry) in [(iti61::REQUEST_ACTION, one), (iti42::REQUEST_ACTION, other)] {
        let sent = submission("P1", vec![entry]);
        let errors = register(&world, action, &sent).await;
        assert!(
            errors.contains(&ErrorCode::XdsRegistryMetadataError),
            "{action}"
        );
    }
    let find = FindDocuments::new(&cx("P1")).approved().on_demand_too();
    assert!(
        world
            .consumer()
            .query(&me(), find)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(world.audit.count("ITI-61", false), 1);
    assert_eq!(world.audit.count("ITI-42", false), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_iti_61_is_audited_as_iti_61() {
    let world = World::start().await;
    let message = Outgoing::request(iti61::REQUEST_ACTION, &world.registry_url, "<a/>");
    let answer = world.client().call(&world.registry_url, message).await;
    assert!(matches!(answer, Err(ihe_soap::Error::Fault(_))));
    assert_eq!(world.audit.all(), [("ITI-61".to_owned(), false)]);
}
