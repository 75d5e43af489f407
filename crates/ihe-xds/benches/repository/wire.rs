//! A source and a consumer made of sockets and templates, so that their work does not count.

use crate::server::{PATIENT, REPOSITORY, Server};
use ihe_xds::metadata::{Author, Code, DocumentBuilder, SubmissionBuilder};
use ihe_xds::{iti41, iti43};
use std::io::{Read, Write};
use std::net::TcpStream;

const MIME: &str = "Content-Type: multipart/related; boundary=MB; type=\"application/xop+xml\"; start=\"<root@x>\"; \
                    start-info=\"application/soap+xml\"";
/// Octets of an answer that are looked at.
const KEPT: usize = 16 * 1024;
const END: &[u8] = b"\r\n--MB--\r\n";

/// A keep-alive connection to the repository.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(server: &Server) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("connects");
        stream.set_nodelay(true).expect("no delay");
        let buffer = vec![0; 256 * 1024];
        Self { stream, buffer }
    }

    /// Sends a request, reads the answer, which must be a success; its octets.
    pub(crate) fn exchange(&mut self, request: &[u8]) -> u64 {
        self.stream.write_all(request).expect("sent");
        self.answer()
    }

    /// Sends a message with one large document.
    pub(crate) fn send_large(mut self, message: &Message, size: u64) {
        self.stream.write_all(&message.head(size)).expect("sent");
        let chunk = vec![7; 256 * 1024];
        for _ in 0..size / chunk.len() as u64 {
            self.stream.write_all(&chunk).expect("sent");
        }
        self.stream.write_all(END).expect("sent");
        self.answer();
    }

    fn answer(&mut self) -> u64 {
        let (mut read, mut total) = (0, None);
        loop {
            // The beginning stays, the rest is read over and over into the same place.
            let got = self
                .stream
                .read(&mut self.buffer[read.min(KEPT)..])
                .expect("read");
            assert!(got > 0, "the connection ended");
            read += got;
            total = total.or_else(|| length(&self.buffer[..read.min(KEPT)]));
            let Some(total) = total.filter(|total| read as u64 >= *total) else {
                continue;
            };
            let text = String::from_utf8_lossy(&self.buffer[..read.min(KEPT)]);
            assert!(text.contains("ResponseStatusType:Success"), "{text}");
            return total;
        }
    }
}

/// Octets of head and body of an answer, once its head is here.
fn length(answer: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(answer).to_lowercase();
    let head = text.find("\r\n\r\n")? + 4;
    let length = text.split("content-length:").nth(1)?.lines().next()?;
    Some(head as u64 + length.trim().parse::<u64>().expect("a number"))
}

/// A submission of one document.
pub(crate) struct Message {
    part: String,
}

impl Message {
    /// All but the document and what follows it.
    fn head(&self, size: u64) -> Vec<u8> {
        let length = self.part.len() as u64 + size + END.len() as u64;
        let head = format!(
            "POST /repository HTTP/1.1\r\nHost: x\r\n{MIME}\r\nContent-Length: {length}\r\n\r\n"
        );
        (head + &self.part).into_bytes()
    }

    pub(crate) fn with_content(&self, content: &[u8]) -> Vec<u8> {
        let mut message = self.head(content.len() as u64);
        message.extend_from_slice(content);
        message.extend_from_slice(END);
        message
    }
}

/// Templates of requests.
pub(crate) struct Messages {
    provide: String,
    retrieve: String,
    ids: Vec<String>,
}

impl Messages {
    pub(crate) fn new(server: &Server) -> Self {
        let code = |code: &str| Code::new(code, "1.2.392.200.9", code);
        let entry = DocumentBuilder::new("text/plain", "ja-JP")
            .kind(code("class"), code("type"), code("format"))
            .place(code("hospital"), code("practice"))
            .confidentiality(code("N"))
            .source_patient_id(PATIENT.to_owned())
            .build();
        let author = Author {
            person: Some("^TEST^DOCTOR".into()),
            ..Author::default()
        };
        let set = SubmissionBuilder::new(PATIENT, "1.2.392.200.6", code("content")).author(author);
        let submission = set.document(entry.clone()).build();
        let body = iti41::encode(&submission, &[(entry.entry_uuid.clone(), "one@x".into())]);
        let mut ids = vec![
            entry.unique_id.clone(),
            submission.submission_set.unique_id.clone(),
        ];
        ids.push(entry.entry_uuid.clone());
        ids.push(submission.submission_set.entry_uuid.clone());
        ids.extend(
            submission
                .associations
                .iter()
                .map(|one| one.entry_uuid.clone()),
        );
        let request = iti43::Request {
            documents: vec![iti43::DocumentRequest {
                home_community_id: None,
                repository_unique_id: REPOSITORY.into(),
                document_unique_id: "UNIQUE".into(),
            }],
        };
        let url = format!("http://127.0.0.1:{}/repository", server.port);
        Self {
            provide: envelope(&url, iti41::REQUEST_ACTION, &body)
                + "\r\n--MB\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n\
                   Content-ID: <one@x>\r\n\r\n",
            retrieve: envelope(&url, iti43::REQUEST_ACTION, &request.encode()),
            ids,
        }
    }

    /// A submission nobody has made before, and its document's uniqueId.
    pub(crate) fn provide(&self) -> (Message, String) {
        let mut part = self.provide.clone();
        let mut unique_id = String::new();
        for (at, id) in self.ids.iter().enumerate() {
            let uuid = uuid::Uuid::new_v4();
            let fresh = match at {
                0 | 1 => format!("2.25.{}", uuid.as_u128()),
                _ => format!("urn:uuid:{uuid}"),
            };
            part = part.replace(id.as_str(), &fresh);
            if at == 0 {
                unique_id = fresh;
            }
        }
        (Message { part }, unique_id)
    }

    pub(crate) fn retrieve(&self, unique_id: &str) -> Vec<u8> {
        let body = self.retrieve.replace("UNIQUE", unique_id);
        let length = body.len() + END.len();
        let head = format!(
            "POST /repository HTTP/1.1\r\nHost: x\r\n{MIME}\r\nContent-Length: {length}\r\n\r\n"
        );
        let mut request = (head + &body).into_bytes();
        request.extend_from_slice(END);
        request
    }
}

fn envelope(url: &str, action: &str, body: &str) -> String {
    format!(
        "--MB\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
         Content-Transfer-Encoding: binary\r\nContent-ID: <root@x>\r\n\r\n\
         <s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header><a:Action>{action}</a:Action>\
         <a:MessageID>urn:uuid:7c8f3d4e-0000-4000-8000-000000000000</a:MessageID><a:To>{url}</a:To>\
         </s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}
