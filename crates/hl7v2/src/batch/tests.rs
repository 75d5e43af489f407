use super::{EnvelopeHeader, Found, Item, Options, ProblemKind, Reader, Splitter, Writer};
use proptest::prelude::*;
use std::io::Read;

const FILE: &[u8] = b"FHS|^~\\&|LAB||HIS||20261121||night.hl7|c|F1\rBHS|^~\\&|LAB|||||||c|B1\r\
MSH|^~\\&|LAB|||||||1|P|2.5\rPID|1\rMSH|^~\\&|LAB|||||||2|P|2.5\rBTS|2|all|17\rFTS|1\r";

fn items_in(file: &[u8], options: Options) -> Vec<Item> {
    Reader::with_options(file, options)
        .map(Result::unwrap)
        .collect()
}

fn items(file: &[u8]) -> Vec<Item> {
    items_in(file, Options::default())
}

fn problems(items: &[Item]) -> Vec<(u64, ProblemKind)> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Problem(problem) => Some((problem.offset, problem.kind)),
            _ => None,
        })
        .collect()
}

fn kinds(file: &[u8]) -> Vec<ProblemKind> {
    problems(&items(file))
        .into_iter()
        .map(|(_, kind)| kind)
        .collect()
}

fn messages(items: &[Item]) -> Vec<&[u8]> {
    items
        .iter()
        .filter_map(|item| match item {
            Item::Message(Found { bytes, .. }) => Some(bytes.as_slice()),
            _ => None,
        })
        .collect()
}

#[test]
fn a_whole_file_comes_in_its_order() {
    let all = items(FILE);
    assert_eq!(problems(&all), []);
    let [
        Item::FileHeader(file),
        Item::BatchHeader(batch),
        Item::Message(first),
        Item::Message(second),
        Item::BatchTrailer(bts),
        Item::FileTrailer(fts),
    ] = all.as_slice()
    else {
        panic!("{all:?}");
    };
    assert_eq!(
        (
            file.receiving_application.as_str(),
            file.name.as_str(),
            file.control_id.as_str()
        ),
        ("HIS", "night.hl7", "F1")
    );
    assert_eq!(
        (batch.comment.as_str(), batch.control_id.as_str()),
        ("c", "B1")
    );
    assert_eq!(first.bytes, b"MSH|^~\\&|LAB|||||||1|P|2.5\rPID|1\r");
    assert_eq!((first.number, second.number), (1, 2));
    assert!(FILE[second.offset as usize..].starts_with(&second.bytes));
    assert_eq!(
        (bts.count, bts.comment.as_str(), bts.totals.as_str()),
        (Some(2), "all", "17")
    );
    assert_eq!(fts.count, Some(1));
}

#[test]
fn messages_without_envelope_are_read_and_reported_once() {
    let file = b"MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\r";
    let all = items(file);
    assert_eq!(
        messages(&all),
        [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\r"]
    );
    assert_eq!(problems(&all), [(0, ProblemKind::NoEnvelope)]);
}

#[test]
fn an_mllp_dump_loses_its_frames() {
    for file in [
        &b"\x0bMSH|^~\\&|A\rPID|1\r\x1c\r\x0bMSH|^~\\&|B\rPID|2\r\x1c\r"[..],
        b"\x0bMSH|^~\\&|A\rPID|1\r\x1c\x0bMSH|^~\\&|B\rPID|2\r\x1c",
        b"\x0bMSH|^~\\&|A\rPID|1\r\x1c\r\n\r\n\x0bMSH|^~\\&|B\rPID|2\r\x1c\r\n",
    ] {
        let all = items(file);
        assert_eq!(
            messages(&all),
            [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\rPID|2\r"]
        );
        let mut found = kinds(file);
        found.sort_unstable_by_key(|kind| format!("{kind:?}"));
        use ProblemKind::{FileSeparator, Framing, NoEnvelope};
        assert_eq!(found, [FileSeparator, Framing, NoEnvelope]);
    }
    // The last segment without its CR.
    let all = items(b"\x0bMSH|^~\\&|A\rPID|1\x1c\r\x0bMSH|^~\\&|B\x1c\r");
    assert_eq!(messages(&all), [&b"MSH|^~\\&|A\rPID|1"[..], b"MSH|^~\\&|B"]);
}

#[test]
fn concatenated_ss_mix2_files_are_cut_at_the_file_separator() {
    let all = items(b"MSH|^~\\&|A\rPID|1\r\x1cMSH|^~\\&|B\rPID|2\r\x1c");
    assert_eq!(
        messages(&all),
        [&b"MSH|^~\\&|A\rPID|1\r"[..], b"MSH|^~\\&|B\rPID|2\r"]
    );
}

#[test]
fn a_file_separator_in_text_stays_there() {
    let file = b"MSH|^~\\&|A\rNTE|1||a\x1cb\rPID|1\r";
    assert_eq!(messages(&items(file)), [&file[..]]);
}

#[test]
fn line_feeds_and_byte_order_marks_are_reported() {
    let file = b"\xEF\xBB\xBFBHS|^~\\&|A\r\nMSH|^~\\&|A\r\nPID|1\r\n\r\nMSH|^~\\&|B\r\nBTS|2\r\n";
    let all = items(file);
    assert_eq!(
        messages(&all),
        [&b"MSH|^~\\&|A\r\nPID|1\r\n"[..], b"MSH|^~\\&|B\r\n"]
    );
    assert_eq!(
        kinds(file),
        [ProblemKind::ByteOrderMark, ProblemKind::LineFeed]
    );
    assert_eq!(
        kinds(b"BHS|^~\\&|A\nMSH|^~\\&|A\nBTS|1"),
        [ProblemKind::LineFeed]
    );
}

#[test]
fn free_text_does_not_begin_a_message() {
    let file =
        b"MSH|^~\\&|A\rNTE|1||see\nMSH-9 is wrong\n  MSH|^~\\&|quoted\nBTS: none\nFTSE\rPID|1\r";
    assert_eq!(messages(&items(file)), [&file[..]]);
}

#[test]
fn kanji_bytes_do_not_cut_anything() {
    // The bytes of these characters are those of delimiters, and a missing return to ASCII ends at CR.
    let file = b"BHS|^~\\&|A\rMSH|^~\\&|A\rPID|1||\x1b$B9|B^G~4\\\x1b(B\rNTE|1||\x1b$B9|\rBTS|1\r";
    let all = items(file);
    assert_eq!(problems(&all), []);
    assert_eq!(messages(&all).len(), 1);
}

#[test]
fn wrong_counts_are_problems_not_the_end() {
    use ProblemKind::{BatchCount, MessageCount, UnreadableCount};
    let file = b"FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A\rBTS|7\rBHS|^~\\&|A\rBTS|x\rFTS|9\r";
    assert_eq!(
        kinds(file),
        [
            MessageCount {
                declared: 7,
                found: 1
            },
            UnreadableCount,
            BatchCount {
                declared: 9,
                found: 2
            }
        ]
    );
    assert_eq!(kinds(b"BHS|^~\\&|A\rMSH|^~\\&|A\rBTS\r"), []);
    assert_eq!(
        kinds(b"FHS|^~\\&|A\rMSH|^~\\&|A\rFTS|0\rFHS|^~\\&|A\rMSH|^~\\&|A\rFTS|1\r"),
        []
    );
}

#[test]
fn missing_envelope_segments_are_named() {
    use ProblemKind::{
        MissingBatchHeader, MissingBatchTrailer, MissingFileHeader, MissingFileTrailer, NoEnvelope,
    };
    assert_eq!(
        kinds(b"FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A\r"),
        [MissingBatchTrailer, MissingFileTrailer]
    );
    assert_eq!(
        kinds(b"BHS|^~\\&|A\rMSH|^~\\&|A\rBHS|^~\\&|A\rMSH|^~\\&|A\rBTS|1\r"),
        [MissingBatchTrailer]
    );
    assert_eq!(
        kinds(b"MSH|^~\\&|A\rBTS|1\rFTS|1\r"),
        [NoEnvelope, MissingBatchHeader, MissingFileHeader]
    );
}

#[test]
fn lines_outside_of_messages_are_one_problem_per_run() {
    let all = items(b"hello\rthere\rBHS|^~\\&|A\rPID|1\rPV1|1\rMSH|^~\\&|A\rBTS|1\rbye\r");
    assert_eq!(
        problems(&all),
        [
            (0, ProblemKind::Stray),
            (23, ProblemKind::Stray),
            (52, ProblemKind::Stray)
        ]
    );
    assert_eq!(messages(&all), [b"MSH|^~\\&|A\r"]);
}

#[test]
fn one_message_over_a_limit_loses_only_itself() {
    let long = "x".repeat(200);
    let file = format!(
        "BHS|^~\\&|A\rMSH|^~\\&|A\rMSH|^~\\&|{long}\rPID|1\rMSH|^~\\&|B\rNTE|1||{long}\rMSH|^~\\&|C\rBTS|4\r"
    );
    let by_line = Options {
        line: 64,
        ..Options::default()
    };
    let by_size = Options {
        message: 64,
        ..Options::default()
    };
    for (options, kind) in [
        (by_line, ProblemKind::LineTooLong { limit: 64 }),
        (by_size, ProblemKind::MessageTooLarge { limit: 64 }),
    ] {
        let all = items_in(file.as_bytes(), options);
        assert_eq!(messages(&all), [b"MSH|^~\\&|A\r", b"MSH|^~\\&|C\r"]);
        assert_eq!(
            problems(&all)
                .iter()
                .map(|(_, kind)| *kind)
                .collect::<Vec<_>>(),
            [kind, kind]
        );
    }
}

#[test]
fn too_many_batches_end_the_reading() {
    let options = Options {
        batches: 2,
        ..Options::default()
    };
    let all = items_in(&b"BHS|^~\\&|A\rBTS|0\r".repeat(9), options);
    assert_eq!(
        problems(&all),
        [(34, ProblemKind::TooManyBatches { limit: 2 })]
    );
    assert_eq!(all.len(), 5);
}

#[test]
fn utf16_is_refused_clearly() {
    for text in [
        &b"\xFF\xFEM\0S\0H\0|\0"[..],
        b"\xFE\xFF\0M\0S\0H",
        b"M\0S\0H\0|\0\r\0",
        b"\0B\0H\0S\0|",
    ] {
        let all = items(text);
        assert_eq!(problems(&all), [(0, ProblemKind::Utf16)]);
        assert_eq!(all.len(), 1);
    }
}

#[test]
fn strict_reading_stops_at_the_first_problem() {
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let all = items_in(
        b"BHS|^~\\&|A\rMSH|^~\\&|A\rBTS|7\rBHS|^~\\&|A\rBTS|0\r",
        options,
    );
    assert!(matches!(all.last(), Some(Item::Problem(_))));
    assert_eq!(all.len(), 3);
    assert_eq!(items_in(FILE, options).len(), 6);
}

#[test]
fn what_is_not_one_message_is_not_written() {
    let mut file = Writer::new(Vec::new());
    for bytes in [
        &b""[..],
        b"PID|1\r",
        b"MSH|^~\\&|A\rMSH|^~\\&|B\r",
        b"MSH|^~\\&|A\rBTS|1\r",
        b"\x0bMSH|^~\\&|A\r",
    ] {
        assert!(file.message(bytes).is_err());
    }
    file.message(b"MSH|^~\\&|A \r\x1c").unwrap();
    assert!(file.begin_file(&EnvelopeHeader::default()).is_err());
    assert_eq!(file.finish().unwrap(), b"MSH|^~\\&|A \r");
}

#[test]
fn japanese_and_latin_envelopes_are_read() {
    let all = items(b"FHS|^~\\&|\x1b$B;3ED\x1b(B\rBHS|^~\\&|caf\xE9\rMSH|^~\\&|A\rBTS|1\rFTS|1\r");
    let [Item::FileHeader(file), Item::BatchHeader(batch), ..] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(
        (
            file.sending_application.as_str(),
            batch.sending_application.as_str()
        ),
        ("山田", "café")
    );
}

#[test]
fn an_envelope_in_other_delimiters_is_answered_in_the_recommended_ones() {
    let all = items(b"BHS!@*%$!A@1!B!C!D!!!!!i%F%d\rMSH!@*%$!A\rBTS!1\r");
    let Item::BatchHeader(header) = &all[0] else {
        panic!("{all:?}");
    };
    let answer = header.answer("7");
    assert_eq!(answer.receiving_application, "A^1");
    assert_eq!(
        answer.reference_control_id, "i!d",
        "their field separator is a character here"
    );
    assert_eq!(problems(&all), []);
}

#[test]
fn debug_holds_no_text() {
    let file = b"BHS|^~\\&|SECRET\rMSH|^~\\&|SECRET\rBTS|1|SECRET\r";
    assert!(!format!("{:?}", items(file)).contains("SECRET"));
    assert!(!format!("{:?}", items(file)).contains(&format!("{:?}", b"SECRET")));
}

/// Makes a batch file of this many bytes as it is read.
struct Generated {
    left: usize,
    message: Vec<u8>,
    at: usize,
}

impl Read for Generated {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.message[self.at..];
        let count = rest.len().min(out.len()).min(self.left);
        out[..count].copy_from_slice(&rest[..count]);
        self.left -= count;
        self.at = (self.at + count) % self.message.len();
        Ok(count)
    }
}

#[test]
fn memory_is_bounded_by_one_message_in_a_file_of_200_megabytes() {
    let message = [
        b"MSH|^~\\&|LAB|||||||1|P|2.5\rOBX|1|ED|||".to_vec(),
        b"QUJD".repeat(25_000),
        b"\r".to_vec(),
    ]
    .concat();
    let size = message.len();
    let mut reader = Reader::new(Generated {
        left: 200 << 20,
        message,
        at: 0,
    });
    let (mut most, mut count) = (0, 0);
    while let Some(item) = reader.next() {
        most = most.max(reader.buffered());
        count += u64::from(matches!(item.unwrap(), Item::Message(_)));
    }
    assert_eq!(count, reader.messages());
    assert!(count > 2000 && most < 2 * size + (64 << 10), "{most}");
}

#[test]
fn memory_is_bounded_by_the_limits_if_nothing_ever_ends() {
    let options = Options {
        message: 1 << 20,
        line: 1 << 20,
        ..Options::default()
    };
    for message in [
        b"x".to_vec(),
        b"MSH|^~\\&|A".to_vec(),
        b"PID|1\rMSH|^~\\&|A\rNTE\r".to_vec(),
        b"\x1c".to_vec(),
    ] {
        let source = Generated {
            left: 20 << 20,
            message,
            at: 0,
        };
        let mut reader = Reader::with_options(source, options);
        let mut most = 0;
        while let Some(item) = reader.next() {
            item.unwrap();
            most = most.max(reader.buffered());
        }
        assert!(most <= (2 << 20) + (64 << 10), "{most}");
    }
}

fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"MSH|^~\\&|A".to_vec()),
        Just(b"BHS|^~\\&|A".to_vec()),
        Just(b"FHS|^~\\&|A".to_vec()),
        Just(b"BTS|1".to_vec()),
        Just(b"FTS|1".to_vec()),
        Just(b"PID|1||x".to_vec()),
        Just(b"\x0b".to_vec()),
        Just(b"\x1c".to_vec()),
        Just(b"\xEF\xBB\xBF".to_vec()),
        Just(b"\xFF\xFE".to_vec()),
        Just(b"M\0S\0".to_vec()),
        Just(b" ".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"0123456789012345678901234567890123456789".to_vec()),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_items(
        file in any_file(), sizes in proptest::collection::vec(1_usize..20, 1..8), small in any::<bool>(), strict in any::<bool>(),
    ) {
        let limits = Options { strict, ..Options::default() };
        let options = if small { Options { line: 24, message: 48, batches: 3, ..limits } } else { limits };
        let mut splitter = Splitter::new(options);
        let (mut rest, mut sizes) = (file.as_slice(), sizes.iter().cycle());
        let mut found = Vec::new();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.len().min(*sizes.next().unwrap()));
            splitter.feed(chunk);
            found.extend(std::iter::from_fn(|| splitter.next_item()));
            rest = after;
        }
        splitter.finish();
        found.extend(std::iter::from_fn(|| splitter.next_item()));
        prop_assert_eq!(found, items_in(&file, options));
    }

    #[test]
    fn every_message_is_where_its_offset_says(file in any_file()) {
        for item in items(&file) {
            if let Item::Message(found) = item {
                prop_assert!(file[found.offset as usize..].starts_with(&found.bytes));
            }
        }
    }

    #[test]
    fn what_is_written_is_read(
        batches in proptest::collection::vec(proptest::collection::vec("[ -~]{0,30}", 0..5), 0..5), name in "[ -~]{0,20}", file in any::<bool>(),
    ) {
        let header = EnvelopeHeader {
            comment: crate::escape::escape(&name, &crate::Separators::DEFAULT).into_owned(),
            ..EnvelopeHeader::default()
        };
        let mut writer = Writer::new(Vec::new());
        if file {
            writer.begin_file(&header).unwrap();
        }
        let mut written = Vec::new();
        for texts in &batches {
            writer.begin_batch(&header).unwrap();
            for text in texts {
                let message = format!("MSH|^~\\&|A\rNTE|1||{text}.\r").into_bytes();
                writer.message(&message).unwrap();
                written.push(message);
            }
        }
        let bytes = writer.finish().unwrap();
        let all = items(&bytes);
        prop_assert_eq!(problems(&all), []);
        prop_assert_eq!(messages(&all), written.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let comments = all.iter().filter(|item| match item {
            Item::FileHeader(found) | Item::BatchHeader(found) => found.comment == header.comment,
            _ => false,
        });
        prop_assert_eq!(comments.count(), batches.len() + usize::from(file));
    }
}
