//! A registry in somebody else's HTTP server: axum, which also accepts the connections.

use crate::support::{World, cx};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::routing::post;
use ihe_atna::Peer;
use ihe_soap::{Client, Connect, Limits, OutBody, Outgoing};
use ihe_xds::registry_response::ResponseStatus;
use ihe_xds::store::SqliteStore;
use ihe_xds::{DocumentRegistry, iti18, iti42};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};

struct Tcp;

impl Connect for Tcp {
    type Stream = TcpStream;

    async fn connect(&self, host: &str, port: u16) -> std::io::Result<TcpStream> {
        TcpStream::connect((host, port)).await
    }
}

type Registry = Arc<DocumentRegistry<SqliteStore>>;

/// What a vendor writes: who the peer is, and the door for it.
async fn registry(
    State(registry): State<Registry>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    request: Request,
) -> axum::http::Response<OutBody> {
    registry
        .service(&Peer::unknown(address))
        .answer(request)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_is_mounted_in_an_axum_server_and_audits_its_peer() {
    let world = World::start().await;
    world.admit("P1").await;
    let router = Router::new()
        .route("/health", axum::routing::get(async || "well"))
        .route("/xds/registry", post(registry))
        .route_service(
            "/fixed",
            world
                .registry
                .service(&Peer::unknown(([10, 0, 0, 9], 1).into())),
        )
        .with_state(Arc::clone(&world.registry));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let client = Client::new(Tcp, Limits::default());
    let query = iti18::FindDocuments::new(&cx("P1")).approved();
    let body = iti18::encode(&iti18::Request::from(iti18::StoredQuery::from(query)));
    for path in ["xds/registry", "fixed"] {
        let url = format!("http://{address}/{path}");
        let message = Outgoing::request(iti18::REQUEST_ACTION, &url, body.clone());
        let reply = client.call(&url, message).await.unwrap();
        let response = iti18::Response::decode(&reply.envelope.body).unwrap();
        assert_eq!(response.status, ResponseStatus::Success);
        let refused = Outgoing::request("urn:nothing", &url, "<a/>");
        let refused = client.call(&url, refused).await;
        assert!(
            matches!(refused, Err(ihe_soap::Error::Fault(_))),
            "{refused:?}"
        );
        let broken = Outgoing::request(iti42::REQUEST_ACTION, &url, "<a></b>");
        assert!(client.call(&url, broken).await.is_err());
    }
    assert_eq!(world.audit.count("ITI-18", true), 2);
    assert_eq!(
        world.audit.count("ITI-42", false),
        4,
        "refusals are audited too"
    );
}
