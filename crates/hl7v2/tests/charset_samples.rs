//! Japanese messages of a shared folder, each in ISO-2022-JP and as UTF-8 text. The folder is not part of this repository:
//! `RENKEI_SHARED=/path/to/shared cargo test -p hl7v2 --test charset_samples -- --ignored`. Without it these tests fail; `make test` leaves out
//! tests whose names begin with `shared_` when it is not set, and says so.

use hl7v2::charset::Charset;
use hl7v2::{Message, Tolerance};
use std::path::Path;

/// Name, bytes and what they should read as, with CR between segments.
fn samples() -> Vec<(String, Vec<u8>, String)> {
    let shared = std::env::var_os("RENKEI_SHARED").expect("RENKEI_SHARED names the shared folder");
    let mut all = Vec::new();
    let folder = Path::new(&shared).join("japan/samples");
    for entry in std::fs::read_dir(folder).expect("the folder of samples") {
        let path = entry.expect("an entry").path();
        let name = path.to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".iso2022jp.hl7") {
            let text = std::fs::read_to_string(format!("{stem}.utf8.txt")).expect("the rendition");
            let bytes = std::fs::read(&path).expect("the sample");
            // The renditions were made with tables that read 21 5D and the like as other Unicode characters.
            let text = text
                .replace('\n', "\r")
                .replace('−', "－")
                .replace('〜', "～");
            all.push((name.clone(), bytes, text));
        }
    }
    assert!(all.len() >= 9, "only {} samples", all.len());
    all
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_every_sample_reads_as_its_rendition_and_is_written_back_byte_for_byte() {
    for (name, bytes, text) in samples() {
        let message = Message::parse(&bytes).expect("a message");
        assert_eq!(message.charset(), Charset::Iso2022Jp, "{name}");
        let trimmed = |text: &str| text.trim_end_matches('\r').to_owned();
        assert_eq!(trimmed(message.text()), trimmed(&text), "{name}");
        let written = Charset::Iso2022Jp
            .encode(message.text())
            .expect("JIS X 0208 only");
        let body = bytes.strip_suffix(b"\x1c").unwrap_or(&bytes);
        assert!(written == body, "{name}");
        let unexpected = |note: &&Tolerance| **note != Tolerance::TrailingFileSeparator;
        assert_eq!(message.tolerated().iter().find(unexpected), None, "{name}");
    }
}

#[test]
#[ignore = "needs RENKEI_SHARED"]
fn shared_bytes_that_look_like_delimiters_are_none() {
    let (_, bytes, _) = samples()
        .into_iter()
        .find(|(name, ..)| name.contains("09_TRICKY"))
        .expect("sample 09");
    let message = Message::parse(&bytes).expect("a message");
    for (path, value) in [
        ("PID-5.1", "骨袋"),
        ("PID-5.2", "麦舘"),
        ("PID-5(2).2", "ジロウ"),
        ("OBX-3.2", "総蛋白"),
        ("OBX-5", "α・β・μの記号を含む結果 & 半角エスケープ |"),
    ] {
        assert_eq!(message.value(path).as_deref(), Some(value), "{path}");
    }
}
