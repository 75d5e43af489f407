//! MLLP frames from a stream that ends somewhere.
#![no_main]

use hl7v2::mllp::{Limits, Reader};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut reader = Reader::new(bytes, Limits::default());
        while let Ok(Some(message)) = reader.read_frame().await {
            let framed = [b"\x0b", &message[..], b"\x1c\x0d"].concat();
            let mut again = Reader::new(&framed[..], Limits::default());
            let read = again
                .read_frame()
                .await
                .expect("a good frame")
                .expect("not the end");
            assert!(read == message);
        }
    });
});
