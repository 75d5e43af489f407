//! The whole server: raw bytes of a connection, HTTP head, chunks, gzip, envelope, parts, and the answer.
#![no_main]

use ihe_soap::{Endpoint, Incoming, Limits, Outgoing, Reply, Service, serve_stream};
use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

struct Echo;

impl Service for Echo {
    async fn handle(&self, mut request: Incoming) -> Reply {
        while let Ok(Some(mut part)) = request.parts.next().await {
            while let Ok(Some(_)) = part.chunk().await {}
        }
        let body = request.envelope.body.clone();
        let reply = Outgoing::reply(&request.envelope, "urn:echoed", body);
        Reply::Message(reply.packed(request.packaging))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let limits = Limits {
        root: 1 << 20,
        message: 1 << 22,
        ..Limits::default()
    };
    runtime.block_on(async {
        let (near, far) = tokio::io::duplex(1 << 16);
        let door = Endpoint::new(limits).with_gzip().door(Arc::new(Echo));
        let (mut reader, mut writer) = tokio::io::split(near);
        let talk = async {
            let _ = writer.write_all(bytes).await;
            let _ = writer.shutdown().await;
        };
        let mut answer = Vec::new();
        let stop = Default::default();
        let serving = serve_stream(far, door, &stop);
        let (_, _, ended) = tokio::join!(talk, reader.read_to_end(&mut answer), serving);
        let _ = ended;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."));
    });
});
