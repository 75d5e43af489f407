//! `do = "http"`: one POST, SOAP or not, simple or MTOM, and its answer.

use crate::actors::Actor;
use crate::case::Text;
use crate::look::Received;
use crate::metamorphic::{self, Variant};
use crate::run::{Scene, Trouble};
use crate::wire::{http, mtom};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::BufReader;

/// How a SOAP request is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Package {
    /// `application/soap+xml`
    #[default]
    Simple,
    /// MTOM; documents are MIME parts.
    Mtom,
    /// MTOM; documents are base64 in the envelope.
    Inline,
}

/// What goes out, how, and what is waited for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// The SOAP body, or with `bare` the whole entity. `${document.ID}` is where the content of a document goes.
    pub body: Text,
    /// wsa:Action, which also makes the envelope; `${message}` is its wsa:MessageID, `${url}` its wsa:To.
    pub action: String,
    /// The body is all there is: no envelope is put around it.
    pub bare: bool,
    /// How it is packed.
    pub package: Package,
    /// Documents, by the id that `${document.ID}`, `${document.ID.sha1}` and `${document.ID.size}` name.
    pub documents: Vec<Document>,
    /// More headers, or others than the right ones.
    pub headers: BTreeMap<String, String>,
    /// Another method than POST.
    pub method: String,
    /// To another actor than the one that is judged.
    pub to: Option<Actor>,
    /// To another path than the URL's.
    pub path: String,
    /// In chunks of so many bytes and more.
    pub chunks: usize,
    /// Edits of the whole entity after it was packed.
    pub then: Vec<(String, String)>,
    /// Only so many bytes of the body are sent, negative: all but so many; then the connection is closed for writing. What
    /// the server says is judged, or that it says nothing: `fact connection` is `answered` or `closed`.
    pub cut: isize,
    /// No answer is waited for after the cut.
    pub hang_up: bool,
    /// No body is sent; what is judged is `fact connection` after so many milliseconds.
    pub state_after: u64,
    /// In the package the documents come before the envelope.
    pub root_last: bool,
    /// What stands between the parts of the package, if not the usual.
    pub boundary: String,
    /// The body is sent only when the server says `100 Continue`: `fact interim` is the status it says first.
    pub expects: bool,
    /// The body is sent byte by byte, with so many milliseconds between; see [`super::slow`].
    pub drip: u64,
    /// Several steps on one connection give it a name; else each has its own, and says `Connection: close`.
    pub connection: String,
}

/// The headers and the body.
type Entity = (Vec<(String, String)>, Vec<u8>);

/// A document of a submission.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Its name in the case.
    pub id: String,
    /// What is in it.
    #[serde(default)]
    pub content: Text,
    /// Or so many bytes that are no text.
    #[serde(default)]
    pub bytes: usize,
    /// No MIME part is made of it, though the envelope includes it.
    #[serde(default)]
    pub missing: bool,
}

impl Http {
    /// Sends and reads.
    ///
    /// # Errors
    /// No connection, or no answer.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        let url = scene.url(self.to)?.at(&self.path);
        let (headers, body) = self.entity(scene, &url).map_err(Trouble::Case)?;
        let mut stream = match scene.kept_stream(&self.connection) {
            Some(stream) => stream,
            None => scene.connect_url(&url)?,
        };
        let method = if self.method.is_empty() {
            "POST"
        } else {
            &self.method
        };
        let framing = match (self.chunks, scene.variant) {
            (_, Some(Variant::OddChunks)) => http::Framing::Chunks(7),
            (0, _) => http::Framing::Length,
            (size, _) => http::Framing::Chunks(size),
        };
        scene.sent(&body);
        if self.drip > 0 || self.expects {
            return self.slowly(scene, stream, &url, headers, &body);
        }
        if self.cut != 0 || self.state_after > 0 {
            return self.cut_short(scene, stream, &url, &headers, &body);
        }
        let written =
            http::write_request(&mut stream, method, url.path(), &headers, &body, framing);
        // A server may refuse before it has read everything: what it says counts.
        let answer = http::read(&mut BufReader::new(&mut stream));
        match (answer, written) {
            (Ok(answer), _) => {
                match self.connection.is_empty() {
                    true => stream.close(),
                    false => scene.keep_stream(&self.connection, stream),
                }
                Ok(answered(scene, answer))
            }
            (Err(_), Err(error)) => Err(Trouble::sending(error)),
            (Err(error), Ok(())) => Err(Trouble::answer(error)),
        }
    }

    fn persistence(&self) -> &'static str {
        match self.connection.is_empty() {
            true => "close",
            false => "keep-alive",
        }
    }

    fn entity(&self, scene: &mut Scene<'_>, url: &crate::run::Url) -> Result<Entity, String> {
        let documents = self.documents(scene)?;
        scene.values.set("url", url.text());
        // No two messages of a case have the same id.
        scene.values.forget("uuid.message");
        let message = scene.values.of("uuid.message")?;
        scene.values.set("message", format!("urn:uuid:{message}"));
        let action = scene.values.fill(&self.action)?;
        let body = self.body.filled(&mut scene.values)?;
        let envelope = match self.bare {
            true => body,
            false => metamorphic::xml(
                scene.variant,
                envelope(url.text(), &action, &format!("urn:uuid:{message}"), &body),
            ),
        };
        let (content_type, mut bytes) = match self.package {
            Package::Simple => (simple(&action), envelope.into_bytes()),
            Package::Mtom | Package::Inline => {
                let parts: Vec<(&str, &[u8])> = documents
                    .iter()
                    .map(|(id, bytes)| (id.as_str(), bytes.as_slice()))
                    .collect();
                mtom::shaped(&action, &envelope, &parts, self.shape())
            }
        };
        for (old, new) in &self.then {
            let (old, new) = (scene.values.fill(old)?, scene.values.fill(new)?);
            bytes = edited(&bytes, old.as_bytes(), new.as_bytes())
                .ok_or_else(|| format!("{old:?} is not in the entity"))?;
        }
        let mut headers = vec![
            ("Host".to_owned(), url.authority().to_owned()),
            ("Content-Type".to_owned(), content_type),
            ("Connection".to_owned(), self.persistence().to_owned()),
        ];
        for (name, value) in &self.headers {
            headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            if !value.is_empty() {
                headers.push((name.clone(), scene.values.fill(value)?));
            }
        }
        Ok((headers, bytes))
    }

    fn shape(&self) -> mtom::Shape<'_> {
        let usual = mtom::Shape::default();
        mtom::Shape {
            boundary: match self.boundary.as_str() {
                "" => usual.boundary,
                other => other,
            },
            root_last: self.root_last,
        }
    }

    /// Gives the documents' values, and the MIME parts by their Content-ID.
    fn documents(&self, scene: &mut Scene<'_>) -> Result<Vec<(String, Vec<u8>)>, String> {
        use base64::Engine;
        let mut parts = Vec::new();
        for document in &self.documents {
            let bytes = match document.bytes {
                0 => document.content.bytes(&mut scene.values)?,
                size => (0..size).map(|at| (at % 251) as u8).collect(),
            };
            let id = &document.id;
            scene
                .values
                .set(&format!("document.{id}.sha1"), crate::sha1(&bytes));
            scene
                .values
                .set(&format!("document.{id}.size"), bytes.len().to_string());
            let inline = self.package != Package::Mtom || scene.variant == Some(Variant::Inline);
            if inline {
                let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
                scene.values.set(&format!("document.{id}"), text);
                continue;
            }
            let content_id = format!("{id}@conformance.example");
            scene.values.set(
                &format!("document.{id}"),
                format!("<xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:{content_id}\"/>"),
            );
            if !document.missing {
                parts.push((content_id, bytes));
            }
        }
        Ok(parts)
    }
}

/// The answer is there.
pub(super) fn answered(scene: &mut Scene<'_>, (head, bytes): (http::Head, Vec<u8>)) -> Received {
    scene.received(&bytes);
    Received {
        bytes,
        head: Some(head),
        ..Received::default()
    }
}

fn envelope(to: &str, action: &str, message_id: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://www.w3.org/2005/08/addressing\"><s:Header>\
         <a:Action s:mustUnderstand=\"true\">{action}</a:Action><a:MessageID>{message_id}</a:MessageID>\
         <a:ReplyTo><a:Address>http://www.w3.org/2005/08/addressing/anonymous</a:Address></a:ReplyTo><a:To>{to}</a:To>\
         </s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )
}

fn simple(action: &str) -> String {
    match action {
        "" => "application/soap+xml; charset=UTF-8".to_owned(),
        action => format!("application/soap+xml; charset=UTF-8; action=\"{action}\""),
    }
}

fn edited(bytes: &[u8], old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    let at = bytes
        .windows(old.len().max(1))
        .position(|window| window == old)?;
    Some([&bytes[..at], new, &bytes[at + old.len()..]].concat())
}
