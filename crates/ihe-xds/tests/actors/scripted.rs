//! A way to the registry that loses, delays and forges what goes over it, as the test says. Plain HTTP.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What happens to one message.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// It goes to the registry, the answer comes back.
    Pass,
    /// The registry answers, the answer is lost.
    Lose,
    /// It waits this long and then goes to the registry; the answer comes back if anybody still waits for it.
    Delay(Duration),
    /// It never gets to the registry.
    Swallow,
    /// It never gets to the registry; this body comes back in an envelope.
    Say(String),
    /// This comes back as it is.
    Raw(&'static str),
}

/// The acts for registrations, one by one, the last one for good; and those for queries.
#[derive(Default)]
pub(crate) struct Script {
    registrations: Mutex<VecDeque<Act>>,
    queries: Mutex<VecDeque<Act>>,
    /// A registration has arrived.
    pub(crate) arrived: Notify,
}

impl Script {
    pub(crate) fn new(registrations: Vec<Act>, queries: Vec<Act>) -> Arc<Self> {
        Arc::new(Self {
            registrations: Mutex::new(registrations.into()),
            queries: Mutex::new(queries.into()),
            arrived: Notify::new(),
        })
    }

    /// From now on.
    pub(crate) fn answer_queries(&self) {
        *self.queries.lock().unwrap() = VecDeque::from([Act::Pass]);
    }

    fn next(acts: &Mutex<VecDeque<Act>>) -> Act {
        let mut acts = acts.lock().unwrap();
        match acts.len() {
            0 => Act::Pass,
            1 => acts[0].clone(),
            _ => acts.pop_front().unwrap(),
        }
    }

    /// Opens the way to the registry at `url` and says where it begins.
    pub(crate) fn stand_before(self: &Arc<Self>, url: &str) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let listener = TcpListener::from_std(listener).unwrap();
        let target = url
            .trim_start_matches("http://")
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        let script = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&script).carry(stream, target.clone()));
            }
        });
        format!("http://127.0.0.1:{port}/registry")
    }

    async fn carry(self: Arc<Self>, mut from: TcpStream, target: String) -> Option<()> {
        loop {
            let request = message(&mut from).await?;
            let text = String::from_utf8_lossy(&request).into_owned();
            let act = if text.contains("SubmitObjectsRequest") {
                self.arrived.notify_one();
                Self::next(&self.registrations)
            } else {
                Self::next(&self.queries)
            };
            let answer = match act {
                Act::Pass => ask(&target, &request).await?,
                Act::Lose => return ask(&target, &request).await.map(drop),
                Act::Delay(time) => {
                    tokio::time::sleep(time).await;
                    ask(&target, &request).await?
                }
                Act::Swallow => return None,
                Act::Say(body) => envelope(&text, &body),
                Act::Raw(answer) => answer.as_bytes().to_vec(),
            };
            from.write_all(&answer).await.ok()?;
        }
    }
}

async fn ask(target: &str, request: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect(target).await.ok()?;
    stream.write_all(request).await.ok()?;
    message(&mut stream).await
}

/// One HTTP message with Content-Length.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("content-length:").nth(1)?.lines().next()?;
            let length: usize = length.trim().parse().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some(bytes);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// An answer of the registry to this request.
fn envelope(request: &str, body: &str) -> Vec<u8> {
    let id = request.split("MessageID>").nth(1).unwrap_or_default();
    let id = id.split('<').next().unwrap_or_default();
    let action = match body.contains("Fault") {
        true => "http://www.w3.org/2005/08/addressing/soap/fault",
        false => "urn:ihe:iti:2007:RegisterDocumentSet-bResponse",
    };
    let xml = format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:Action>{action}</a:Action>\
         <a:RelatesTo>{id}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: {}\r\n\r\n",
        xml.len()
    );
    (head + &xml).into_bytes()
}
