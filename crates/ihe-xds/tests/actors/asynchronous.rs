//! Registry and repository that answer at an address of the consumer's own (XDS-T-011; ITI TF-2 3.18.4.1.2.7, V.5).

use crate::support::{REPOSITORY, World, cx, entry, submission};
use hl7v2::datatype::Hd;
use ihe_soap::{Error, Incoming, Limits, Mailbox, Outgoing, Packaging, serve_stream};
use ihe_xds::registry_response::{self, ResponseStatus};
use ihe_xds::store::{FileStore, SqliteStore};
use ihe_xds::{DocumentRegistry, DocumentRepository, iti18, iti41, iti43};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const PATIENCE: Duration = Duration::from_secs(20);

/// A consumer's mailbox behind TLS, and its `localhost:port`.
async fn mailbox(world: &World) -> (Mailbox, String) {
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let host = format!("localhost:{}", listener.local_addr().unwrap().port());
    let mailbox = Mailbox::new(format!("https://{host}/replies"), 100);
    let (door, node) = (mailbox.door(Limits::default()), world.node.clone());
    let stop = world.stop.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (node, door, stop) = (node.clone(), door.clone(), stop.clone());
            tokio::spawn(async move {
                let (stream, _) = node.accept(stream).await.unwrap();
                let _ = serve_stream(stream, door, &stop).await;
            });
        }
    });
    (mailbox, host)
}

async fn octets(reply: &mut Incoming) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(mut part) = reply.parts.next().await.unwrap() {
        let mut octets = Vec::new();
        while let Some(chunk) = part.chunk().await.unwrap() {
            octets.extend_from_slice(&chunk);
        }
        all.push(octets);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_011_a_repository_takes_and_gives_documents_asynchronously() {
    let world = World::start().await;
    world.admit("P1").await;
    let (mailbox, host) = mailbox(&world).await;
    let store = FileStore::open(world.dir.path().join("asynchronous")).unwrap();
    let repository =
        DocumentRepository::new(world.node.clone(), store, REPOSITORY, &world.registry_url);
    let repository = Arc::new(repository.with_reply_hosts([host]));
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("https://localhost:{port}/r");
    tokio::spawn(repository.serve_on(listener, "/r", world.stop.clone()));
    let one = entry("P1");
    let content: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 241) as u8).collect();
    let part = ihe_soap::Attachment::new(
        "text/plain",
        ihe_soap::Source::Bytes(content.clone().into()),
    );
    let parts = [(one.entry_uuid.clone(), part.content_id.clone())];
    let body = iti41::encode(&submission("P1", vec![one.clone()]), &parts);
    let message = Outgoing::request(iti41::REQUEST_ACTION, &url, body).attach(part);
    let client = world.client();
    let reply = client
        .call_async(&url, message, &mailbox, PATIENCE)
        .await
        .unwrap();
    assert_eq!(reply.envelope.action, iti41::RESPONSE_ACTION);
    assert_eq!(reply.envelope.to.as_deref(), Some(mailbox.address()));
    let response = registry_response::decode(&reply.envelope.body).unwrap();
    assert_eq!(response.status, ResponseStatus::Success);
    let documents = vec![iti43::DocumentRequest {
        home_community_id: None,
        repository_unique_id: REPOSITORY.into(),
        document_unique_id: one.unique_id.clone(),
    }];
    let body = iti43::Request { documents }.encode();
    let message = Outgoing::request(iti43::REQUEST_ACTION, &url, body).mtom();
    let mut reply = client
        .call_async(&url, message, &mailbox, PATIENCE)
        .await
        .unwrap();
    assert_eq!(reply.packaging, Packaging::Mtom);
    assert!(octets(&mut reply).await == [content]);
    assert_eq!(
        (
            world.audit.count("ITI-41", true),
            world.audit.count("ITI-43", true)
        ),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_011_a_registry_answers_a_stored_query_asynchronously_and_only_to_listed_hosts() {
    let world = World::start().await;
    let (mailbox, host) = mailbox(&world).await;
    let store = SqliteStore::open(world.dir.path().join("asynchronous.db"))
        .await
        .unwrap();
    let registry = DocumentRegistry::new(world.node.clone(), store);
    let registry = registry.with_affinity_domain(Hd::oid(crate::support::DOMAIN));
    let registry = Arc::new(registry.with_reply_hosts([host]));
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let url = format!(
        "https://localhost:{}/r",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(registry.serve_on(listener, "/r", world.stop.clone()));
    let query = iti18::FindDocuments::new(&cx("P1")).approved();
    let body = iti18::encode(&iti18::Request::from(iti18::StoredQuery::from(query)));
    let message = |url: &str| Outgoing::request(iti18::REQUEST_ACTION, url, body.clone());
    let client = world.client();
    let reply = client
        .call_async(&url, message(&url), &mailbox, PATIENCE)
        .await
        .unwrap();
    assert_eq!(reply.envelope.action, iti18::RESPONSE_ACTION);
    let response = iti18::Response::decode(&reply.envelope.body).unwrap();
    assert_eq!(response.status, ResponseStatus::Success);
    let elsewhere = Mailbox::new("https://localhost:1/replies", 1);
    let refused = client
        .call_async(&url, message(&url), &elsewhere, PATIENCE)
        .await;
    match refused {
        Err(Error::Fault(fault)) => {
            assert_eq!(fault.subsubcode.as_deref(), Some("wsa:InvalidAddress"));
        }
        other => panic!("no fault: {other:?}"),
    }
    // one without a list
    let url = &world.registry_url;
    let refused = client
        .call_async(url, message(url), &mailbox, PATIENCE)
        .await;
    match refused {
        Err(Error::Fault(fault)) => {
            let only = Some("wsa:OnlyAnonymousAddressSupported");
            assert_eq!(fault.subsubcode.as_deref(), only);
        }
        other => panic!("no fault: {other:?}"),
    }
    assert_eq!(
        world.audit.count("ITI-42", false),
        2,
        "refusals are audited"
    );
}
