//! Character tables against foreign ones: Python's codecs and the iconv of the system. They fail when the peer is missing.

use hl7v2::charset::Charset;
use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// Bytes to text by a foreign program; what it cannot read becomes U+FFFD, one line a character.
fn python(codec: &str, bytes: &[Vec<u8>]) -> Vec<Option<String>> {
    let program = "import sys\n\
        for line in sys.stdin:\n\
        \x20   try: print(bytes.fromhex(line.strip()).decode(sys.argv[1]).encode().hex())\n\
        \x20   except UnicodeDecodeError: print('-')\n";
    let output = run(
        "python3",
        &["-c", program, codec],
        hex_lines(bytes).into_bytes(),
    );
    output
        .lines()
        .map(|line| {
            let bytes =
                (0..line.len() / 2).map(|at| u8::from_str_radix(&line[2 * at..2 * at + 2], 16));
            String::from_utf8(bytes.collect::<Result<_, _>>().ok()?).ok()
        })
        .map(|text| text.filter(|text| !text.is_empty()))
        .collect()
}

fn hex_lines(all: &[Vec<u8>]) -> String {
    let line = |bytes: &Vec<u8>| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            + "\n"
    };
    all.iter().map(line).collect()
}

fn run(program: &str, arguments: &[&str], input: Vec<u8>) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; the peer is missing"));
    let mut stdin = child.stdin.take().expect("piped");
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads all");
    assert!(output.status.success(), "{program} {arguments:?} failed");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Where tables differ by tradition: the same characters by another Unicode number. Ours are those of the WHATWG.
const TWINS: [(&str, &str); 9] = [
    ("～", "〜"),
    ("∥", "‖"),
    ("－", "−"),
    ("―", "—"),
    ("￠", "¢"),
    ("￡", "£"),
    ("￢", "¬"),
    ("￥", "¥"),
    ("￣", "‾"),
];

fn same(ours: &str, theirs: &str) -> bool {
    ours == theirs || TWINS.contains(&(ours, theirs))
}

fn plane(before: &[u8], after: &[u8], rows: impl Fn(u8) -> bool) -> Vec<Vec<u8>> {
    let rows = (0x21..=0x7E).filter(|first| rows(first - 0x20));
    rows.flat_map(|first| (0x21..=0x7E).map(move |second| [first, second]))
        .map(|pair| [before, &pair, after].concat())
        .collect()
}

/// Every cell reads as the foreign table reads it or is in neither; what is read is written to the same bytes.
fn compare(charset: Charset, codec: &str, cells: &[Vec<u8>], expected: usize) {
    let theirs = python(codec, cells);
    assert_eq!(theirs.len(), cells.len());
    let mut known = 0;
    for (bytes, theirs) in cells.iter().zip(&theirs) {
        let ours = charset.decode(bytes).ok().map(|decoded| decoded.text);
        let written = ours.as_deref().and_then(|text| charset.encode(text).ok());
        match theirs {
            Some(text) => {
                known += 1;
                let ours = ours.unwrap_or_default();
                assert!(
                    same(&ours, text),
                    "{codec} {bytes:x?}: {ours:?}, not {text:?}"
                );
                assert_eq!(written.as_ref(), Some(bytes), "{codec} {ours:?}");
                assert_eq!(charset.encode(text).as_ref(), Ok(bytes), "{codec} {text:?}");
            }
            // A vendor's second place for a character is read, and written to the first.
            None => assert_ne!(written.as_ref(), Some(bytes), "{codec} has no such cell"),
        }
    }
    assert_eq!(known, expected, "characters of {codec}");
}

#[test]
#[ignore = "needs python3"]
fn jis_x_0208_is_that_of_python() {
    let cells = plane(b"\x1b$B", b"\x1b(B", |_| true);
    compare(Charset::Iso2022Jp, "iso2022_jp", &cells, 6879);
}

#[test]
#[ignore = "needs python3"]
fn jis_x_0212_is_that_of_python() {
    // Python has a tilde at 22 37, which is ASCII's and so never written back by us.
    let mut cells = plane(b"\x1b$(D", b"\x1b(B", |_| true);
    cells.retain(|bytes| bytes[4..6] != [0x22, 0x37]);
    compare(Charset::Iso2022Jp1, "iso2022_jp_1", &cells, 6066);
}

#[test]
#[ignore = "needs python3"]
fn the_rows_vendors_added_read_as_code_page_932_reads_them() {
    let cells: Vec<Vec<u8>> = plane(b"", b"", |row| matches!(row, 13 | 89..=92));
    let shift = |pair: &Vec<u8>| {
        let (row, cell) = (pair[0] - 0x21, pair[1] - 0x21);
        let lead = row / 2 + if row < 62 { 0x81 } else { 0xC1 };
        let trail = match row % 2 {
            0 => cell + if cell < 63 { 0x40 } else { 0x41 },
            _ => cell + 0x9F,
        };
        vec![lead, trail]
    };
    let theirs = python("cp932", &cells.iter().map(shift).collect::<Vec<_>>());
    let mut known = 0;
    for (pair, theirs) in cells.iter().zip(theirs) {
        let bytes = [b"\x1b$B", &pair[..], b"\x1b(B"].concat();
        let ours = Charset::Iso2022Jp
            .decode(&bytes)
            .expect("an escape sequence")
            .text;
        assert_eq!(
            ours,
            theirs.clone().unwrap_or("\u{FFFD}".into()),
            "{pair:x?}"
        );
        known += usize::from(theirs.is_some());
    }
    assert!(known > 400, "only {known}");
}

#[test]
#[ignore = "needs python3"]
fn one_byte_sets_are_those_of_python() {
    for (charset, codec) in [
        (Charset::Latin1, "iso8859_1"),
        (Charset::Latin2, "iso8859_2"),
        (Charset::Latin3, "iso8859_3"),
        (Charset::Latin4, "iso8859_4"),
        (Charset::Cyrillic, "iso8859_5"),
        (Charset::Arabic, "iso8859_6"),
        (Charset::Greek, "iso8859_7"),
        (Charset::Hebrew, "iso8859_8"),
        (Charset::Latin5, "iso8859_9"),
        (Charset::Latin9, "iso8859_15"),
    ] {
        let bytes: Vec<Vec<u8>> = (0x80..=0xFF).map(|byte| vec![byte]).collect();
        for (bytes, theirs) in bytes.iter().zip(python(codec, &bytes)) {
            let ours = charset.decode(bytes).ok().map(|decoded| decoded.text);
            assert_eq!(ours, theirs, "{codec} {bytes:x?}");
        }
    }
}

#[test]
#[ignore = "needs python3"]
fn korean_is_that_of_python() {
    let cells: Vec<Vec<u8>> = plane(b"", b"", |_| true)
        .into_iter()
        .map(|pair| pair.into_iter().map(|byte| byte | 0x80).collect())
        .collect();
    let theirs = python("euc_kr", &cells);
    let mut known = 0;
    for (bytes, theirs) in cells.iter().zip(theirs) {
        if let Some(theirs) = theirs {
            known += 1;
            let ours = Charset::KsX1001.decode(bytes).expect("a character").text;
            assert!(
                same(&ours, &theirs) || (ours == "∼" && theirs == "～"),
                "{bytes:x?} {ours} {theirs}"
            );
        }
    }
    assert!(known > 8200, "only {known}");
}

#[test]
#[ignore = "needs iconv"]
fn jis_x_0208_is_that_of_iconv() {
    let cells = plane(b"\x1b$B", b"\x1b(B\n", |row| matches!(row, 1..=8 | 16..=84));
    let cells: Vec<_> = cells
        .into_iter()
        .filter(|bytes| {
            Charset::Iso2022Jp
                .decode(bytes)
                .is_ok_and(|read| read.tolerated.is_empty())
        })
        .collect();
    assert_eq!(cells.len(), 6879);
    let theirs = run(
        "iconv",
        &["-f", "ISO-2022-JP", "-t", "UTF-8"],
        cells.concat(),
    );
    let written: HashMap<&str, &Vec<u8>> = theirs.lines().zip(&cells).collect();
    assert_eq!(written.len(), 6879);
    for (theirs, bytes) in written {
        let ours = Charset::Iso2022Jp.decode(bytes).expect("a character").text;
        assert!(
            same(ours.trim_end_matches('\n'), theirs),
            "{bytes:x?}: {ours:?}, not {theirs:?}"
        );
        assert_eq!(
            Charset::Iso2022Jp.encode(&format!("{theirs}\n")).as_ref(),
            Ok(bytes)
        );
    }
}
