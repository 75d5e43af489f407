//! MTOM messages: the boundary scanner, part headers and all attachments.
#![no_main]

use ihe_soap::{Incoming, Limits};
use libfuzzer_sys::fuzz_target;

const CONTENT_TYPE: &str = "multipart/related; type=\"application/xop+xml\"; \
     start=\"<root>\"; start-info=\"application/soap+xml\"; boundary=\"b\"";

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let limits = Limits {
        root: 1 << 20,
        ..Limits::default()
    };
    runtime.block_on(async {
        let body = bytes::Bytes::copy_from_slice(bytes);
        if let Ok(message) = ihe_soap::receive(CONTENT_TYPE, body, &limits).await {
            drain(message, bytes.len()).await;
        }
    });
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = ihe_soap::content_id_of(text);
    }
});

async fn drain(mut message: Incoming, sent: usize) {
    let mut total = 0;
    while let Ok(Some(mut part)) = message.parts.next().await {
        while let Ok(Some(chunk)) = part.chunk().await {
            total += chunk.len();
        }
    }
    assert!(total <= sent, "more came out than went in");
}
