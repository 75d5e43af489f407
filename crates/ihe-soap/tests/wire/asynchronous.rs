//! Asynchronous WS-Addressing over real sockets (ITI TF-2 V.5, 3.18.4.1.2.7; XDS-T-011).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ihe_soap::{
    Attachment, Client, Delivered, Endpoint, Error, Limits, Mailbox, Outgoing, Packaging, Replies,
    ReplyHosts, ReplyLimits, Source,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Server, Tcp, envelope, listen, soap, start_at, still_works};

/// A listener that keeps each request it is sent and answers them in turn; an empty answer hangs up.
struct Inbox {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Inbox {
    async fn answering(answers: &[&str]) -> Inbox {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
        let address = listener.local_addr().expect("address").to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, answers) = (seen.clone(), answers.iter().map(|a| (*a).to_owned()));
        let answers: Vec<String> = answers.collect();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.expect("accept");
                let mut bytes = Vec::new();
                while !bytes.ends_with(b"Envelope>") && !bytes.ends_with(b"--\r\n") {
                    if stream.read_buf(&mut bytes).await.expect("read") == 0 {
                        break;
                    }
                }
                kept.lock()
                    .expect("lock")
                    .push(String::from_utf8_lossy(&bytes).into_owned());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
            std::future::pending::<()>().await;
        });
        Inbox { address, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("lock").clone()
    }

    fn url(&self) -> String {
        format!("http://{}/replies", self.address)
    }
}

const TAKEN: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const BUSY: &str =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn quick() -> ReplyLimits {
    ReplyLimits {
        pause: Duration::from_millis(10),
        patience: Duration::from_secs(10),
        ..ReplyLimits::default()
    }
}

fn replies(host: &str, limits: ReplyLimits) -> Replies {
    let client = Client::new(Tcp, Limits::default());
    Replies::new(client, ReplyHosts::http([host]), limits)
}

async fn server(replies: &Replies) -> Server {
    let endpoint = Endpoint::new(Limits::default()).at("/service");
    start_at(endpoint.with_replies(replies.clone())).await
}

fn to(name: &str, address: &str) -> String {
    format!(
        "<wsa:{name}><wsa:Address>{address}</wsa:Address><wsa:ReferenceParameters>\
         <c:call xmlns:c='urn:c' c:n='1'>seven</c:call></wsa:ReferenceParameters></wsa:{name}>"
    )
}

#[tokio::test]
async fn xds_t_011_a_request_with_a_reply_address_gets_202_and_its_reply_is_posted_there() {
    let inbox = Inbox::answering(&[TAKEN]).await;
    let replies = replies(&inbox.address, quick());
    let server = server(&replies).await;
    let xml = envelope("urn:echo", &to("ReplyTo", &inbox.url()), "<q>hello</q>");
    let (status, head, body) = soap(&server, &xml).await;
    assert_eq!((status, body.as_str()), (202, ""));
    assert!(head.to_lowercase().contains("content-length: 0"), "{head}");
    replies.finish().await;
    let seen = inbox.seen();
    assert_eq!(seen.len(), 1);
    for piece in [
        "POST /replies HTTP/1.1",
        "application/soap+xml",
        "<wsa:RelatesTo>urn:uuid:42</wsa:RelatesTo>",
        "urn:echoResponse</wsa:Action>",
        ">hello</q>",
        &format!(">{}</wsa:To>", inbox.url()),
    ] {
        assert!(seen[0].contains(piece), "{piece} in {}", seen[0]);
    }
    let parameter = seen[0].split("<c:call").nth(1).expect("the parameter");
    assert!(parameter.contains(":IsReferenceParameter=\"true\"") && parameter.contains(">seven</"));
    assert!(
        !seen[0].contains("<wsa:MessageID>urn:uuid:42<") && seen[0].contains("<wsa:MessageID>urn:")
    );
    assert_eq!(replies.delivered().sent, 1);
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_011_an_address_that_is_not_listed_is_refused_before_the_service_and_never_called() {
    let inbox = Inbox::answering(&[TAKEN]).await;
    let replies = replies("consumer.example:8080", quick());
    let server = server(&replies).await;
    for header in ["ReplyTo", "FaultTo"] {
        for url in [
            inbox.url(),
            "http://consumer.example/".into(),
            "ftp://x".into(),
            "x".into(),
        ] {
            let xml = envelope("urn:echo", &to(header, &url), "<q/>");
            let (status, _, body) = soap(&server, &xml).await;
            assert_eq!(status, 400, "{url}");
            assert!(body.contains(">wsa:InvalidAddressingHeader<"), "{body}");
            assert!(body.contains(">wsa:InvalidAddress<"), "{body}");
            assert!(body.contains(&format!(">wsa:{header}<")), "{body}");
        }
    }
    assert_eq!(*server.service.handled.lock().expect("lock"), 0);
    assert_eq!(inbox.seen().len(), 0);
    still_works(&server).await;
}

#[tokio::test]
async fn xds_t_011_a_fault_goes_to_fault_to_and_to_reply_to_without_it() {
    let (first, second) = (
        Inbox::answering(&[TAKEN]).await,
        Inbox::answering(&[TAKEN]).await,
    );
    let client = Client::new(Tcp, Limits::default());
    let hosts = ReplyHosts::http([&first.address, &second.address]);
    let replies = Replies::new(client, hosts, quick());
    let server = server(&replies).await;
    let both = to("ReplyTo", &first.url()) + &to("FaultTo", &second.url());
    assert_eq!(
        soap(&server, &envelope("urn:no", &both, "<q/>")).await.0,
        202
    );
    replies.finish().await;
    assert_eq!((first.seen().len(), second.seen().len()), (0, 1));
    assert!(second.seen()[0].contains("wsa:ActionNotSupported"));
    assert!(second.seen()[0].contains("<wsa:RelatesTo>urn:uuid:42<"));
    let reply_to = to("ReplyTo", &first.url());
    assert_eq!(
        soap(&server, &envelope("urn:no", &reply_to, "<q/>"))
            .await
            .0,
        202
    );
    replies.finish().await;
    assert!(first.seen()[0].contains("wsa:ActionNotSupported"));
}

#[tokio::test]
async fn xds_t_011_what_is_asked_for_on_the_connection_stays_on_it() {
    let inbox = Inbox::answering(&[TAKEN]).await;
    let replies = replies(&inbox.address, quick());
    let server = server(&replies).await;
    let fault_here = to("ReplyTo", &inbox.url()) + &to("FaultTo", ihe_soap::ANONYMOUS);
    let (status, _, body) = soap(&server, &envelope("urn:no", &fault_here, "<q/>")).await;
    assert_eq!(status, 400);
    assert!(body.contains("wsa:ActionNotSupported"), "{body}");
    let reply_here = to("FaultTo", &inbox.url());
    let (status, _, body) = soap(&server, &envelope("urn:echo", &reply_here, "<q/>")).await;
    assert!(status == 200 && body.contains("urn:echoResponse"), "{body}");
    assert_eq!(inbox.seen().len(), 0);
    assert_eq!(
        soap(&server, &envelope("urn:no", &reply_here, "<q/>"))
            .await
            .0,
        202
    );
    replies.finish().await;
    assert_eq!(inbox.seen().len(), 1);
}

#[tokio::test]
async fn xds_t_011_the_address_none_gets_no_reply_and_no_fault() {
    let server = start_at(Endpoint::new(Limits::default()).at("/service")).await;
    for action in ["urn:echo", "urn:no"] {
        let xml = envelope(action, &to("ReplyTo", ihe_soap::NONE), "<q/>");
        assert_eq!(soap(&server, &xml).await.0, 202);
    }
    for _ in 0..100 {
        if *server.service.handled.lock().expect("lock") == 2 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the service was not asked");
}

#[tokio::test]
async fn xds_t_011_a_receiver_that_is_busy_or_hangs_up_is_tried_again_with_the_same_message() {
    let inbox = Inbox::answering(&[BUSY, "", TAKEN]).await;
    let replies = replies(&inbox.address, quick());
    let server = server(&replies).await;
    let xml = envelope("urn:echo", &to("ReplyTo", &inbox.url()), "<q/>");
    assert_eq!(soap(&server, &xml).await.0, 202);
    replies.finish().await;
    let ids: Vec<String> = inbox
        .seen()
        .iter()
        .filter_map(|text| text.split("<wsa:MessageID>").nth(1))
        .map(|rest| rest.split('<').next().unwrap_or_default().to_owned())
        .collect();
    assert!(
        ids.len() == 3 && ids[0] == ids[1] && ids[1] == ids[2],
        "{ids:?}"
    );
    let expected = Delivered {
        sent: 1,
        repeated: 2,
        lost: 0,
    };
    assert_eq!(replies.delivered(), expected);
}

#[tokio::test]
async fn xds_t_011_redirects_are_not_followed_and_refusals_not_repeated() {
    let other = Inbox::answering(&[TAKEN]).await;
    let redirect = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        other.url()
    );
    let gone = "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let inbox = Inbox::answering(&[&redirect, gone]).await;
    let replies = replies(&inbox.address, quick());
    let server = server(&replies).await;
    let xml = envelope("urn:echo", &to("ReplyTo", &inbox.url()), "<q/>");
    for lost in [1, 2] {
        assert_eq!(soap(&server, &xml).await.0, 202);
        replies.finish().await;
        let delivered = replies.delivered();
        assert_eq!((delivered.lost, delivered.repeated), (lost, 0));
    }
    assert_eq!((inbox.seen().len(), other.seen().len()), (2, 0));
}

#[tokio::test]
async fn xds_t_011_a_full_queue_refuses_and_a_reply_nobody_takes_is_given_up() {
    let limits = ReplyLimits {
        pending: 1,
        patience: Duration::from_millis(400),
        ..quick()
    };
    // nobody listens there
    let replies = replies("127.0.0.1:9", limits);
    let server = server(&replies).await;
    let xml = envelope("urn:echo", &to("ReplyTo", "http://127.0.0.1:9/"), "<q/>");
    assert_eq!(soap(&server, &xml).await.0, 202);
    let (status, _, body) = soap(&server, &xml).await;
    assert_eq!(status, 500);
    assert!(body.contains("wsa:EndpointUnavailable"), "{body}");
    assert_eq!(*server.service.handled.lock().expect("lock"), 1);
    replies.finish().await;
    assert_eq!(replies.delivered().lost, 1);
    assert_eq!(soap(&server, &xml).await.0, 202);
    still_works(&server).await;
}

#[tokio::test]
async fn reference_parameters_that_pass_for_headers_are_refused() {
    let replies = replies("good.example", quick());
    let server = server(&replies).await;
    for parameter in [
        "<wsa:Action>urn:forged</wsa:Action>",
        "<env:Body/>",
        "<w:Security xmlns:w='http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd'/>",
        "<x wsa:IsReferenceParameter='false'/>",
        "<x xmlns:wsarp='urn:x'/>",
    ] {
        let header = format!(
            "<wsa:ReplyTo><wsa:Address>http://good.example/</wsa:Address>\
             <wsa:ReferenceParameters>{parameter}</wsa:ReferenceParameters></wsa:ReplyTo>"
        );
        let (status, _, body) = soap(&server, &envelope("urn:echo", &header, "<q/>")).await;
        assert_eq!(status, 400, "{parameter}");
        assert!(body.contains(">wsa:InvalidEPR<"), "{body}");
    }
    for header in [
        "<wsa:ReplyTo/>",
        "<wsa:ReplyTo><wsa:Address/></wsa:ReplyTo>",
        "<wsa:ReplyTo><wsa:Address>a</wsa:Address><wsa:Address>b</wsa:Address></wsa:ReplyTo>",
    ] {
        let (_, _, body) = soap(&server, &envelope("urn:echo", header, "<q/>")).await;
        assert!(body.contains(">wsa:MissingAddressInEPR<"), "{body}");
    }
    still_works(&server).await;
}

/// A server that replies to a mailbox, and a client with that mailbox.
async fn pair() -> (Server, Mailbox, Client<Tcp>, Replies) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("address");
    drop(listener);
    let mailbox = Mailbox::new(format!("http://{address}/replies?box=1"), 10);
    let door = mailbox.door(Limits::default());
    let listener = TcpListener::bind(address).await.expect("bind");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (door, stop) = (door.clone(), Default::default());
            tokio::spawn(async move { ihe_soap::serve_stream(stream, door, &stop).await });
        }
    });
    let replies = replies(&address.to_string(), quick());
    let server = server(&replies).await;
    let client = Client::new(Tcp, Limits::default());
    (server, mailbox, client, replies)
}

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn xds_t_011_a_call_through_a_mailbox_gets_its_own_reply_with_streamed_attachments() {
    let (server, mailbox, client, replies) = pair().await;
    let large = vec![7; 3 << 20];
    let call = async |n: u8| {
        let part = Attachment::new("a/b", Source::Bytes(large.clone().into()));
        let message = Outgoing::request("urn:back", server.url(), format!("<q n='{n}'/>"));
        let message = message
            .attach(part)
            .attach(Attachment::new("a/b", Source::Bytes(vec![n].into())));
        let id = message.envelope.message_id.clone();
        let url = server.url();
        let reply = client.call_async(&url, message, &mailbox, PATIENCE);
        let mut reply = reply.await.expect("reply");
        assert_eq!(
            (reply.envelope.relates_to.clone(), reply.packaging),
            (id, Packaging::Mtom)
        );
        let mut sizes = Vec::new();
        while let Some(mut part) = reply.parts.next().await.expect("part") {
            let mut octets = Vec::new();
            while let Some(chunk) = part.chunk().await.expect("chunk") {
                octets.extend_from_slice(&chunk);
            }
            sizes.push((octets.len(), octets.first().copied()));
        }
        assert_eq!(sizes, [(3 << 20, Some(7)), (1, Some(n))]);
    };
    futures_util::future::join_all((0..5).map(call)).await;
    replies.finish().await;
    assert_eq!((replies.delivered().sent, mailbox.unknown()), (5, 0));
}

#[tokio::test]
async fn xds_t_011_a_fault_comes_through_the_mailbox_and_a_refusal_on_the_connection() {
    let (server, mailbox, client, _) = pair().await;
    let url = server.url();
    let message = || Outgoing::request("urn:no", &url, "<q/>");
    let fault = client.call_async(&url, message(), &mailbox, PATIENCE);
    match fault.await {
        Err(Error::Fault(fault)) => {
            assert_eq!(fault.subcode.as_deref(), Some("wsa:ActionNotSupported"));
        }
        other => panic!("{other:?}"),
    }
    let elsewhere = Mailbox::new("http://other.example/", 1);
    let refused = client.call_async(&url, message(), &elsewhere, PATIENCE);
    match refused.await {
        Err(Error::Fault(fault)) => {
            assert_eq!(fault.subsubcode.as_deref(), Some("wsa:InvalidAddress"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn xds_t_011_a_late_or_unknown_reply_is_refused_dropped_and_counted() {
    let (_, mailbox, client, _) = pair().await;
    let inbox = Inbox::answering(&[TAKEN]).await;
    let message = Outgoing::request("urn:q", inbox.url(), "<q/>");
    let id = message.envelope.message_id.clone().expect("id");
    let patience = Duration::from_millis(200);
    let late = client
        .call_async(&inbox.url(), message, &mailbox, patience)
        .await;
    assert!(matches!(late, Err(Error::Timeout(_))), "{late:?}");
    let asked = |id: &str| {
        let mut request = Outgoing::request("urn:q", "u", "<q/>").envelope;
        request.message_id = Some(id.to_owned());
        Outgoing::reply(&request, "urn:r", "<r/>")
    };
    for (count, id) in [(1, id.as_str()), (2, "urn:uuid:never"), (3, "")] {
        let refused = client.call(mailbox.address(), asked(id)).await;
        assert!(matches!(refused, Err(Error::Fault(_))), "{refused:?}");
        assert_eq!(mailbox.unknown(), count);
    }
}

#[tokio::test]
async fn calls_that_wait_are_limited_and_a_sync_server_is_heard_too() {
    let (_, mailbox, client, _) = pair().await;
    let plain = start_at(Endpoint::new(Limits::default()).at("/service")).await;
    let full = Mailbox::new(mailbox.address(), 0);
    let message = || Outgoing::request("urn:echo", plain.url(), "<q/>");
    let refused = client
        .call_async(&plain.url(), message(), &full, PATIENCE)
        .await;
    assert!(matches!(refused, Err(Error::Limit(_))), "{refused:?}");
    // a server that ignores wsa:ReplyTo and answers at once
    let relates = "<wsa:RelatesTo>urn:uuid:sync</wsa:RelatesTo>";
    let xml = envelope("urn:r", relates, "<r/>");
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\n\r\n{xml}",
        xml.len()
    );
    let inbox = Inbox::answering(&[&answer]).await;
    let mut sent = Outgoing::request("urn:q", inbox.url(), "<q/>");
    sent.envelope.message_id = Some("urn:uuid:sync".into());
    let reply = client
        .call_async(&inbox.url(), sent, &mailbox, PATIENCE)
        .await;
    assert_eq!(reply.expect("reply").envelope.action, "urn:r");
}

#[tokio::test]
async fn a_mailbox_answers_nothing_but_replies() {
    let (_, mailbox, _, _) = pair().await;
    let (address, _) = listen(mailbox.door(Limits::default())).await;
    let request = crate::support::post("/", "application/soap+xml", b"<x/>");
    let mut stream = tokio::net::TcpStream::connect(address)
        .await
        .expect("connect");
    stream.write_all(&request).await.expect("write");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    assert!(answer.contains("VersionMismatch"), "{answer}");
}
