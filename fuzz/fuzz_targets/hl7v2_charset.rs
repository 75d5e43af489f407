//! MSH-18 character sets: what a set decodes, it encodes to bytes that decode to the same text.
#![no_main]

use hl7v2::charset::Charset;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for charset in [
        Charset::Ascii,
        Charset::Utf8,
        Charset::Latin1,
        Charset::Iso2022Jp,
    ] {
        let Ok(decoded) = charset.decode(bytes) else {
            continue;
        };
        if let Ok(encoded) = charset.encode(&decoded.text) {
            let again = charset.decode(&encoded).expect("what was encoded decodes");
            assert!(again.text == decoded.text, "{charset:?}");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Charset::from_msh18(text);
        let _ = Charset::Iso2022Jp.encode_lossy(text);
    }
});
