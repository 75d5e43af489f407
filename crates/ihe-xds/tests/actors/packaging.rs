//! How documents come in an ITI-41 message: references, base64, several, none; and messages that are broken.

use crate::support::{World, codes, entry, me, source_of, submission};
use ihe_xds::error::ErrorCode;
use ihe_xds::iti41;
use ihe_xds::metadata::{DocumentEntry, Submission};
use ihe_xds::{DocumentRepository, RepositoryLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const HEAD: &str = "Content-Transfer-Encoding: binary\r\nContent-ID: ";

async fn world() -> World {
    let world = World::start_with(true, |url| url, |repository| repository).await;
    world.admit("P1").await;
    world
}

/// An ITI-41 message in raw bytes: the body, then parts named by their Content-IDs.
fn multipart(world: &World, body: &str, parts: &[(&str, &str)], end: &str) -> String {
    let to = &world.repository_url;
    let mut wire = format!(
        "--MB\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
         {HEAD}<root@x>\r\n\r\n<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:Action>{}</a:Action>\
         <a:MessageID>urn:uuid:7</a:MessageID><a:To>{to}</a:To></s:Header><s:Body>{body}</s:Body></s:Envelope>",
        iti41::REQUEST_ACTION
    );
    for (id, content) in parts {
        wire += &format!("\r\n--MB\r\nContent-Type: text/plain\r\n{HEAD}<{id}>\r\n\r\n{content}");
    }
    wire + end
}

/// Sends it with a Content-Length that is `more` than true, and reads the answer to the end of the connection.
async fn send(world: &World, message: &str, more: usize) -> String {
    let authority = world.repository_url.trim_start_matches("http://localhost:");
    let port = authority.split('/').next().unwrap().parse::<u16>().unwrap();
    let mut stream = tokio::net::TcpStream::connect(("localhost", port))
        .await
        .unwrap();
    let head = format!(
        "POST /repository HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/related; \
         boundary=MB; type=\"application/xop+xml\"; start=\"<root@x>\"; start-info=\"application/soap+xml\"\r\n\
         Content-Length: {}\r\n\r\n",
        message.len() + more
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(message.as_bytes()).await.unwrap();
    if more > 0 {
        stream.shutdown().await.unwrap(); // what is promised never comes
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn two() -> (DocumentEntry, DocumentEntry, Submission) {
    let (one, two) = (entry("P1"), entry("P1"));
    let sent = submission("P1", vec![one.clone(), two.clone()]);
    (one, two, sent)
}

fn references(one: &DocumentEntry, two: &DocumentEntry) -> [(String, String); 2] {
    [(one, "one@x"), (two, "two@x")].map(|(entry, id)| (entry.entry_uuid.clone(), id.to_owned()))
}

const END: &str = "\r\n--MB--\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_008_inline_and_referenced_documents_are_stored_and_parts_nobody_names_ignored() {
    let world = world().await;
    let (one, two, sent) = two();
    let body = iti41::encode(&sent, &references(&one, &two));
    let start = body.find("<xop:Include").unwrap();
    let end = start + body[start..].find("/>").unwrap() + 2;
    let body = format!("{}aGVsbG8={}", &body[..start], &body[end..]);
    let parts = [("extra@x", "ignored"), ("two@x", "two"), ("more@x", "")];
    let answer = send(&world, &multipart(&world, &body, &parts, END), 0).await;
    assert!(answer.contains("ResponseStatusType:Success"), "{answer}");
    let consumer = world.consumer();
    for (entry, content) in [(one, &b"hello"[..]), (two, b"two")] {
        let entry = DocumentEntry {
            repository_unique_id: Some(crate::support::REPOSITORY.into()),
            ..entry
        };
        assert_eq!(consumer.retrieve(&me(), &entry).await.unwrap(), content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_008_base64_up_to_the_limit_of_the_envelope_is_accepted() {
    let world = world().await;
    let one = entry("P1");
    let sent = submission("P1", vec![one.clone()]);
    let body = iti41::encode(&sent, &[(one.entry_uuid.clone(), "one@x".into())]);
    let start = body.find("<xop:Include").unwrap();
    let end = start + body[start..].find("/>").unwrap() + 2;
    let with = |octets: usize| {
        format!(
            "{}{}{}",
            &body[..start],
            "QUJD".repeat(octets / 3),
            &body[end..]
        )
    };
    let answer = send(&world, &multipart(&world, &with(12_000_000), &[], END), 0).await;
    assert!(answer.contains("ResponseStatusType:Success"), "{answer}");
    assert_eq!(world.files("objects").len(), 1);
    let answer = send(&world, &multipart(&world, &with(13_000_000), &[], END), 0).await;
    assert!(
        answer.contains("Sender") && answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    assert_eq!(world.files("objects").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_005_050_broken_messages_are_answered_and_leave_nothing() {
    let world = world().await;
    let (one, two, sent) = two();
    let body = iti41::encode(&sent, &references(&one, &two));
    let (first, second) = (("one@x", "one"), ("two@x", "two"));
    let repeated = multipart(&world, &body, &[first, second, first], END);
    let unended = multipart(&world, &body, &[first, second], "");
    let missing = multipart(&world, &body, &[first], END);
    let whole = multipart(&world, &body, &[first, second], END);
    let shared = body.replace("two@x", "one@x");
    let shared = multipart(&world, &shared, &[first, second], END);
    for (name, message, more, expected) in [
        ("a repeated part", &repeated, 0, "Sender"),
        ("no end boundary", &unended, 0, "Sender"),
        ("a missing part", &missing, 0, "XDSMissingDocument"),
        ("one part for two", &shared, 0, "XDSRepositoryMetadataError"),
    ] {
        let answer = send(&world, message, more).await;
        assert!(answer.contains(expected), "{name}: {answer}");
        assert!(!answer.contains(":Success"), "{name}: {answer}");
        assert!(world.is_empty().await, "{name}");
    }
    // The end boundary is there, the promised octets after it are not.
    send(&world, &whole, 100).await;
    let cut = &whole[..whole.len() - 60];
    let answer = send(&world, cut, 60).await;
    assert!(!answer.contains(":Success"), "{answer}");
    let consumer = world.consumer();
    let find = ihe_xds::iti18::FindDocuments::new(&crate::support::cx("P1")).approved();
    let found = consumer.query(&me(), find).await.unwrap().documents.len();
    assert_eq!(found, world.files("objects").len(), "whole or not at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sender_of_a_large_message_that_is_refused_gets_to_see_the_refusal() {
    // What the repository leaves unread, the SOAP endpoint does not read either.
    let limits = RepositoryLimits {
        drain: 0,
        ..RepositoryLimits::default()
    };
    let set_up = |repository: DocumentRepository<_>| repository.with_limits(limits);
    let world = World::start_with(true, |url| url, set_up).await;
    let (one, two, sent) = two();
    let [first, second] = references(&one, &two);
    let stray = ("urn:uuid:7".to_owned(), "stray@x".to_owned());
    let body = iti41::encode(&sent, &[first, second, stray]);
    let large = "x".repeat(16 << 20);
    let message = multipart(&world, &body, &[("one@x", &large)], END);
    let answer = send(&world, &message, 0).await;
    assert!(answer.contains("XDSMissingDocumentMetadata"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_057_a_submission_without_documents_is_registered() {
    let world = world().await;
    let sent = submission("P1", vec![]);
    let told = world.source().submit(&me(), sent, vec![]).await;
    assert!(told.unwrap().is_empty());
    assert!(world.is_empty().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_059_one_wrong_document_refuses_all_of_them() {
    let world = world().await;
    let (one, mut two, _) = two();
    two.hash = Some("da39a3ee5e6b4b0d3255bfef95601890afd80709".into());
    let sent = submission("P1", vec![one.clone(), two.clone()]);
    let documents = vec![source_of(&one, b"hello"), source_of(&two, b"hello")];
    let refused = world.source().submit(&me(), sent, documents).await;
    assert_eq!(codes(refused), [ErrorCode::XdsRepositoryMetadataError]);
    assert!(world.is_empty().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn xds_t_056_a_known_unique_id_is_taken_with_the_same_content_only() {
    let world = world().await;
    let one = entry("P1");
    let mut again = entry("P1");
    again.unique_id.clone_from(&one.unique_id);
    let submit = async |entry: &DocumentEntry, content: &'static [u8]| {
        let sent = submission("P1", vec![entry.clone()]);
        let documents = vec![source_of(entry, content)];
        world.source().submit(&me(), sent, documents).await
    };
    submit(&one, b"hello").await.unwrap();
    submit(&again, b"hello").await.unwrap();
    assert_eq!(world.files("objects").len(), 1);
    let mut other = entry("P1");
    other.unique_id.clone_from(&one.unique_id);
    assert_eq!(
        codes(submit(&other, b"hellO").await),
        [ErrorCode::XdsNonIdenticalHash]
    );
    assert_eq!(
        codes(submit(&other, b"hello!").await),
        [ErrorCode::XdsNonIdenticalSize]
    );
    assert_eq!(world.files("objects").len(), 1);
}
