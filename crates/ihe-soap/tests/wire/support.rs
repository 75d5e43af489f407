//! A service over real sockets, and raw HTTP without the crate's own client.

use std::sync::{Arc, Mutex};

use ihe_soap::{
    Attachment, Connect, Endpoint, Fault, Incoming, Limits, Outgoing, Reply, Service, Source,
    serve_stream,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Answers by action; remembers what the transport refused.
#[derive(Default)]
pub(crate) struct Echo {
    pub(crate) refused: Mutex<Vec<String>>,
    pub(crate) handled: Mutex<usize>,
}

impl Service for Echo {
    async fn handle(&self, mut request: Incoming) -> Reply {
        *self.handled.lock().expect("lock") += 1;
        let action = request.envelope.action.clone();
        let reply =
            |body: String| Outgoing::reply(&request.envelope, format!("{action}Response"), body);
        match action.as_str() {
            "urn:echo" => {
                Reply::Message(reply(request.envelope.body.clone()).packed(request.packaging))
            }
            "urn:unread" => Reply::Message(reply("<unread/>".into()).packed(request.packaging)),
            "urn:other-id" => {
                let mut message = reply("<x/>".into());
                message.envelope.relates_to = Some("urn:uuid:other".into());
                Reply::Message(message)
            }
            "urn:simple" => Reply::Message(reply("<x/>".into())),
            "urn:missing-file" => Reply::Message(
                reply("<x/>".into())
                    .attach(Attachment::new("a/b", Source::File("/nowhere/file".into()))),
            ),
            "urn:bad-action" => {
                let mut message = reply("<x/>".into());
                message.envelope.action = "bad\r\nInjected: 1".into();
                Reply::Message(message)
            }
            "urn:count" => match count(&mut request).await {
                Ok(list) => Reply::Message(
                    Outgoing::reply(
                        &request.envelope,
                        "urn:countResponse",
                        format!("<parts>{list}</parts>"),
                    )
                    .mtom(),
                ),
                Err(error) => Reply::Fault(error.to_fault()),
            },
            "urn:back" => match back(&mut request).await {
                Ok(attachments) => {
                    let mut message =
                        Outgoing::reply(&request.envelope, "urn:backResponse", "<back/>").mtom();
                    message.attachments = attachments;
                    Reply::Message(message)
                }
                Err(error) => Reply::Fault(error.to_fault()),
            },
            other => Reply::Fault(Fault::action_not_supported(other)),
        }
    }

    async fn refused(&self, fault: &Fault) {
        self.refused.lock().expect("lock").push(fault.to_string());
    }
}

async fn count(request: &mut Incoming) -> Result<String, ihe_soap::Error> {
    let mut list = String::new();
    while let Some(mut part) = request.parts.next().await? {
        let (mut bytes, mut sum) = (0, 0u64);
        while let Some(chunk) = part.chunk().await? {
            bytes += chunk.len();
            sum = chunk.iter().fold(sum, |sum, byte| sum + u64::from(*byte));
        }
        list.push_str(&format!(
            "<p id=\"{}\" type=\"{}\" bytes=\"{bytes}\" sum=\"{sum}\"/>",
            part.content_id(),
            part.content_type()
        ));
    }
    Ok(list)
}

async fn back(request: &mut Incoming) -> Result<Vec<Attachment>, ihe_soap::Error> {
    let mut attachments = Vec::new();
    while let Some(mut part) = request.parts.next().await? {
        let (content_id, content_type) =
            (part.content_id().to_owned(), part.content_type().to_owned());
        let mut octets = Vec::new();
        while let Some(chunk) = part.chunk().await? {
            octets.extend_from_slice(&chunk);
        }
        attachments.push(Attachment {
            content_id,
            content_type,
            source: Source::Bytes(octets.into()),
        });
    }
    Ok(attachments)
}

pub(crate) struct Server {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) service: Arc<Echo>,
    pub(crate) accepted: Arc<Mutex<usize>>,
}

impl Server {
    pub(crate) fn url(&self) -> String {
        format!("http://{}/service", self.address)
    }
}

pub(crate) async fn start(limits: Limits) -> Server {
    start_at(Endpoint::new(limits).at("/service")).await
}

pub(crate) async fn start_at(endpoint: Endpoint) -> Server {
    let service = Arc::new(Echo::default());
    let (address, accepted) = listen(endpoint.door(service.clone())).await;
    Server {
        address,
        service,
        accepted,
    }
}

/// Serves a door on a port of its own; the address and the number of connections so far.
pub(crate) async fn listen<S: Service>(
    door: ihe_soap::Door<S>,
) -> (std::net::SocketAddr, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bind");
    let address = listener.local_addr().expect("address");
    let accepted = Arc::new(Mutex::new(0));
    let counted = accepted.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *counted.lock().expect("lock") += 1;
            let (door, stop) = (door.clone(), CancellationToken::new());
            tokio::spawn(async move {
                let _ = serve_stream(stream, door, &stop).await;
            });
        }
    });
    (address, accepted)
}

/// Plain TCP.
pub(crate) struct Tcp;

impl Connect for Tcp {
    type Stream = TcpStream;

    async fn connect(&self, host: &str, port: u16) -> std::io::Result<TcpStream> {
        TcpStream::connect((host, port)).await
    }
}

/// One HTTP request's bytes.
pub(crate) fn post(path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Writes raw bytes and reads until the server closes: status, head, body.
pub(crate) async fn raw(server: &Server, bytes: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(server.address).await.expect("connect");
    stream.write_all(bytes).await.expect("write");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("read");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let status = head
        .get(9..12)
        .and_then(|status| status.parse().ok())
        .expect("a status");
    (status, head.to_owned(), body.to_owned())
}

/// An envelope as a foreign client may write it.
pub(crate) fn envelope(action: &str, extra: &str, body: &str) -> String {
    let action = if action.is_empty() {
        String::new()
    } else {
        format!("<wsa:Action env:mustUnderstand='1'>{action}</wsa:Action>")
    };
    format!(
        "<env:Envelope xmlns:env='http://www.w3.org/2003/05/soap-envelope' xmlns:wsa='http://www.w3.org/2005/08/addressing'>\
         <env:Header>{action}<wsa:MessageID>urn:uuid:42</wsa:MessageID>{extra}</env:Header><env:Body>{body}</env:Body></env:Envelope>"
    )
}

pub(crate) const SOAP: &str = "application/soap+xml; charset=UTF-8";

pub(crate) async fn soap(server: &Server, xml: &str) -> (u16, String, String) {
    raw(server, &post("/service", SOAP, xml.as_bytes())).await
}

pub(crate) async fn still_works(server: &Server) {
    let (status, head, body) = soap(server, &envelope("urn:echo", "", "<q>hi</q>")).await;
    assert_eq!(status, 200, "{body}");
    assert!(
        head.to_lowercase()
            .contains("content-type: application/soap+xml"),
        "{head}"
    );
    assert!(body.contains(">hi</q></soap:Body>"), "{body}");
}

pub(crate) fn refusals(server: &Server) -> Vec<String> {
    server.service.refused.lock().expect("lock").clone()
}
