mod accepting;
mod asking;
mod foreign;
mod pipelining;
mod pooling;
mod tolerance;

use super::{Client, Error, Limits, Reader, serve_stream};
use crate::Message;
use proptest::prelude::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_util::sync::CancellationToken;

fn framed(message: &[u8]) -> Vec<u8> {
    [&b"\x0b"[..], message, b"\x1c\r"].concat()
}

fn quick() -> Limits {
    let short = Duration::from_millis(150);
    Limits {
        frame: 1000,
        idle: short,
        read: short,
        write: short,
        ..Limits::default()
    }
}

fn serving(
    stream: DuplexStream,
    limits: Limits,
    stop: &CancellationToken,
) -> tokio::task::JoinHandle<Result<(), Error>> {
    let stop = stop.clone();
    tokio::spawn(async move {
        let answer = |message: Vec<u8>| async move { [b"re:", &message[..]].concat() };
        serve_stream(stream, &limits, &stop, answer).await
    })
}

async fn all_frames(bytes: &[u8]) -> Result<Vec<Vec<u8>>, Error> {
    let mut reader = Reader::new(bytes, quick());
    let mut frames = Vec::new();
    while let Some(frame) = reader.read_frame().await? {
        frames.push(frame);
    }
    Ok(frames)
}

#[tokio::test]
async fn several_messages_on_one_connection_are_answered_in_order() {
    let (near, far) = duplex(64);
    let stop = CancellationToken::new();
    let server = serving(far, quick(), &stop);
    let mut client = Client::new(near, quick());
    for text in ["one", "two", "three"] {
        assert_eq!(
            client.exchange(text.as_bytes()).await.unwrap(),
            format!("re:{text}").into_bytes()
        );
    }
    client.close().await;
    assert!(server.await.unwrap().is_ok());
}

#[tokio::test]
async fn pipelined_frames_are_answered_in_order() {
    let (mut near, far) = duplex(4096);
    let server = serving(far, quick(), &CancellationToken::new());
    near.write_all(b"\x0ba\x1c\r\r\n\x0bb\x1c\r").await.unwrap();
    near.shutdown().await.unwrap();
    let mut answers = Vec::new();
    near.read_to_end(&mut answers).await.unwrap();
    assert_eq!(answers, b"\x0bre:a\x1c\r\x0bre:b\x1c\r");
    assert!(server.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_message_ending_with_a_file_separator_is_one_frame() {
    assert_eq!(
        all_frames(b"\x0bMSH\r\x1c\x1c\r").await.unwrap(),
        [b"MSH\r\x1c"]
    );
}

#[tokio::test]
async fn a_missing_last_cr_is_forgiven() {
    assert_eq!(
        all_frames(b"\x0ba\x1c\x0bb\x1c").await.unwrap(),
        [b"a", b"b"]
    );
}

#[tokio::test]
async fn bytes_outside_a_frame_and_half_frames_are_errors() {
    assert!(matches!(all_frames(b"MSH|").await, Err(Error::NotFramed)));
    assert!(matches!(
        all_frames(b"\x0bMSH|").await,
        Err(Error::Truncated)
    ));
    assert!(matches!(all_frames(b"\x0b").await, Err(Error::Truncated)));
    assert!(all_frames(b"").await.unwrap().is_empty());
}

#[tokio::test]
async fn the_frame_limit_counts_the_message_exactly() {
    assert_eq!(
        all_frames(&framed(&[b'x'; 1000])).await.unwrap()[0].len(),
        1000
    );
    assert!(matches!(
        all_frames(&framed(&[b'x'; 1001])).await,
        Err(Error::TooLarge { limit: 1000 })
    ));
}

#[tokio::test]
async fn an_oversized_frame_is_answered_with_ar_and_the_connection_ends() {
    let (mut near, far) = duplex(64);
    let server = serving(far, quick(), &CancellationToken::new());
    let (mut reading, mut writing) = tokio::io::split(&mut near);
    let sending = async {
        writing.write_all(&framed(&[b'x'; 3000])).await.unwrap();
        writing.shutdown().await.unwrap();
    };
    let mut answer = Vec::new();
    let (_, read) = tokio::join!(sending, reading.read_to_end(&mut answer));
    read.unwrap();
    let reply = Message::parse(&answer[..answer.len() - 2]).unwrap();
    assert_eq!(
        (reply.raw("MSA-1"), reply.raw("ERR-3.1")),
        (Some("AR"), Some("207"))
    );
    assert!(matches!(
        server.await.unwrap(),
        Err(Error::TooLarge { limit: 1000 })
    ));
}

#[tokio::test]
async fn a_silent_peer_and_a_slow_peer_are_cut_off() {
    let (_near, far) = duplex(64);
    let idle = serving(far, quick(), &CancellationToken::new())
        .await
        .unwrap();
    assert!(matches!(idle, Err(Error::Timeout("waiting for a frame"))));
    let (mut near, far) = duplex(64);
    near.write_all(b"\x0bMSH").await.unwrap();
    let slow = serving(far, quick(), &CancellationToken::new())
        .await
        .unwrap();
    assert!(matches!(slow, Err(Error::Timeout("reading a frame"))));
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_cut_off() {
    let (mut near, far) = duplex(16);
    let server = serving(far, quick(), &CancellationToken::new());
    near.write_all(&framed(&[b'x'; 500])).await.unwrap();
    assert!(matches!(
        server.await.unwrap(),
        Err(Error::Timeout("writing a frame"))
    ));
}

#[tokio::test]
async fn stop_ends_an_idle_connection_at_once() {
    let (_near, far) = duplex(64);
    let stop = CancellationToken::new();
    let server = serving(far, Limits::default(), &stop);
    stop.cancel();
    assert!(server.await.unwrap().is_ok());
}

#[tokio::test]
async fn stop_still_answers_the_frame_in_hand() {
    let (mut near, far) = duplex(64);
    let stop = CancellationToken::new();
    let server = serving(far, Limits::default(), &stop);
    near.write_all(b"\x0bhal").await.unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    stop.cancel();
    near.write_all(b"f\x1c\r\x0bnext\x1c\r").await.unwrap();
    let mut answer = Vec::new();
    near.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"\x0bre:half\x1c\r");
    assert!(server.await.unwrap().is_ok());
}

#[tokio::test]
async fn an_empty_answer_closes_the_connection() {
    let (near, far) = duplex(64);
    let server = tokio::spawn(async move {
        serve_stream(far, &quick(), &CancellationToken::new(), |_| async {
            Vec::new()
        })
        .await
    });
    let mut client = Client::new(near, quick());
    assert!(matches!(client.exchange(b"x").await, Err(Error::Closed)));
    assert!(server.await.unwrap().is_ok());
    assert!(!client.is_usable());
}

#[tokio::test]
async fn a_late_reply_is_never_taken_for_the_next_answer() {
    let (near, mut far) = duplex(64);
    let mut client = Client::new(near, quick());
    assert!(matches!(
        client.exchange(b"one").await,
        Err(Error::Timeout(_))
    ));
    far.write_all(b"\x0blate\x1c\r").await.unwrap();
    assert!(matches!(client.exchange(b"two").await, Err(Error::Closed)));
}

#[tokio::test]
async fn a_message_that_ends_in_fs_goes_out_and_comes_in_byte_for_byte() {
    let (near, far) = duplex(64);
    let mut client = Client::new(near, quick());
    let mut reader = Reader::new(far, quick());
    let (sent, came) = tokio::join!(client.exchange(b"MSH|x\r\x1c"), async {
        let came = reader.read_frame().await.unwrap();
        reader.write_frame(b"ok").await.unwrap();
        came
    });
    assert_eq!(came.as_deref(), Some(&b"MSH|x\r\x1c"[..]));
    assert_eq!(sent.unwrap(), b"ok");
}

#[tokio::test]
async fn a_message_with_framing_bytes_is_not_sent() {
    let (near, _far) = duplex(64);
    let mut client = Client::new(near, quick());
    for message in [&b"a\x0bb"[..], b"a\x1c\rb", b""] {
        assert!(matches!(client.exchange(message).await, Err(Error::Misuse)));
    }
    assert!(client.is_usable());
}

proptest! {
    #[test]
    fn frames_survive_any_chunking(messages in proptest::collection::vec(r"[ -~\r]{1,60}", 1..5), size in 1_usize..40) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let wire: Vec<u8> = messages.iter().flat_map(|message| framed(message.as_bytes())).collect();
        let frames = runtime.block_on(async {
            let (mut near, far) = duplex(size);
            let sending = async { near.write_all(&wire).await.unwrap(); drop(near) };
            let mut reader = Reader::new(far, quick());
            let reading = async {
                let mut frames = Vec::new();
                while let Some(frame) = reader.read_frame().await.unwrap() {
                    frames.push(String::from_utf8(frame).unwrap());
                }
                frames
            };
            tokio::join!(sending, reading).1
        });
        prop_assert_eq!(frames, messages);
    }
}
