//! MLLP frames from a stream that ends somewhere: whole, and in two pieces by the codec.
#![no_main]

use bytes::BytesMut;
use hl7v2::mllp::{Codec, Limits, Reader};
use libfuzzer_sys::fuzz_target;
use tokio_util::codec::Decoder;

/// The frames up to the end or an error.
async fn read(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(bytes, Limits::default());
    let mut frames = Vec::new();
    while let Ok(Some(message)) = reader.read_frame().await {
        frames.push(message);
    }
    frames
}

/// The same, cut in two where the first byte says.
fn decode(bytes: &[u8]) -> Vec<Vec<u8>> {
    let cut = bytes
        .first()
        .map_or(0, |byte| usize::from(*byte) % bytes.len());
    let (first, last) = bytes.split_at(cut);
    let (mut codec, mut buffer) = (Codec::new(&Limits::default()), BytesMut::from(first));
    let mut frames = Vec::new();
    loop {
        match codec.decode(&mut buffer) {
            Ok(Some(message)) => frames.push(message),
            Ok(None) => break,
            Err(_) => return frames,
        }
    }
    buffer.extend_from_slice(last);
    while let Ok(Some(message)) = codec.decode_eof(&mut buffer) {
        frames.push(message);
    }
    frames
}

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let frames = runtime.block_on(read(bytes));
    for message in &frames {
        let framed = [b"\x0b", &message[..], b"\x1c\x0d"].concat();
        let again = runtime.block_on(read(&framed));
        assert!(again.iter().eq([message]));
    }
    assert!(decode(bytes) == frames);
});
