use super::*;
use crate::message::{Attachment, Streamed};
use http_body_util::BodyExt;

/// Sends chunks announced as `size` octets: what travels, and whether it came to its end.
async fn sent(size: u64, chunks: Vec<io::Result<&'static str>>) -> (String, bool) {
    let chunks = chunks.into_iter().map(|chunk| chunk.map(Bytes::from));
    let source = Source::Stream(Streamed::new(size, futures_util::stream::iter(chunks)));
    let message = Outgoing::request("urn:a", "http://b", "<c/>");
    let message = message.attach(Attachment::new("d/e", source));
    let packed = Packed::new(&message).unwrap();
    let mut body = packed.open().await.unwrap();
    assert!(packed.open().await.is_err(), "a stream is sent once");
    let announced = body.size_hint().exact().unwrap();
    let mut wire = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => wire.extend_from_slice(frame.data_ref().unwrap()),
            Err(_) => return (String::from_utf8(wire).unwrap(), false),
        }
    }
    assert_eq!(wire.len() as u64, announced);
    (String::from_utf8(wire).unwrap(), true)
}

#[tokio::test]
async fn a_stream_is_sent_as_one_part() {
    let (wire, whole) = sent(5, vec![Ok("he"), Ok("llo")]).await;
    assert!(whole && wire.contains("\r\n\r\nhello\r\n--") && wire.ends_with("--\r\n"));
}

#[tokio::test]
async fn a_stream_that_fails_or_has_another_length_ends_the_message_before_its_final_boundary() {
    let broken = || Err(io::Error::other("broken"));
    for chunks in [
        vec![Ok("he"), broken()],
        vec![Ok("he"), Ok("ll")],
        vec![Ok("he"), Ok("llo!")],
        vec![],
    ] {
        let (wire, whole) = sent(5, chunks).await;
        assert!(!whole && !wire.trim_end().ends_with("--"), "{wire}");
    }
}
