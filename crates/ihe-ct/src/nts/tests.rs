//! Keys, cookies, protected questions and answers, without a stream and without a socket.

use super::record::{self, Record};
use super::*;
use crate::client::Answer;
use crate::packet::{LEN, Packet};
use crate::timestamp::NtpTimestamp;
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;

/// What both ends of one TLS session export.
fn exporter(label: &[u8], context: &[u8]) -> std::io::Result<[u8; 32]> {
    assert_eq!(label, b"EXPORTER-network-time-security");
    let [0, 0, 0, 15, direction @ (0 | 1)] = *context else {
        panic!("context {context:?}");
    };
    Ok([direction + 1; 32])
}

fn session(keyring: &Keyring) -> Session {
    let (ours, theirs) = tokio::io::duplex(4096);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let both = async {
        tokio::join!(
            establish(ours, exporter),
            serve_key_establishment(theirs, exporter, keyring, 1123)
        )
    };
    let (session, served) = runtime.block_on(both);
    served.expect("served");
    session.expect("keys")
}

fn question() -> [u8; LEN] {
    Packet::question(4, NtpTimestamp::from_bits(77)).encode()
}

/// The answer of a server with this ring.
fn answered(keyring: &Keyring, asked: &[u8]) -> Vec<u8> {
    let Opened::Asked(opened) = keyring.open(asked) else {
        panic!("not opened");
    };
    keyring.seal(&question(), &opened).expect("sealed")
}

#[test]
fn keys_are_established_and_a_question_and_its_answer_are_authentic() {
    let keyring = Keyring::new().expect("a ring");
    let mut session = session(&keyring);
    assert_eq!(
        (session.port(), session.server(), session.cookies()),
        (1123, None, 8)
    );
    let (asked, unique) = session.protect(&question()).expect("a cookie");
    assert_eq!(session.cookies(), 7);
    let answer = answered(&keyring, &asked);
    assert_eq!(answer.len(), asked.len(), "not a byte longer");
    assert_eq!(session.open(&answer, &unique), Answer::Authentic);
    assert_eq!(session.cookies(), 8, "the cookie is made up for");
}

#[test]
fn missing_cookies_are_asked_for_and_the_answer_never_grows_longer_than_the_question() {
    let keyring = Keyring::new().expect("a ring");
    let mut session = session(&keyring);
    for lost in 0..7 {
        let (asked, _) = session.protect(&question()).expect("a cookie");
        assert!(asked.len() <= 1200, "{} bytes", asked.len());
        assert!(
            answered(&keyring, &asked).len() <= asked.len(),
            "{lost} lost"
        );
    }
    let (asked, unique) = session.protect(&question()).expect("the last cookie");
    assert!(session.protect(&question()).is_none(), "none left");
    let answer = answered(&keyring, &asked);
    assert_eq!(session.open(&answer, &unique), Answer::Authentic);
    assert_eq!(session.cookies(), 8, "all are back");
}

#[test]
fn one_changed_bit_anywhere_in_the_answer_is_noticed() {
    let keyring = Keyring::new().expect("a ring");
    let mut session = session(&keyring);
    let (asked, unique) = session.protect(&question()).expect("a cookie");
    let answer = answered(&keyring, &asked);
    for bit in 0..answer.len() * 8 {
        let mut forged = answer.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(session.open(&forged, &unique), Answer::Forged, "bit {bit}");
    }
    let fresh = session.protect(&question()).expect("a cookie").1;
    assert_eq!(
        session.open(&answer, &fresh),
        Answer::Forged,
        "of another question"
    );
    assert_eq!(
        session.open(&question(), &unique),
        Answer::Forged,
        "not protected at all"
    );
}

#[test]
fn one_changed_bit_anywhere_in_the_question_is_noticed() {
    let keyring = Keyring::new().expect("a ring");
    let (asked, _) = session(&keyring).protect(&question()).expect("a cookie");
    for bit in 0..asked.len() * 8 {
        let mut forged = asked.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        assert!(
            !matches!(keyring.open(&forged), Opened::Asked(_)),
            "bit {bit}"
        );
    }
}

#[test]
fn a_cookie_lives_three_keys_long_and_then_the_client_is_told_so() {
    let keyring = Keyring::new().expect("a ring");
    let mut session = session(&keyring);
    let (asked, unique) = session.protect(&question()).expect("a cookie");
    keyring.rotate().expect("a key");
    keyring.rotate().expect("a key");
    assert!(matches!(keyring.open(&asked), Opened::Asked(_)));
    keyring.rotate().expect("a key");
    let Opened::Unknown(echoed) = keyring.open(&asked) else {
        panic!("the key is forgotten");
    };
    assert_eq!(echoed, unique);
    let mut nak = question();
    nak[1] = 0;
    nak[12..16].copy_from_slice(b"NTSN");
    let nak = keyring::with_identifier(&nak, &echoed);
    assert_eq!(session.open(&nak, &unique), Answer::Nak);
    assert_eq!(
        session.open(&nak, &[0; 32]),
        Answer::Forged,
        "of another question"
    );
}

#[test]
fn neither_keys_nor_cookies_are_printed() {
    let keyring = Keyring::new().expect("a ring");
    let shown = format!("{:?} {keyring:?}", session(&keyring));
    assert!(
        shown.contains("cookies: 8") && !shown.contains('['),
        "{shown}"
    );
}

/// What a server says to a request.
fn said_to(request: &[u8]) -> (Result<(), NtsError>, Vec<Record>) {
    let keyring = Keyring::new().expect("a ring");
    let (mut ours, theirs) = tokio::io::duplex(65_536);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        ours.write_all(request).await.expect("written");
        ours.shutdown().await.expect("ended");
        let served = serve_key_establishment(theirs, exporter, &keyring, 123).await;
        let mut said = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut ours, &mut said)
            .await
            .expect("read");
        (served, Record::read(&said).expect("a message"))
    })
}

#[test]
fn bad_input_each_bad_request_gets_its_error_record() {
    let protocol = Record::critical(record::NEXT_PROTOCOL, &[0, 0]);
    let aead = Record::critical(record::AEAD, &[0, 15]);
    let error = |code| Record::critical(record::ERROR, &[0, code]);
    let unknown = Record::critical(0x7ff0, &[]);
    let cases = [
        ("nothing", vec![], error(1)),
        ("no algorithm", vec![protocol.clone()], error(1)),
        ("no protocol", vec![aead.clone()], error(1)),
        (
            "half a number",
            vec![protocol.clone(), Record::critical(record::AEAD, &[15])],
            error(1),
        ),
        (
            "unknown and critical",
            vec![protocol.clone(), aead.clone(), unknown],
            error(0),
        ),
    ];
    for (name, records, expected) in cases {
        let (served, said) = said_to(&Record::message(&records));
        assert!(served.is_err(), "{name}");
        assert_eq!(said, [expected], "{name}");
    }
    let other = [protocol.clone(), Record::critical(record::AEAD, &[0, 30])];
    let (served, said) = said_to(&Record::message(&other));
    assert!(matches!(served, Err(NtsError::NothingInCommon)));
    assert_eq!(
        said,
        [protocol.clone(), Record::critical(record::AEAD, &[])]
    );
    let ignored = [protocol, aead, Record::plain(0x7ff0, b"whatever")];
    assert!(
        said_to(&Record::message(&ignored)).0.is_ok(),
        "not critical: skipped"
    );
}

#[test]
fn bad_input_each_bad_response_is_refused() {
    let good = [
        Record::critical(record::NEXT_PROTOCOL, &[0, 0]),
        Record::critical(record::AEAD, &[0, 15]),
        Record::plain(record::COOKIE, &[7; 100]),
    ];
    let read = |records: &[Record]| read_response(&Record::message(records));
    assert!(read(&good).is_ok());
    assert!(matches!(read(&good[..2]), Err(NtsError::NoCookies)));
    assert!(matches!(read(&good[1..]), Err(NtsError::NothingInCommon)));
    let with = |record: Record| read(&[&good[..], &[record]].concat());
    assert!(matches!(
        with(Record::critical(record::ERROR, &[0, 2])),
        Err(NtsError::Error(2))
    ));
    assert!(
        with(Record::plain(record::COOKIE, &[7; 300])).is_err(),
        "a long cookie"
    );
    assert!(
        with(Record::plain(record::SERVER, b"a b\r\n")).is_err(),
        "no host name"
    );
    assert!(
        with(Record::plain(record::PORT, &[1])).is_err(),
        "half a port"
    );
    assert!(
        with(Record::critical(99, &[])).is_err(),
        "unknown and critical"
    );
    let moved = with(Record::plain(record::SERVER, b"time.example")).expect("moved");
    assert_eq!(
        (moved.server.as_deref(), moved.port),
        (Some("time.example"), 123)
    );
    let many: Vec<Record> = std::iter::repeat_n(good[2].clone(), 100).collect();
    assert_eq!(
        Record::read(&Record::message(&many)),
        Err(RecordError::TooLong)
    );
    let mut after = Record::message(&good);
    after.push(0);
    assert_eq!(Record::read(&after), Err(RecordError::AfterEnd));
}

proptest! {
    #[test]
    fn records_survive_encode_and_read(records in proptest::collection::vec((any::<bool>(), 1_u16..0x8000, proptest::collection::vec(any::<u8>(), 0..200)), 0..20)) {
        let records: Vec<Record> = records.into_iter().map(|(critical, kind, body)| Record { critical, kind, body }).collect();
        prop_assert_eq!(Record::read(&Record::message(&records)), Ok(records));
    }

    #[test]
    fn foreign_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), unique in any::<[u8; 32]>()) {
        let _ = read_request(&bytes);
        let _ = read_response(&bytes);
        let keyring = Keyring::new().expect("a ring");
        prop_assert!(!matches!(keyring.open(&bytes), Opened::Asked(_)));
        prop_assert!(field::fields(&bytes, LEN).is_none_or(|fields| fields.len() <= 32));
        let keys = Keys { to_server: [1; 32], to_client: [2; 32] };
        let response = Response { cookies: vec![vec![1; 100]], server: None, port: 123 };
        prop_assert!(Session::new(response, keys).open(&bytes, &unique) != Answer::Authentic);
    }
}
