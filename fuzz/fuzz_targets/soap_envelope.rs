//! Simple SOAP 1.2 envelopes.
#![no_main]

use ihe_soap::Limits;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let limits = Limits {
        root: 1 << 20,
        ..Limits::default()
    };
    let body = bytes::Bytes::copy_from_slice(bytes);
    let _ = runtime.block_on(ihe_soap::receive(
        "application/soap+xml; charset=UTF-8",
        body,
        &limits,
    ));
});
