//! Several requests of one connection in hand at the server.

use super::{framed, quick};
use crate::mllp::{Error, Limits, serve_stream};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

fn window(in_flight: usize) -> Limits {
    Limits {
        in_flight,
        ..Limits::default()
    }
}

async fn short() {
    tokio::time::sleep(Duration::from_millis(40)).await;
}

/// What a handler saw.
#[derive(Default)]
struct Seen {
    called: Mutex<Vec<Vec<u8>>>,
    running: AtomicUsize,
    finished: AtomicUsize,
    release: Notify,
}

/// Echoes; messages that begin with `slow` wait for the release.
fn watched(
    stream: DuplexStream,
    limits: Limits,
    stop: &CancellationToken,
) -> (Arc<Seen>, tokio::task::JoinHandle<Result<(), Error>>) {
    let seen = Arc::new(Seen::default());
    let (noted, stop) = (Arc::clone(&seen), stop.clone());
    let handle = move |message: Vec<u8>| {
        noted.called.lock().unwrap().push(message.clone());
        noted.running.fetch_add(1, SeqCst);
        let noted = Arc::clone(&noted);
        async move {
            if message.starts_with(b"slow") {
                noted.release.notified().await;
            }
            noted.finished.fetch_add(1, SeqCst);
            message
        }
    };
    let task = tokio::spawn(async move { serve_stream(stream, &limits, &stop, handle).await });
    (seen, task)
}

fn frames(messages: &[&[u8]]) -> Vec<u8> {
    messages
        .iter()
        .flat_map(|message| framed(message))
        .collect()
}

#[tokio::test]
async fn answers_leave_in_order_although_the_first_is_ready_last() {
    let (mut near, far) = duplex(4096);
    let (seen, task) = watched(far, window(4), &CancellationToken::new());
    let wire = frames(&[b"slow", b"b", b"c"]);
    near.write_all(&wire).await.unwrap();
    short().await;
    assert_eq!(*seen.called.lock().unwrap(), [&b"slow"[..], b"b", b"c"]);
    assert_eq!(seen.finished.load(SeqCst), 2);
    seen.release.notify_one();
    near.shutdown().await.unwrap();
    let mut answers = Vec::new();
    near.read_to_end(&mut answers).await.unwrap();
    assert_eq!(answers, wire);
    assert!(task.await.unwrap().is_ok());
}

#[tokio::test]
async fn no_more_requests_are_taken_than_may_be_in_flight() {
    for in_flight in [1, 2] {
        let (mut near, far) = duplex(4096);
        let (seen, _task) = watched(far, window(in_flight), &CancellationToken::new());
        near.write_all(&frames(&[b"slow1", b"slow2", b"slow3"]))
            .await
            .unwrap();
        short().await;
        assert_eq!(seen.called.lock().unwrap().len(), in_flight);
        seen.release.notify_one();
        short().await;
        assert_eq!(seen.called.lock().unwrap().len(), in_flight + 1);
    }
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_not_read_from() {
    let (mut near, far) = duplex(1024);
    let (seen, _task) = watched(far, window(4), &CancellationToken::new());
    let frame = framed(&[b'x'; 4096]);
    let flood = async {
        for _ in 0..10_000 {
            near.write_all(&frame).await.unwrap();
        }
    };
    let flooded = tokio::time::timeout(Duration::from_millis(300), flood).await;
    assert!(flooded.is_err(), "the flood was taken in");
    let taken = seen.running.load(SeqCst);
    assert!((2..10).contains(&taken), "{taken} of 4 KiB were taken");
}

#[tokio::test]
async fn requests_in_hand_run_to_their_end_when_the_peer_is_gone() {
    let (mut near, far) = duplex(4096);
    let (seen, task) = watched(far, window(4), &CancellationToken::new());
    near.write_all(&frames(&[b"slow1", b"slow2"]))
        .await
        .unwrap();
    short().await;
    drop(near);
    short().await;
    seen.release.notify_one();
    seen.release.notify_one();
    assert!(matches!(task.await.unwrap(), Err(Error::Io(_))));
    assert_eq!(seen.finished.load(SeqCst), 2);
}

#[tokio::test]
async fn on_stop_everything_in_hand_is_answered() {
    let (mut near, far) = duplex(4096);
    let stop = CancellationToken::new();
    let (seen, task) = watched(far, window(2), &stop);
    near.write_all(&frames(&[b"slow1", b"b"])).await.unwrap();
    short().await;
    stop.cancel();
    short().await;
    near.write_all(&frames(&[b"late"])).await.unwrap();
    seen.release.notify_one();
    let mut answers = Vec::new();
    near.read_to_end(&mut answers).await.unwrap();
    assert_eq!(answers, frames(&[b"slow1", b"b"]));
    assert!(task.await.unwrap().is_ok());
}

#[tokio::test]
async fn an_oversized_frame_is_refused_after_the_answers_before_it() {
    let (mut near, far) = duplex(8192);
    let limits = Limits {
        in_flight: 4,
        ..quick()
    };
    let (seen, task) = watched(far, limits, &CancellationToken::new());
    near.write_all(&frames(&[b"slow", &[b'x'; 2000]]))
        .await
        .unwrap();
    near.shutdown().await.unwrap();
    short().await;
    seen.release.notify_one();
    let mut answers = Vec::new();
    near.read_to_end(&mut answers).await.unwrap();
    let refusal = answers.strip_prefix(&framed(b"slow")[..]).unwrap();
    assert!(refusal.windows(6).any(|part| part == b"MSA|AR"));
    assert!(matches!(
        task.await.unwrap(),
        Err(Error::TooLarge { limit: 1000 })
    ));
}

#[tokio::test]
async fn a_frame_that_comes_byte_by_byte_and_one_without_its_cr_are_answered() {
    let (mut near, far) = duplex(1);
    let limits = Limits {
        missing_return: Duration::from_millis(50),
        ..Limits::default()
    };
    let (_seen, _task) = watched(far, limits, &CancellationToken::new());
    let mut answer = [0; 6];
    near.write_all(b"\x0bone\x1c\r").await.unwrap();
    near.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"\x0bone\x1c\r");
    near.write_all(b"\x0btwo\x1c").await.unwrap();
    near.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"\x0btwo\x1c\r");
}

#[tokio::test]
async fn an_answer_that_would_break_the_frame_is_not_sent() {
    let (mut near, far) = duplex(64);
    let task = tokio::spawn(async move {
        let answer = |_| async { b"a\x0bb".to_vec() };
        serve_stream(far, &quick(), &CancellationToken::new(), answer).await
    });
    near.write_all(&framed(b"x")).await.unwrap();
    let mut answers = Vec::new();
    near.read_to_end(&mut answers).await.unwrap();
    assert!(answers.is_empty());
    assert!(matches!(task.await.unwrap(), Err(Error::Misuse)));
}
