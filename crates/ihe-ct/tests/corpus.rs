//! Each datagram of `tests/corpus`, whose name says why it is there: what the client makes of the answers, what the
//! server says to the questions.
#![cfg(feature = "server")]

use ihe_ct::*;
use std::path::Path;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

struct Case {
    name: String,
    expect: String,
    bytes: Vec<u8>,
}

fn cases(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let files = std::fs::read_dir(&folder).expect("the corpus");
    let mut cases: Vec<Case> = files
        .map(|file| read(&file.expect("a file").path()))
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).expect("text");
    let expect = text
        .lines()
        .find_map(|line| line.strip_prefix("# expect: "));
    let digits: String = text.lines().filter(|line| !line.starts_with('#')).collect();
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).expect("ASCII");
        u8::from_str_radix(pair, 16).expect("hexadecimal")
    };
    Case {
        name: path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned(),
        expect: expect.expect("what is expected").to_owned(),
        bytes: pairs.map(byte).collect(),
    }
}

/// The question that the corpus answers, and when the answer came: a second later.
fn asked() -> (Exchange, NtpTimestamp) {
    let sent = NtpTimestamp::from_bits(0xE900_0000_0000_0000);
    let exchange = Exchange::start(sent).with_cookie(0x0102_0304_0506_0708);
    (exchange, sent.moved(1_000_000_000))
}

fn word(judged: Result<Measurement, Rejection>) -> &'static str {
    match judged {
        Ok(_) => "offset",
        Err(Rejection::Packet(_)) => "packet",
        Err(Rejection::Mode(_)) => "mode",
        Err(Rejection::Originate) => "originate",
        Err(Rejection::Kiss(_)) => "kiss",
        Err(Rejection::Unsynchronised) => "unsynchronised",
        Err(Rejection::NoTime) => "no time",
        Err(Rejection::RootDistance) => "root distance",
        Err(Rejection::NotAuthentic) => "not authentic",
        Err(Rejection::Loop) => "loop",
        Err(Rejection::Contradiction) => "contradiction",
    }
}

#[test]
fn ct_r_006_each_answer_of_the_corpus_is_judged_as_its_file_says() {
    let cases = cases("answers");
    assert!(cases.len() >= 35, "{} answers", cases.len());
    for case in cases {
        let (exchange, now) = asked();
        let judged = exchange.finish(&case.bytes, now);
        assert_eq!(word(judged), case.expect, "{}: {judged:?}", case.name);
        if let Ok(measured) = judged {
            assert!(measured.error_bound().as_secs_f64() >= 0.0 && measured.delay >= 0);
        }
    }
}

#[test]
fn ct_r_006_each_kiss_of_the_corpus_says_what_to_do() {
    let cases = cases("answers");
    let kiss = |name: &str| {
        let case = cases.iter().find(|case| case.name == name).expect(name);
        let (exchange, now) = asked();
        match exchange.finish(&case.bytes, now) {
            Err(Rejection::Kiss(kiss)) => kiss,
            other => panic!("{name}: {other:?}"),
        }
    };
    assert!(kiss("kiss-deny").must_stop() && kiss("kiss-rstr").must_stop());
    assert_eq!(kiss("kiss-rate"), Kiss::Rate);
    assert_eq!(
        kiss("kiss-unknown-code"),
        Kiss::Other(ReferenceId(*b"XABC"))
    );
    assert_eq!(kiss("kiss-without-code"), Kiss::Other(ReferenceId([0; 4])));
}

#[tokio::test]
async fn bad_input_each_question_of_the_corpus_is_answered_or_met_with_silence_and_never_amplified()
{
    let socket = TimeServer::bind("127.0.0.1:0").await.expect("a port");
    let address = socket.local_addr().expect("address");
    let server = TimeServer::new(ServerState::local_clock(10));
    tokio::spawn(server.serve(socket, CancellationToken::new()));
    let cases = cases("questions");
    assert!(cases.len() >= 20, "{} questions", cases.len());
    for case in cases {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        socket.connect(address).await.expect("an address");
        socket.send(&case.bytes).await.expect("sent");
        // The server answers in order: after silence the first answer is that of this second question.
        let mut second = Packet::question(4, NtpTimestamp::from_bits(0x77)).encode();
        second[2] = 13;
        socket.send(&second).await.expect("sent");
        let mut buffer = [0; 2048];
        let length = socket.recv(&mut buffer).await.expect("an answer");
        let silent = buffer[2] == 13;
        let expected = if silent { "silence" } else { "answer" };
        assert_eq!(expected, case.expect, "{}", case.name);
        assert!(
            silent || length <= case.bytes.len(),
            "{} amplifies",
            case.name
        );
        assert!(
            silent || buffer[24..32] == case.bytes[40..48],
            "{}: the origin",
            case.name
        );
    }
}
