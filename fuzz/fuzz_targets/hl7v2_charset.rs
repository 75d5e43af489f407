//! MSH-18 character sets: what a set decodes, it encodes to bytes that decode to the same text, within the stated sizes.
//! The first byte chooses a mixture.
#![no_main]

use hl7v2::charset::{Charset, Policy};
use libfuzzer_sys::fuzz_target;

const MIXTURES: [&str; 6] = [
    "8859/1~8859/5~8859/7~ISO IR14~ISO IR87~KS X 1001",
    "ISO IR14~ISO IR87~ISO IR159",
    "~KS X 1001",
    "~8859/2",
    "8859/2~8859/8~8859/6~8859/9",
    "KS X 1001~8859/15~ISO IR159",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, body)) = bytes.split_first() else {
        return;
    };
    let mixture = MIXTURES[usize::from(choice) % MIXTURES.len()];
    let mixture = Charset::from_msh18(mixture).expect("a mixture");
    for charset in Charset::SINGLE.into_iter().chain([mixture]) {
        round_trip(charset, body);
    }
    if let Ok(text) = std::str::from_utf8(body) {
        if let Ok(charset) = Charset::from_msh18(text) {
            assert_eq!(Charset::from_msh18(&charset.msh18()), Ok(charset));
        }
        for charset in [Charset::Iso2022Jp, Charset::Ascii, mixture] {
            let encoded = charset.encode_with(text, &Policy { replacement: Some('?'), ..Policy::NHO });
            let encoded = encoded.expect("a question mark is in every set");
            assert!(encoded.bytes.len() <= 4 * text.len() + 8);
            charset.decode(&encoded.bytes).expect("what was encoded decodes");
        }
    }
});

fn round_trip(charset: Charset, bytes: &[u8]) {
    let Ok(decoded) = charset.decode(bytes) else {
        return;
    };
    assert!(decoded.text.len() <= 3 * bytes.len());
    if let Ok(encoded) = charset.encode(&decoded.text) {
        let again = charset.decode(&encoded).expect("what was encoded decodes");
        assert!(again.text == decoded.text, "{charset:?}");
    } else {
        assert!(decoded.text.chars().any(|character| !charset.has(character)), "{charset:?}");
    }
}
