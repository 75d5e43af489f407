//! Batch files: the same items whole or byte by byte, messages where their offset says, and what is written again is read.
#![no_main]

use hl7v2::batch::{Item, Options, Splitter, Writer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let options = Options {
        message: 4096,
        line: 1024,
        batches: 64,
        strict: bytes.first().is_some_and(|byte| *byte == b's'),
    };
    let whole = items(options, bytes, bytes.len().max(1));
    assert_eq!(whole, items(options, bytes, 1), "chunks");
    let mut writer = Writer::new(Vec::new());
    let mut written = Vec::new();
    for item in &whole {
        if let Item::Message(found) = item {
            assert!(bytes[found.offset as usize..].starts_with(&found.bytes));
            let is_text = |byte: &u8| !matches!(byte, b'\r' | b'\n');
            let end = found
                .bytes
                .iter()
                .rposition(is_text)
                .map_or(0, |last| last + 1);
            if writer.message(&found.bytes).is_ok() {
                written.push([&found.bytes[..end], b"\r"].concat());
            }
        }
    }
    let again = writer.finish().expect("a Vec takes everything");
    let all = items(Options::default(), &again, 7);
    let read: Vec<_> = all
        .iter()
        .filter_map(|item| match item {
            Item::Message(found) => Some(found.bytes.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(read, written, "written again");
});

fn items(options: Options, bytes: &[u8], size: usize) -> Vec<Item> {
    let mut splitter = Splitter::new(options);
    let mut found = Vec::new();
    for chunk in bytes.chunks(size) {
        splitter.feed(chunk);
        assert!(splitter.buffered() <= bytes.len());
        found.extend(std::iter::from_fn(|| splitter.next_item()));
    }
    splitter.finish();
    found.extend(std::iter::from_fn(|| splitter.next_item()));
    found
}
