//! The pipelined client.

use super::{framed, quick};
use crate::build::{HeaderFields, acknowledgement, message};
use crate::mllp::{Client, Error, Limits, Matching, Pipeline, Reader, Tolerated, serve_stream};
use crate::{Message, ack::AckCode};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

fn window(in_flight: usize) -> Limits {
    Limits {
        in_flight,
        ..Limits::default()
    }
}

fn pipeline(in_flight: usize) -> (Pipeline, DuplexStream) {
    let (near, far) = duplex(1 << 16);
    (
        Pipeline::open(near, window(in_flight), Matching::Order),
        far,
    )
}

async fn expect(far: &mut DuplexStream, bytes: &[u8]) {
    let mut came = vec![0; bytes.len()];
    far.read_exact(&mut came).await.unwrap();
    assert_eq!(came, bytes);
}

#[tokio::test]
async fn a_thousand_answers_belong_to_their_requests() {
    let (pipeline, far) = pipeline(16);
    let server = tokio::spawn(async move {
        let echo = |bytes| async { bytes };
        serve_stream(far, &window(8), &CancellationToken::new(), echo).await
    });
    let asking = (0..1000).map(|number: u32| {
        let text = number.to_string().into_bytes();
        let pipeline = &pipeline;
        async move { pipeline.exchange(text.clone()).await.unwrap() == text }
    });
    let right = futures_util::future::join_all(asking).await;
    assert_eq!(right.iter().filter(|right| **right).count(), 1000);
    assert_eq!(pipeline.in_flight(), 0);
    pipeline.close().await;
    assert!(!pipeline.is_open());
    assert!(matches!(
        pipeline.send(b"x".to_vec()).await,
        Err(Error::Closed)
    ));
    assert!(server.await.unwrap().is_ok());
}

#[tokio::test]
async fn the_window_bounds_what_is_sent() {
    let (pipeline, mut far) = pipeline(2);
    let first = pipeline.send(b"a".to_vec()).await.unwrap();
    let _second = pipeline.send(b"b".to_vec()).await.unwrap();
    let third = pipeline.send(b"c".to_vec());
    tokio::pin!(third);
    let early = timeout(Duration::from_millis(50), &mut third).await;
    assert!(early.is_err(), "sent above the window");
    assert_eq!(pipeline.in_flight(), 2);
    expect(&mut far, b"\x0ba\x1c\r\x0bb\x1c\r").await;
    far.write_all(b"\x0bA\x1c\r").await.unwrap();
    assert_eq!(first.await.unwrap(), b"A");
    assert!(third.await.is_ok());
    expect(&mut far, b"\x0bc\x1c\r").await;
}

#[tokio::test]
async fn a_broken_connection_leaves_requests_unanswered_or_not_sent() {
    let (near, mut far) = duplex(8);
    let pipeline = Pipeline::open(near, window(3), Matching::Order);
    let one = pipeline.send(b"one".to_vec()).await.unwrap();
    let two = pipeline.send(b"a longer message".to_vec()).await.unwrap();
    let three = pipeline.send(b"three".to_vec()).await.unwrap();
    expect(&mut far, b"\x0bone\x1c\r\x0ba").await;
    drop(far);
    assert!(matches!(one.await, Err(Error::Unanswered(_))));
    assert!(matches!(two.await, Err(Error::Unanswered(_))));
    assert!(matches!(three.await, Err(Error::NotSent(_))));
    assert!(!pipeline.is_open());
}

#[tokio::test]
async fn an_answer_that_came_before_the_connection_broke_is_given() {
    let (near, mut far) = duplex(8);
    let pipeline = Pipeline::open(near, window(3), Matching::Order);
    let one = pipeline.send(b"one".to_vec()).await.unwrap();
    let two = pipeline.send(b"a longer message".to_vec()).await.unwrap();
    expect(&mut far, b"\x0bone\x1c\r").await;
    far.write_all(&framed(b"ONE")).await.unwrap();
    drop(far);
    assert_eq!(one.await.unwrap(), b"ONE");
    assert!(two.await.is_err());
}

#[test]
fn a_reader_can_be_made_outside_of_a_runtime() {
    let reader = Reader::new(&b""[..], quick());
    assert_eq!(reader.tolerated(), Tolerated::default());
}

#[tokio::test]
async fn an_answer_that_does_not_come_ends_the_connection() {
    let (near, mut far) = duplex(1024);
    let limits = Limits {
        in_flight: 2,
        ..quick()
    };
    let pipeline = Pipeline::open(near, limits, Matching::Order);
    let one = pipeline.send(b"one".to_vec()).await.unwrap();
    let two = pipeline.send(b"two".to_vec()).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    far.write_all(&framed(b"ONE")).await.unwrap();
    assert_eq!(one.await.unwrap(), b"ONE");
    match two.await {
        Err(Error::Unanswered(cause)) => {
            assert!(matches!(*cause, Error::Timeout("waiting for the answer")));
        }
        other => panic!("{other:?}"),
    }
    assert!(!pipeline.is_open());
}

#[tokio::test]
async fn a_dropped_answer_keeps_the_order() {
    let (pipeline, mut far) = pipeline(2);
    drop(pipeline.send(b"one".to_vec()).await.unwrap());
    let two = pipeline.send(b"two".to_vec()).await.unwrap();
    far.write_all(b"\x0bONE\x1c\r\x0bTWO\x1c\r").await.unwrap();
    assert_eq!(two.await.unwrap(), b"TWO");
}

#[tokio::test]
async fn a_dropped_pipeline_ends_its_task_after_the_answers_due() {
    let (pipeline, mut far) = pipeline(2);
    let one = pipeline.send(b"one".to_vec()).await.unwrap();
    drop(pipeline);
    expect(&mut far, b"\x0bone\x1c\r").await;
    far.write_all(&framed(b"ONE")).await.unwrap();
    assert_eq!(one.await.unwrap(), b"ONE");
    assert_eq!(far.read(&mut [0; 8]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_frame_nobody_asked_for_ends_the_connection() {
    let (pipeline, mut far) = pipeline(1);
    far.write_all(&framed(b"hello")).await.unwrap();
    sleep(Duration::from_millis(50)).await;
    assert!(!pipeline.is_open());
    let (near, mut far) = duplex(1024);
    let mut client = Client::new(near, quick());
    far.write_all(b"\x0bA\x1c\r\x0bA again\x1c\r")
        .await
        .unwrap();
    assert_eq!(client.exchange(b"a").await.unwrap(), b"A");
    assert!(matches!(client.exchange(b"b").await, Err(Error::Unasked)));
}

fn request(control_id: &str) -> Vec<u8> {
    let header = HeaderFields {
        message_type: "ADT^A01".into(),
        control_id: control_id.into(),
        version: "2.5".into(),
        ..HeaderFields::default()
    };
    message(&header, &[]).unwrap()
}

#[tokio::test]
async fn msa_2_must_name_the_request_if_so_chosen() {
    let (near, mut far) = duplex(4096);
    let pipeline = Pipeline::open(near, window(3), Matching::ControlId);
    let right = pipeline.send(request("1")).await.unwrap();
    let wrong = pipeline.send(request("2")).await.unwrap();
    let behind = pipeline.send(request("3")).await.unwrap();
    for control_id in ["1", "3", "2"] {
        let asked = Message::parse(&request(control_id)).unwrap();
        let answer = acknowledgement(&asked, AckCode::Aa, &[]);
        far.write_all(&framed(&answer)).await.unwrap();
    }
    assert!(right.await.is_ok());
    assert!(matches!(wrong.await, Err(Error::OtherAnswer)));
    assert!(matches!(behind.await, Err(Error::Unanswered(_))));
}
