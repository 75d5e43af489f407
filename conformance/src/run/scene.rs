//! What the steps of one case share: values, connections, and the evidence.

use super::Evidence;
use crate::actors::Actor;
use crate::endpoint::{Declared, Endpoint};
use crate::metamorphic::Variant;
use crate::peer::{AuditListener, Peer};
use crate::step::trigger::Command;
use crate::values::Values;
use crate::wire::tls::{self, Who};
use crate::wire::{self, Stream};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// Why nothing could be judged.
#[derive(Debug)]
pub enum Trouble {
    /// The system under test did not do its part.
    Wrong(String),
    /// Something is missing that the case needs.
    Skip(String),
    /// The case itself or the endpoint file is wrong.
    Case(String),
}

impl Trouble {
    /// The peer did not take what we sent.
    pub fn sending(error: io::Error) -> Trouble {
        Trouble::Wrong(format!("not sent: {error}"))
    }

    /// The peer gave no answer that could be read.
    pub fn answer(error: io::Error) -> Trouble {
        Trouble::Wrong(match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "no answer in time".to_owned(),
            io::ErrorKind::UnexpectedEof => "the connection was closed before an answer".to_owned(),
            _ => format!("no answer: {error}"),
        })
    }
}

/// The stage of one case.
pub struct Scene<'a> {
    /// Who is judged.
    pub actor: Actor,
    /// The system under test.
    pub endpoint: &'a Endpoint,
    /// The variant that is run.
    pub variant: Option<Variant>,
    /// Values of this run.
    pub values: Values,
    /// When the case began.
    pub began: chrono::DateTime<chrono::Utc>,
    /// Where audit records come in, if they do.
    pub audit: Option<&'a AuditListener>,
    evidence: Vec<Evidence>,
    peer: String,
    streams: BTreeMap<String, Stream>,
    /// Scripted peers, by name; they end with the case.
    pub peers: BTreeMap<String, Peer>,
    /// Commands that run beside the steps; they end with the case.
    pub commands: BTreeMap<String, Command>,
}

impl<'a> Scene<'a> {
    /// An empty stage.
    pub fn new(
        actor: Actor,
        endpoint: &'a Endpoint,
        variant: Option<Variant>,
        own: &BTreeMap<String, String>,
    ) -> Scene<'a> {
        let mut values = Values::new(endpoint.values.clone());
        for (name, value) in own {
            // A value may be made of others; one that is kept later only stays as it is written.
            let filled = values.fill(value).unwrap_or_else(|_| value.clone());
            values.set(name, filled);
        }
        Scene {
            actor,
            endpoint,
            variant,
            values,
            began: chrono::Utc::now(),
            audit: None,
            evidence: Vec::new(),
            peer: String::new(),
            streams: BTreeMap::new(),
            peers: BTreeMap::new(),
            commands: BTreeMap::new(),
        }
    }

    /// How long any one wait may take.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.endpoint.patience_seconds.clamp(1, 600))
    }

    /// What the endpoint file says of the actor that is judged, or another.
    ///
    /// # Errors
    /// It is not declared: the case is skipped.
    pub fn declared(&self, actor: Option<Actor>) -> Result<&'a Declared, Trouble> {
        let actor = actor.unwrap_or(self.actor);
        let declared = self.endpoint.actor.get(&actor);
        declared.ok_or_else(|| Trouble::Skip(format!("the endpoint file has no [actor.{actor}]")))
    }

    /// Connects to an actor's `address`, or its `second_address`, as the good client.
    ///
    /// # Errors
    /// There is none, or nobody answers.
    pub fn connect(&mut self, actor: Option<Actor>, second: bool) -> Result<Stream, Trouble> {
        let declared = self.declared(actor)?;
        let (key, address) = match second {
            true => ("second_address", &declared.second_address),
            false => ("address", &declared.address),
        };
        if address.is_empty() {
            let actor = actor.unwrap_or(self.actor);
            return Err(Trouble::Skip(format!(
                "[actor.{actor}] of the endpoint file has no {key}"
            )));
        }
        self.open(address, declared.tls)
    }

    /// `host:port` of an actor: its `address`, or its `second_address`, or where its URL points.
    ///
    /// # Errors
    /// There is none.
    pub fn address(&self, actor: Option<Actor>, second: bool) -> Result<String, Trouble> {
        let declared = self.declared(actor)?;
        match (
            second,
            declared.address.as_str(),
            declared.second_address.as_str(),
        ) {
            (true, _, "") => {}
            (true, _, address) => return Ok(address.to_owned()),
            (false, "", _) if !declared.url.is_empty() => {
                return Url::parse(&declared.url)
                    .map(|url| url.address())
                    .map_err(Trouble::Case);
            }
            (false, "", _) => {}
            (false, address, _) => return Ok(address.to_owned()),
        }
        let key = if second { "second_address" } else { "address" };
        let actor = actor.unwrap_or(self.actor);
        Err(Trouble::Skip(format!(
            "[actor.{actor}] of the endpoint file has no {key}"
        )))
    }

    /// Connects to where a URL points, as the good client.
    ///
    /// # Errors
    /// Nobody answers.
    pub fn connect_url(&mut self, url: &Url) -> Result<Stream, Trouble> {
        self.open(&url.address(), url.tls)
    }

    fn open(&mut self, address: &str, with_tls: bool) -> Result<Stream, Trouble> {
        self.peer = address.to_owned();
        let unreachable =
            |error: io::Error| Trouble::Wrong(format!("{address} does not answer: {error}"));
        let socket = wire::connect(address, self.patience()).map_err(unreachable)?;
        if !with_tls {
            return Ok(Stream::Plain(socket));
        }
        let files = self.tls()?;
        let identity = Who::Client.pair(files).flatten();
        let config = tls::client(files, identity, &tls::versions(&[]))
            .map_err(|error| Trouble::Case(error.to_string()))?;
        tls::open(config, &self.server_name(address), socket)
            .map_err(|error| Trouble::Wrong(format!("no TLS with {address}: {error}")))
    }

    /// The endpoint file's certificates.
    ///
    /// # Errors
    /// There are none: the case is skipped.
    pub fn tls(&self) -> Result<&'a crate::endpoint::Tls, Trouble> {
        let tls = self.endpoint.tls.as_ref();
        tls.ok_or_else(|| Trouble::Skip("the endpoint file has no [tls]".to_owned()))
    }

    /// The name that a server's certificate must bear.
    pub fn server_name(&self, address: &str) -> String {
        let named = self
            .endpoint
            .tls
            .as_ref()
            .and_then(|tls| tls.server_name.clone());
        named.unwrap_or_else(|| host_of(address).to_owned())
    }

    /// Where the actor's services are.
    ///
    /// # Errors
    /// There is no URL, or it is none.
    pub fn url(&self, actor: Option<Actor>) -> Result<Url, Trouble> {
        let declared = self.declared(actor)?;
        if declared.url.is_empty() {
            let actor = actor.unwrap_or(self.actor);
            return Err(Trouble::Skip(format!(
                "[actor.{actor}] of the endpoint file has no url"
            )));
        }
        Url::parse(&declared.url).map_err(Trouble::Case)
    }

    /// A connection of an earlier step, if the name is one's.
    pub fn kept_stream(&mut self, name: &str) -> Option<Stream> {
        self.streams.remove(name)
    }

    /// Keeps a connection for later steps.
    pub fn keep_stream(&mut self, name: &str, stream: Stream) {
        self.streams.insert(name.to_owned(), stream);
    }

    /// Notes what was sent.
    pub fn sent(&mut self, bytes: &[u8]) {
        self.note("request", bytes);
    }

    /// Notes what came back.
    pub fn received(&mut self, bytes: &[u8]) {
        self.note("response", bytes);
    }

    /// Notes any other evidence.
    pub fn note(&mut self, kind: &'static str, bytes: &[u8]) {
        self.evidence.push(Evidence {
            kind,
            peer: self.peer.clone(),
            bytes: bytes.to_vec(),
        });
    }

    /// Says who the peer of what follows is.
    pub fn peer_is(&mut self, peer: impl ToString) {
        self.peer = peer.to_string();
    }

    /// The evidence since it was last taken.
    pub fn take_evidence(&mut self) -> Vec<Evidence> {
        std::mem::take(&mut self.evidence)
    }
}

fn host_of(address: &str) -> &str {
    let host = match address.parse::<SocketAddr>() {
        Ok(_) => address.rsplit_once(':').map_or(address, |(host, _)| host),
        Err(_) => address.split(':').next().unwrap_or(address),
    };
    host.trim_matches(['[', ']'])
}

/// `https://host:port/path`, taken apart.
#[derive(Clone, Debug)]
pub struct Url {
    text: String,
    tls: bool,
    authority: String,
    path: String,
}

impl Url {
    /// Takes it apart.
    ///
    /// # Errors
    /// It is not `http://` or `https://`.
    pub fn parse(text: &str) -> Result<Url, String> {
        let (tls, rest) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(format!("{text:?} is no http:// or https:// URL")),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Ok(Url {
            text: text.to_owned(),
            tls,
            authority: authority.to_owned(),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
        })
    }

    /// The same with another path, unless that is empty.
    #[must_use]
    pub fn at(mut self, path: &str) -> Url {
        if !path.is_empty() {
            let scheme = if self.tls { "https" } else { "http" };
            self.text = format!("{scheme}://{}{path}", self.authority);
            path.clone_into(&mut self.path);
        }
        self
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// `host:port`, as written.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The path, `/` at least.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn address(&self) -> String {
        let has_port = self
            .authority
            .rsplit(':')
            .next()
            .is_some_and(|port| port.parse::<u16>().is_ok());
        match (has_port, self.tls) {
            (true, _) => self.authority.clone(),
            (false, true) => format!("{}:443", self.authority),
            (false, false) => format!("{}:80", self.authority),
        }
    }
}
