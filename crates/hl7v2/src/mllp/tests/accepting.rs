//! The accept loop: bounds, slow handshakes, failing accepts, the end.

use super::{framed, quick};
use crate::mllp::{AtBound, Client, Limits, Listen, Server};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Connections from a test.
struct Hall {
    arrivals: mpsc::UnboundedReceiver<io::Result<(DuplexStream, u32)>>,
}

type Arrivals = mpsc::UnboundedSender<io::Result<(DuplexStream, u32)>>;

impl Listen for Hall {
    type Stream = DuplexStream;
    type Peer = u32;

    async fn accept(&mut self) -> io::Result<(DuplexStream, u32)> {
        match self.arrivals.recv().await {
            Some(arrival) => arrival,
            None => std::future::pending().await,
        }
    }
}

fn hall() -> (Arrivals, Hall) {
    let (arrivals, receiver) = mpsc::unbounded_channel();
    (arrivals, Hall { arrivals: receiver })
}

fn arrive(arrivals: &Arrivals, number: u32) -> DuplexStream {
    let (near, far) = duplex(1024);
    arrivals.send(Ok((far, number))).unwrap();
    near
}

async fn echo<P>(_peer: Arc<P>, message: Vec<u8>) -> Vec<u8> {
    match message.as_slice() {
        b"slow" => sleep(Duration::from_millis(200)).await,
        b"stuck" => std::future::pending().await,
        b"panic" => panic!("of this test"),
        _ => {}
    }
    message
}

async fn tcp(
    server: Server,
    stop: &CancellationToken,
) -> (std::net::SocketAddr, JoinHandle<usize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, stop) = (listener.local_addr().unwrap(), stop.clone());
    let task = tokio::spawn(async move { server.serve(listener, &stop, echo).await });
    (address, task)
}

async fn client(address: std::net::SocketAddr) -> Client<TcpStream> {
    Client::new(
        TcpStream::connect(address).await.unwrap(),
        Limits::default(),
    )
}

fn two_connections() -> Limits {
    Limits {
        connections: 2,
        ..Limits::default()
    }
}

#[tokio::test]
async fn above_the_bound_a_connection_waits_for_a_place() {
    let server = Server::new(two_connections());
    let (address, _task) = tcp(server, &CancellationToken::new()).await;
    let (mut one, mut two) = (client(address).await, client(address).await);
    one.exchange(b"a").await.unwrap();
    two.exchange(b"b").await.unwrap();
    let mut three = client(address).await;
    let asking = three.exchange(b"c");
    tokio::pin!(asking);
    let early = timeout(Duration::from_millis(100), &mut asking).await;
    assert!(early.is_err(), "served above the bound");
    one.close().await;
    assert_eq!(asking.await.unwrap(), b"c");
}

#[tokio::test]
async fn above_the_bound_a_connection_is_closed_at_once_if_so_chosen() {
    let server = Server::new(two_connections()).at_bound(AtBound::Refuse);
    let (address, _task) = tcp(server, &CancellationToken::new()).await;
    let (mut one, mut two) = (client(address).await, client(address).await);
    one.exchange(b"a").await.unwrap();
    two.exchange(b"b").await.unwrap();
    assert!(client(address).await.exchange(b"c").await.is_err());
    one.close().await;
    two.exchange(b"d").await.unwrap();
    sleep(Duration::from_millis(50)).await;
    assert_eq!(client(address).await.exchange(b"e").await.unwrap(), b"e");
}

#[tokio::test]
async fn a_hundred_connections_over_a_bound_of_two_are_all_served() {
    let server = Server::new(two_connections());
    let (address, _task) = tcp(server, &CancellationToken::new()).await;
    let asking = (0..100).map(|number: u32| async move {
        let mut client = client(address).await;
        let text = number.to_string().into_bytes();
        let answer = client.exchange(&text).await.unwrap();
        client.close().await;
        answer == text
    });
    let answers = futures_util::future::join_all(asking).await;
    assert_eq!(answers.iter().filter(|right| **right).count(), 100);
}

#[tokio::test]
async fn a_slow_handshake_delays_nobody_and_is_cut() {
    let (arrivals, hall) = hall();
    let limits = Limits {
        handshake: Duration::from_millis(100),
        ..Limits::default()
    };
    let open = |stream, number| async move {
        if number == 1 {
            std::future::pending::<()>().await;
        }
        Ok::<_, io::Error>((stream, number))
    };
    tokio::spawn(async move {
        let server = Server::new(limits);
        let stop = CancellationToken::new();
        server.serve_with(hall, &stop, open, echo).await
    });
    let mut slow = arrive(&arrivals, 1);
    let mut client = Client::new(arrive(&arrivals, 2), quick());
    assert_eq!(client.exchange(b"a").await.unwrap(), b"a");
    let mut nothing = Vec::new();
    slow.read_to_end(&mut nothing).await.unwrap();
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn failing_accepts_do_not_end_the_server() {
    let (arrivals, hall) = hall();
    for _ in 0..3 {
        let descriptors = io::Error::other("no descriptors left");
        arrivals.send(Err(descriptors)).unwrap();
        arrivals
            .send(Err(io::ErrorKind::ConnectionAborted.into()))
            .unwrap();
    }
    tokio::spawn(async move {
        let stop = CancellationToken::new();
        Server::default().serve(hall, &stop, echo).await
    });
    let mut client = Client::new(arrive(&arrivals, 1), Limits::default());
    assert_eq!(client.exchange(b"a").await.unwrap(), b"a");
}

#[tokio::test]
async fn stop_closes_the_listener_and_finishes_frames_in_hand() {
    let stop = CancellationToken::new();
    let (address, task) = tcp(Server::default(), &stop).await;
    let (mut busy, mut idle) = (client(address).await, client(address).await);
    idle.exchange(b"a").await.unwrap();
    let (answer, ()) = tokio::join!(busy.exchange(b"slow"), async {
        sleep(Duration::from_millis(50)).await;
        stop.cancel();
        sleep(Duration::from_millis(50)).await;
        assert!(TcpStream::connect(address).await.is_err());
        assert!(idle.exchange(b"b").await.is_err());
    });
    assert_eq!(answer.unwrap(), b"slow");
    assert_eq!(task.await.unwrap(), 0);
}

#[tokio::test]
async fn what_does_not_end_in_time_is_cut() {
    let stop = CancellationToken::new();
    let limits = Limits {
        grace: Duration::from_millis(50),
        ..Limits::default()
    };
    let (address, task) = tcp(Server::new(limits), &stop).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(&framed(b"stuck")).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    stop.cancel();
    assert_eq!(task.await.unwrap(), 1);
    assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn a_panic_of_the_handler_ends_its_connection_only() {
    let (address, _task) = tcp(Server::new(two_connections()), &CancellationToken::new()).await;
    for _ in 0..5 {
        assert!(client(address).await.exchange(b"panic").await.is_err());
    }
    assert_eq!(client(address).await.exchange(b"a").await.unwrap(), b"a");
}
