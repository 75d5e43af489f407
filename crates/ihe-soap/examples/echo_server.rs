//! A SOAP service in an HTTP server of one's own: hyper accepts, [`ihe_soap::Door`] answers.
//!
//! `cargo run -p ihe-soap --example echo_server [address]`, then `curl -d @request.xml -H 'Content-Type: application/soap+xml' …`

use ihe_soap::{Endpoint, Incoming, Limits, Outgoing, Reply, Service};
use std::sync::Arc;

struct Echo;

impl Service for Echo {
    async fn handle(&self, request: Incoming) -> Reply {
        let body = request.envelope.body.clone();
        let action = format!("{}Response", request.envelope.action);
        let reply = Outgoing::reply(&request.envelope, action, body);
        Reply::Message(reply.packed(request.packaging))
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1);
    let address = address.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("{}", listener.local_addr()?);
    let door = Endpoint::new(Limits::default())
        .with_gzip()
        .door(Arc::new(Echo));
    loop {
        let (stream, _) = listener.accept().await?;
        let (io, door) = (hyper_util::rt::TokioIo::new(stream), door.clone());
        tokio::spawn(async move {
            let http = hyper::server::conn::http1::Builder::new();
            http.serve_connection(io, door).await
        });
    }
}
