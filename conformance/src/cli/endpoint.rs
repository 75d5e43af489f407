//! `endpoint`: the endpoint file of a running `regional-network serve`.

use super::Failure;
use clap::Args;
use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use toml::{Table, Value};

#[derive(Args)]
pub(crate) struct Endpoint {
    /// `endpoints.json` of the running domain
    json: PathBuf,
    /// An endpoint file with all that does not change: product, values, options, triggers
    #[arg(long, value_name = "FILE")]
    base: Option<PathBuf>,
    /// Where the domain forwards its audit records: the suite listens there
    #[arg(long, value_name = "HOST:PORT")]
    audit: Option<String>,
    /// One more value; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE")]
    values: Vec<String>,
}

/// Where each actor listens: its name, its key in the file, the key in `endpoints.json`.
const PLACES: [(&str, &str, &str); 9] = [
    ("pix-manager", "address", "pix_v2"),
    ("pdq-supplier", "address", "pix_v2"),
    ("document-registry", "url", "registry"),
    ("document-registry", "second_address", "registry_feed"),
    ("document-repository", "url", "repository"),
    ("audit-record-repository", "address", "audit_tls"),
    ("audit-record-repository", "second_address", "audit_udp"),
    ("secure-node", "address", "audit_tls"),
    ("time-server", "address", "ntp"),
];

/// Identifiers that cases use.
const VALUES: [&str; 3] = [
    "affinity_domain",
    "home_community_id",
    "repository_unique_id",
];

impl Endpoint {
    pub(crate) fn main(self) -> Result<ExitCode, Failure> {
        let read = |path: &Path| {
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let json: Json = serde_json::from_str(&read(&self.json)?)?;
        let mut file: Table = match &self.base {
            Some(base) => toml::from_str(&read(base)?)?,
            None => Table::new(),
        };
        file.entry("name")
            .or_insert_with(|| Value::from("regional-network"));
        for name in VALUES {
            put(&mut file, &["values", name], text(&json, name)?);
        }
        for pair in &self.values {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("--set {pair}: NAME=VALUE"))?;
            put(&mut file, &["values", name], value);
        }
        let is_tls = text(&json, "security")? == "tls";
        for (actor, key, place) in PLACES {
            put(&mut file, &["actor", actor, key], text(&json, place)?);
        }
        // The audit listener is never plain.
        for (actor, tls) in [
            ("pix-manager", is_tls),
            ("pdq-supplier", is_tls),
            ("document-registry", is_tls),
            ("audit-record-repository", true),
            ("secure-node", true),
        ] {
            put(&mut file, &["actor", actor, "tls"], tls);
        }
        self.certificates(&mut file, Path::new(text(&json, "pki")?));
        if let Some(audit) = &self.audit {
            put(&mut file, &["audit", "listen"], audit.as_str());
        }
        print!("{}", toml::to_string_pretty(&file)?);
        Ok(ExitCode::SUCCESS)
    }

    /// Of the pairs that `make-ca` makes, those that are there.
    fn certificates(&self, file: &mut Table, pki: &Path) {
        put(file, &["values", "pki"], pki.display().to_string());
        put(
            file,
            &["tls", "ca"],
            pki.join("ca.pem").display().to_string(),
        );
        for (name, pair) in [
            ("client", "client"),
            ("server", "node"),
            ("expired", "expired"),
            ("revoked", "revoked"),
            ("stranger", "stranger"),
            ("others.not-yet-valid", "not-yet-valid"),
            ("others.odd-extension", "odd-extension"),
            ("others.odd-name", "odd-name"),
            ("others.rsa-2048", "rsa-2048"),
            ("others.rsa-4096", "rsa-4096"),
            ("others.intermediate", "intermediate"),
            ("others.self-signed", "self-signed"),
        ] {
            let path: Vec<&str> = name.split('.').collect();
            let certificate = pki.join(format!("{pair}.pem"));
            let key = pki.join(format!("{pair}.key"));
            if certificate.exists() && key.exists() {
                put(
                    file,
                    &[&["tls"], &path[..], &["certificate"]].concat(),
                    certificate.display().to_string(),
                );
                put(
                    file,
                    &[&["tls"], &path[..], &["key"]].concat(),
                    key.display().to_string(),
                );
            }
        }
    }
}

fn text<'a>(json: &'a Json, key: &str) -> Result<&'a str, Failure> {
    let found = json.get(key).and_then(Json::as_str);
    found.ok_or_else(|| Failure::from(format!("endpoints.json has no {key:?}")))
}

fn put(table: &mut Table, path: &[&str], value: impl Into<Value>) {
    match path {
        [] => {}
        [last] => {
            table.insert((*last).to_owned(), value.into());
        }
        [first, rest @ ..] => {
            let inner = table
                .entry(*first)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}
