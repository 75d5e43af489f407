//! Bytes between frames, and what a reader tells of them.

use super::quick;
use crate::mllp::{Codec, Error, Limits, Reader, Tolerated};
use bytes::BytesMut;
use tokio_util::codec::{Decoder, Encoder};

#[tokio::test]
async fn bytes_between_frames_are_skipped_and_counted() {
    let wire: &[u8] = b"\0\0\x0ba\x1c\r\x1c\r\n\x0bb\x1c\r \0";
    let mut reader = Reader::new(wire, quick());
    assert_eq!(
        reader.read_frame().await.unwrap().as_deref(),
        Some(&b"a"[..])
    );
    assert_eq!(
        reader.read_frame().await.unwrap().as_deref(),
        Some(&b"b"[..])
    );
    assert_eq!(reader.read_frame().await.unwrap(), None);
    let expected = Tolerated {
        stray_bytes: 5,
        missing_returns: 0,
    };
    assert_eq!(reader.tolerated(), expected);
}

#[tokio::test]
async fn more_stray_bytes_than_allowed_end_the_connection() {
    for (allowed, ok) in [(0, false), (4, false), (5, true)] {
        let limits = Limits {
            stray: allowed,
            ..quick()
        };
        let mut reader = Reader::new(&b"\r\njunk!\r\n\x0ba\x1c\r"[..], limits);
        let read = reader.read_frame().await;
        assert_eq!(read.is_ok(), ok, "{allowed}: {read:?}");
        assert!(ok || matches!(read, Err(Error::NotFramed)));
    }
}

#[test]
fn the_stray_limit_holds_across_reads_and_begins_anew_after_a_frame() {
    let mut codec = Codec::new(&Limits {
        stray: 3,
        ..quick()
    });
    let mut buffer = BytesMut::from(&b"xx"[..]);
    assert!(matches!(codec.decode(&mut buffer), Ok(None)));
    buffer.extend_from_slice(b"x\x0ba\x1c\rxxx");
    assert!(matches!(codec.decode(&mut buffer), Ok(Some(_))));
    assert!(matches!(codec.decode(&mut buffer), Ok(None)));
    buffer.extend_from_slice(b"x");
    assert!(matches!(codec.decode(&mut buffer), Err(Error::NotFramed)));
}

#[test]
fn what_the_codec_encodes_it_decodes() {
    let mut codec = Codec::new(&quick());
    let mut buffer = BytesMut::new();
    for message in [&b"a"[..], b"MSH|x\r\x1c"] {
        codec.encode(message, &mut buffer).unwrap();
        assert_eq!(codec.decode(&mut buffer).unwrap().unwrap(), message);
    }
    assert!(matches!(
        codec.encode(b"\x1c\r", &mut buffer),
        Err(Error::Misuse)
    ));
    assert!(buffer.is_empty());
}
