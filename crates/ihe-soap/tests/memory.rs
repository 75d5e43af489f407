//! A large file goes through client and server without being held in memory.
#![cfg(all(feature = "server", target_os = "linux"))]

use std::sync::Arc;

use ihe_soap::{
    Attachment, Client, Connect, Endpoint, Incoming, Limits, Outgoing, Reply, Service, Source,
    serve_stream,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const SIZE: u64 = 96 << 20;

fn peak_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("status");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .expect("VmHWM");
    line.split_whitespace()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .expect("a number")
}

/// Counts the octets of all attachments.
struct Count;

impl Service for Count {
    async fn handle(&self, mut request: Incoming) -> Reply {
        let mut bytes = 0;
        while let Ok(Some(mut part)) = request.parts.next().await {
            while let Ok(Some(chunk)) = part.chunk().await {
                bytes += chunk.len();
            }
        }
        let body = format!("<parts bytes=\"{bytes}\"/>");
        Reply::Message(
            Outgoing::reply(&request.envelope, "urn:counted", body).packed(request.packaging),
        )
    }
}

struct Tcp;

impl Connect for Tcp {
    type Stream = TcpStream;

    async fn connect(&self, host: &str, port: u16) -> std::io::Result<TcpStream> {
        TcpStream::connect((host, port)).await
    }
}

async fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let stop = CancellationToken::new();
            let door = Endpoint::new(Limits::default()).door(Arc::new(Count));
            let _ = serve_stream(stream, door, &stop).await;
        }
    });
    format!("http://{address}/service")
}

#[tokio::test]
async fn memory_stays_flat_while_a_large_file_streams() {
    let url = start().await;
    let file = tempfile::NamedTempFile::new().expect("file");
    file.as_file().set_len(SIZE).expect("size");
    let client = Client::new(Tcp, Limits::default());
    client
        .call(&url, Outgoing::request("urn:count", "u", "<q/>"))
        .await
        .expect("warm");
    let before = peak_kilobytes();
    let attachment = Attachment::new("x/y", Source::File(file.path().to_owned()));
    let reply = client
        .call(
            &url,
            Outgoing::request("urn:count", "u", "<q/>").attach(attachment),
        )
        .await
        .expect("reply");
    assert!(
        reply.envelope.body.contains(&format!("bytes=\"{SIZE}\"")),
        "{}",
        reply.envelope.body
    );
    let grown = peak_kilobytes() - before;
    assert!(grown < 16 << 10, "{grown} KiB more");
}
