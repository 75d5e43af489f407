//! Endpoint files: what is to be judged, where it listens, and what it says of itself.

use crate::actors::Actor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One system under test.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// A short name, for reports and `expected-failures/NAME.toml`.
    pub name: String,
    /// What an Integration Statement says of the product.
    #[serde(default)]
    pub product: Product,
    /// Values that cases use as `${name}`: OIDs, known patients, names of applications.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// Certificates the suite presents, and the authority it trusts.
    pub tls: Option<Tls>,
    /// Where the suite receives the audit records of the system under test.
    pub audit: Option<AuditListener>,
    /// The declared actors.
    #[serde(default)]
    pub actor: BTreeMap<Actor, Declared>,
    /// `run --operator`: who has no trigger is asked to act.
    #[serde(skip)]
    pub operator: bool,
    /// Seconds that any answer may take.
    #[serde(default = "ten_seconds")]
    pub patience_seconds: u64,
}

fn ten_seconds() -> u64 {
    10
}

fn seventy_five_seconds() -> u64 {
    75
}

/// `[product]`
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Product {
    /// Who makes it.
    pub vendor: String,
    /// How it is called.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it deviates from the Framework, or what it does not do, a sentence each.
    pub deviations: Vec<String>,
}

/// `[tls]`: files, relative to the endpoint file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The authority of the servers under test (PEM).
    pub ca: PathBuf,
    /// What the suite presents.
    pub client: KeyPair,
    /// What the suite's own servers present to clients under test.
    pub server: Option<KeyPair>,
    /// A certificate of the same authority that is out of date.
    pub expired: Option<KeyPair>,
    /// A certificate that the system under test knows as revoked.
    pub revoked: Option<KeyPair>,
    /// A certificate of an authority that the system under test does not trust.
    pub stranger: Option<KeyPair>,
    /// More key pairs, by the names that cases of the Secure Node give them.
    #[serde(default)]
    pub others: BTreeMap<String, KeyPair>,
    /// The name in the servers' certificates, when it is not the host of their address.
    pub server_name: Option<String>,
}

/// A certificate (PEM, with its chain) and its private key (PEM).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyPair {
    /// The certificate file.
    pub certificate: PathBuf,
    /// The private key file.
    pub key: PathBuf,
}

/// `[audit]`: the suite as an Audit Record Repository.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditListener {
    /// The address to listen on, syslog over TLS.
    pub listen: String,
    /// Seconds in which the system under test finds that somebody listens again; a sender that failed pauses before it
    /// tries once more. Only until its first connection.
    #[serde(default = "seventy_five_seconds")]
    pub first_seconds: u64,
}

/// `[actor.NAME]`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Declared {
    /// `host:port` of MLLP, syslog over TLS or NTP.
    pub address: String,
    /// A second listener: the Registry's patient feed (MLLP), the Audit Record Repository's syslog over UDP.
    pub second_address: String,
    /// `http://…` or `https://…`.
    pub url: String,
    /// TLS on `address`, and on `second_address` when that is TCP.
    pub tls: bool,
    /// The options that are declared, by the names that `list` shows.
    pub options: Vec<String>,
    /// How a client is made to act: by the action's name, or `command` for any. `${action}`, `${peer}` and every other
    /// value are filled in.
    pub trigger: BTreeMap<String, String>,
}

/// What is wrong with an endpoint file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {what}")]
pub struct Unreadable {
    file: String,
    what: String,
}

impl Endpoint {
    /// Reads a file; paths in it become relative to the working directory.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, or has a key that is not known.
    pub fn read(path: &Path) -> Result<Endpoint, Unreadable> {
        let unreadable = |what: String| Unreadable {
            file: path.display().to_string(),
            what,
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let mut endpoint: Endpoint =
            toml::from_str(&text).map_err(|error| unreadable(error.to_string()))?;
        if let Some(tls) = &mut endpoint.tls {
            tls.in_folder(path.parent().unwrap_or(Path::new(".")));
        }
        Ok(endpoint)
    }
}

impl Tls {
    fn in_folder(&mut self, folder: &Path) {
        self.ca = folder.join(&self.ca);
        let pairs = [
            Some(&mut self.client),
            self.server.as_mut(),
            self.expired.as_mut(),
            self.revoked.as_mut(),
            self.stranger.as_mut(),
        ];
        let pairs = pairs.into_iter().flatten();
        for pair in pairs.chain(self.others.values_mut()) {
            pair.certificate = folder.join(&pair.certificate);
            pair.key = folder.join(&pair.key);
        }
    }
}
