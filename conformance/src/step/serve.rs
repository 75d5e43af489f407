//! `do = "serve"`: a scripted peer opens, which the client under test is then made to talk to.

use crate::case::Text;
use crate::endpoint::Tls;
use crate::look::Received;
use crate::peer::{self, Answer, Kind, Peer, Place, Script};
use crate::run::{Scene, Trouble};
use crate::step::http::Document;
use crate::wire::tls::Who;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// What opens, and how it answers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// What it speaks.
    pub kind: Kind,
    /// `${NAME}` becomes its host:port, `${NAME.host}` and `${NAME.port}` its parts, `${NAME.url}` its URL.
    #[serde(default = "peer")]
    pub name: String,
    /// With TLS or not; else as the client under test is declared.
    pub tls: Option<bool>,
    /// The certificate it shows: its own, or one that a client must not trust.
    #[serde(default)]
    pub identity: Who,
    /// Its answers, one for each request; the last that fits is given again and again.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// Values for the answers, taken from each request: name = selector. SOAP has `${message}` without asking.
    #[serde(default)]
    pub take: BTreeMap<String, String>,
    /// Documents that answers name: `${document.ID}`, `${document.ID.sha1}` (`.sha1.capitals`), `${document.ID.size}`.
    #[serde(default)]
    pub documents: Vec<Document>,
    /// Milliseconds in which nobody is there, at first.
    #[serde(default)]
    pub opens_after: u64,
}

fn peer() -> String {
    "peer".to_owned()
}

impl Serve {
    /// Opens it. Facts: `address`.
    ///
    /// # Errors
    /// The address or a certificate cannot be used.
    pub fn run(&self, scene: &mut Scene<'_>) -> Result<Received, Trouble> {
        for document in &self.documents {
            let bytes = peer::content(document, &mut scene.values).map_err(Trouble::Case)?;
            let name = format!("document.{}", document.id);
            let sha1 = crate::sha1(&bytes);
            let capitals = sha1.to_ascii_uppercase();
            scene.values.set(&format!("{name}.sha1"), sha1);
            scene.values.set(&format!("{name}.sha1.capitals"), capitals);
            let size = bytes.len().to_string();
            scene.values.set(&format!("{name}.size"), size);
        }
        for answer in &self.answers {
            scene.values.make(&answer.body.text);
            for (_, new) in &answer.body.replace {
                scene.values.make(new);
            }
        }
        let with_tls = match (self.kind, self.tls) {
            (Kind::Ntp, _) => false,
            (_, Some(tls)) => tls,
            (Kind::Syslog, None) => scene.endpoint.tls.is_some(),
            (_, None) => scene.declared(None)?.tls,
        };
        let files = match with_tls {
            true => Some(self.certificates(scene)?),
            false => None,
        };
        let script = Script::new(
            self.answers.clone(),
            self.take.clone(),
            self.documents.clone(),
            scene.values.clone(),
        );
        let listen = self.listen(scene);
        let place = Place {
            listen: &listen,
            tls: files.as_ref(),
            opens_after: Duration::from_millis(self.opens_after.min(10_000)),
            patience: scene.patience(),
        };
        let peer = Peer::open(self.kind, &place, script)
            .map_err(|error| Trouble::Case(format!("no peer at {listen}: {error}")))?;
        let address = peer.address();
        let name = &self.name;
        let scheme = if with_tls { "https" } else { "http" };
        scene.values.set(name, address.to_string());
        let host = address.ip().to_string();
        scene.values.set(&format!("{name}.host"), host);
        let port = address.port().to_string();
        scene.values.set(&format!("{name}.port"), port);
        let url = format!("{scheme}://{address}/{name}");
        scene.values.set(&format!("{name}.url"), url);
        scene.peers.insert(name.clone(), peer);
        Ok(Received::default().with("address", address))
    }

    /// The endpoint file's, with the certificate that is to be shown.
    fn certificates(&self, scene: &Scene<'_>) -> Result<Tls, Trouble> {
        let mut files = scene.tls()?.clone();
        if self.identity != Who::Client {
            let pair = self.identity.pair(&files).flatten().cloned();
            let missing = || {
                let who = self.identity;
                Trouble::Skip(format!(
                    "[tls] of the endpoint file has no certificate: {who:?}"
                ))
            };
            files.server = Some(pair.ok_or_else(missing)?);
        }
        Ok(files)
    }

    /// A free port of this machine, unless the endpoint file says where this peer is to be found.
    fn listen(&self, scene: &Scene<'_>) -> String {
        let said = |what: &str| scene.endpoint.values.get(what).cloned();
        // Time Clients know servers by their addresses, so that each has its own.
        let number = match self.kind {
            Kind::Ntp => scene.peers.len() + 1,
            _ => 1,
        };
        let host = said("listen_host").unwrap_or_else(|| format!("127.0.0.{number}"));
        let port = said(&format!("listen_port.{}", self.name)).unwrap_or_else(|| "0".to_owned());
        format!("{host}:{port}")
    }

    /// For `explain`.
    pub fn shown(&self) -> String {
        format!(
            "  {:?} at ${{{}}}, which says nothing",
            self.kind, self.name
        )
    }

    /// The bodies of its answers, and its documents.
    pub fn texts_mut(&mut self) -> Vec<&mut Text> {
        let bodies = self.answers.iter_mut().map(|answer| &mut answer.body);
        let documents = self.documents.iter_mut();
        let documents = documents.map(|document| &mut document.content);
        bodies.chain(documents).collect()
    }
}
