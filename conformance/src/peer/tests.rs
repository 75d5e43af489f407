use super::*;
use crate::case::Text;
use crate::values::Values;
use crate::wire::{http as wire_http, mllp as wire_mllp};
use std::collections::BTreeMap;
use std::io::{BufReader, Write};

const PATIENCE: Duration = Duration::from_secs(5);

fn answer(text: &str, close: &str) -> Answer {
    let body = Text {
        text: text.to_owned(),
        ..Text::default()
    };
    Answer {
        body,
        close: close.to_owned(),
        ..Answer::default()
    }
}

fn open(kind: Kind, answers: Vec<Answer>, take: (&str, &str), opens_after: u64) -> Peer {
    let take = BTreeMap::from([(take.0.to_owned(), take.1.to_owned())]);
    let script = Script::new(answers, take, Vec::new(), Values::default());
    let place = Place {
        listen: "127.0.0.1:0",
        tls: None,
        opens_after: Duration::from_millis(opens_after),
        patience: PATIENCE,
    };
    Peer::open(kind, &place, script).expect("a free port")
}

fn connect(peer: &Peer) -> TcpStream {
    wire::connect(&peer.address().to_string(), PATIENCE).expect("connected")
}

fn told(stream: &mut TcpStream, control: &str) -> std::io::Result<String> {
    let frame = format!("\x0bMSH|^~\\&|A|B|C|D|2026||ADT|{control}\r\x1c\r");
    stream.write_all(frame.as_bytes())?;
    let answer = wire_mllp::read_frame(stream)?;
    Ok(String::from_utf8(answer).expect("UTF-8"))
}

#[test]
fn answers_come_one_after_the_other_with_what_was_taken_from_the_request() {
    let answers = vec![
        answer("MSA|AE|${control}\n", ""),
        answer("MSA|AA|${control}\n", ""),
    ];
    let peer = open(Kind::Mllp, answers, ("control", "hl7 MSH-10"), 0);
    let mut stream = connect(&peer);
    assert_eq!(told(&mut stream, "1").expect("answered"), "MSA|AE|1\r");
    assert_eq!(told(&mut stream, "2").expect("answered"), "MSA|AA|2\r");
    let mut other = connect(&peer);
    assert_eq!(told(&mut other, "3").expect("answered"), "MSA|AA|3\r");
    let third = peer.log().request(3, PATIENCE).expect("kept").received;
    assert_eq!(third.values("hl7 MSH-10"), Ok(vec!["3".to_owned()]));
    assert_eq!(third.facts["connection"], "2");
    assert_eq!(peer.log().connections(), (2, Vec::new()));
    assert!(peer.log().request(4, Duration::ZERO).is_none());
}

#[test]
fn a_peer_closes_before_in_the_middle_and_after_an_answer() {
    for (close, right) in [("before", false), ("middle", false), ("after", true)] {
        let answers = vec![answer("MSA|AA|${control}\n", close)];
        let peer = open(Kind::Mllp, answers, ("control", "hl7 MSH-10"), 0);
        let mut stream = connect(&peer);
        assert_eq!(told(&mut stream, "1").is_ok(), right, "{close}");
        assert!(told(&mut stream, "2").is_err(), "{close}: it stays open");
    }
}

#[test]
fn an_http_answer_is_chosen_by_what_is_asked_and_relates_to_it() {
    let only = |selector: &str, text: &str| Answer {
        when: selector.to_owned(),
        action: "urn:answer".to_owned(),
        ..answer(text, "")
    };
    let answers = vec![only("xml //One", "<one/>"), only("xml //Two", "<two/>")];
    let peer = open(Kind::Http, answers, ("unused", "size"), 0);
    let mut stream = connect(&peer);
    for (asked, answered) in [("Two", "two"), ("One", "one"), ("Two", "two")] {
        let body = format!(
            "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://www.w3.org/2005/08/addressing\">\
             <s:Header><a:MessageID>urn:{asked}</a:MessageID></s:Header><s:Body><{asked}/></s:Body></s:Envelope>"
        );
        let framing = wire_http::Framing::Length;
        wire_http::write_request(&mut stream, "POST", "/", &[], body.as_bytes(), framing)
            .expect("written");
        let (head, bytes) = wire_http::read(&mut BufReader::new(&stream)).expect("answered");
        let received = Received {
            bytes,
            head: Some(head),
            ..Received::default()
        };
        let body = received.values("xml //soap:Body/*/name()");
        assert_eq!(body, Ok(vec![answered.to_owned()]));
        let relates = received.values("xml //wsa:RelatesTo");
        assert_eq!(relates, Ok(vec![format!("urn:{asked}")]));
    }
}

#[test]
fn a_peer_that_is_away_refuses_and_comes() {
    let answers = vec![answer("MSA|AA|${control}\n", "")];
    let peer = open(Kind::Mllp, answers, ("control", "hl7 MSH-10"), 300);
    let address = peer.address().to_string();
    assert!(wire::connect(&address, PATIENCE).is_err(), "it is there");
    let there = (0..100).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        wire::connect(&address, PATIENCE).ok()
    });
    let answered = told(&mut there.expect("it never comes"), "1");
    assert_eq!(answered.expect("answered"), "MSA|AA|1\r");
}

#[test]
fn a_peer_ends_with_its_case() {
    let mut late = answer("MSA|AA|${control}\n", "");
    late.delay = "60000".to_owned();
    let peer = open(Kind::Mllp, vec![late], ("control", "hl7 MSH-10"), 0);
    let mut stream = connect(&peer);
    let begun = std::time::Instant::now();
    let waits = std::thread::spawn(move || told(&mut stream, "1"));
    assert!(peer.log().request(1, PATIENCE).is_some());
    let address = peer.address().to_string();
    drop(peer);
    assert!(waits.join().expect("ended").is_err());
    assert!(wire::connect(&address, PATIENCE).is_err(), "it listens");
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn a_script_with_an_unknown_value_is_said_to_be_wrong() {
    let peer = open(Kind::Mllp, vec![answer("${nothing}", "")], ("a", "size"), 0);
    let mut stream = connect(&peer);
    assert!(told(&mut stream, "1").is_err());
    let wrong = peer.log().wrong().expect("it is said");
    assert!(wrong.contains("nothing"), "{wrong}");
}
