//! Ten thousand connections that say nothing: the limit holds, memory is bounded, the registry answers afterwards.

use crate::support::{World, cx};
use ihe_soap::{Client, Limits, Outgoing};
use ihe_xds::store::SqliteStore;
use ihe_xds::{DocumentRegistry, NodeConnector, RegistryLimits, iti18};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|number| number.parse().ok()).unwrap()
}

/// A registry on a plain port that serves that many connections.
async fn registry(world: &World, connections: usize) -> SocketAddr {
    let store = SqliteStore::open(world.dir.path().join(format!("{connections}.db")));
    let registry = DocumentRegistry::new(world.plain_node(), store.await.unwrap());
    let registry = registry.with_limits(RegistryLimits {
        soap: Limits {
            connections,
            header_read: Duration::from_secs(5),
            ..Limits::default()
        },
        ..RegistryLimits::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(Arc::new(registry).serve_on(listener, "/r", world.stop.clone()));
    address
}

/// That many connections, each with half a request head.
fn silent(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let connect = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        // one that is refused at once may be closed already
        let _ = stream.write_all(b"POST /r HTTP/1.1\r\nHost: silent\r\nX-More: ");
        stream
    };
    (0..count).map(connect).collect()
}

fn closed(streams: &mut [TcpStream]) -> usize {
    let is_closed = |stream: &mut TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let mut buffer = [0; 512];
        let read = stream.read(&mut buffer);
        !matches!(read, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
    };
    streams
        .iter_mut()
        .filter_map(|stream| is_closed(stream).then_some(()))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs 20,000 file descriptors"]
async fn ten_thousand_silent_connections_are_bounded() {
    let world = World::start().await;
    let open = registry(&world, 9000).await;
    let before = resident_kilobytes();
    let held = tokio::task::spawn_blocking(move || silent(open, 9000))
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let each = (resident_kilobytes().saturating_sub(before)) * 1024 / 9000;
    println!("{each} bytes resident for a silent connection, with the client's end");
    assert!(each < 64 << 10, "{each} bytes");
    drop(held);
    let limited = registry(&world, 1024).await;
    let silent = tokio::task::spawn_blocking(move || silent(limited, 10_000));
    let mut silent = silent.await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let refused = closed(&mut silent);
    assert!(
        (8976 - 200..=10_000).contains(&refused),
        "{refused} refused"
    );
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(closed(&mut silent), 10_000, "all are given up");
    let client = Client::new(NodeConnector::new(world.plain_node()), Limits::default());
    let query = iti18::FindDocuments::new(&cx("P1")).approved();
    let body = iti18::encode(&iti18::Request::from(iti18::StoredQuery::from(query)));
    let url = format!("http://{limited}/r");
    let message = Outgoing::request(iti18::REQUEST_ACTION, &url, body);
    assert!(client.call(&url, message).await.is_ok());
}
