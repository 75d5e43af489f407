//! The domain's configuration: one TOML file, every key with a default, unknown keys refused.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use ihe_pix::Probabilistic;
use ihe_pix::matching::Weights;
use serde::{Deserialize, Serialize};

use crate::failure::{Context, Failure, Result};

/// The whole file. A section that is left out has its defaults; `[patient_domains]` and `[sources]`, when given, replace theirs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The affinity domain itself
    pub(crate) domain: Domain,
    /// name = "OID": the hospitals' domains, beside the affinity domain; feeds for any other are refused
    pub(crate) patient_domains: PatientDomains,
    /// Senders by MSH-3 and MSH-4
    pub(crate) sources: Sources,
    /// Who is who
    pub(crate) identity: Identity,
    /// Code tables
    pub(crate) codes: Codes,
    /// Audit Record Repository
    pub(crate) audit: Audit,
    /// The clock (ITI-1)
    pub(crate) time: Time,
    /// How much any sender may ask of us
    pub(crate) limits: Limits,
}

/// `[domain]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Domain {
    /// The affinity domain's assigning authority, a bare OID
    pub(crate) affinity_domain: String,
    /// `urn:oid:…`
    pub(crate) home_community_id: String,
    /// The repository's own OID
    pub(crate) repository_unique_id: String,
}

/// `[patient_domains]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct PatientDomains(pub(crate) BTreeMap<String, String>);

/// `[sources]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sources(pub(crate) BTreeMap<String, Source>);

/// `[sources.NAME]`: one sender
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// MSH-3
    pub(crate) application: String,
    /// MSH-4
    pub(crate) facility: String,
    /// The OID of the domain of its ids when PID-3 names none (V2-R-011)
    pub(crate) domain: String,
    /// Whether only this sender may feed that domain (V2-R-012)
    #[serde(default)]
    pub(crate) bound: bool,
}

/// `[identity]`
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Identity {
    /// Where identities are kept: "sqlite" (in the data directory) or, built with `--features postgres`, "postgres://…"
    pub(crate) store: String,
    /// A table of weights and thresholds of matching; empty: the built-in one
    pub(crate) weights: PathBuf,
}

/// A store of identities
pub(crate) enum Keeper {
    /// `identities.db` in the data directory
    Sqlite,
    /// The address of a PostgreSQL database
    #[cfg(feature = "postgres")]
    Postgres(String),
}

/// `[codes]`
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Codes {
    /// A codes.xml or TOML; empty: codes are not checked. `--codes` comes before it.
    pub(crate) file: PathBuf,
}

/// `[audit]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Audit {
    /// Also take audit records over UDP, unprotected (the listener stays bound when false, and is not read)
    pub(crate) udp: bool,
    /// Seconds to wait at a stop for the spool to be sent; what is not sent stays on disk
    pub(crate) drain_seconds: u64,
    /// Days that records are kept; 0: for ever
    pub(crate) keep_days: u64,
    /// Records that are kept; 0: all. Whole segments of about 64 MB go, the oldest first
    pub(crate) keep_records: u64,
    /// Megabytes of trail that are kept; 0: all
    pub(crate) keep_megabytes: u64,
    /// Seconds until a checkpoint is signed over records that none covers
    pub(crate) checkpoint_seconds: u64,
    /// Other Audit Record Repositories that get every record unchanged, HOST:PORT, over TLS
    pub(crate) forward: Vec<String>,
    /// They get only records of this event (EventTypeCode or EventID); empty: all
    pub(crate) forward_event: String,
}

/// `[time]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Time {
    /// Time Servers, NAME:PORT or an address; none: the clock is served as it is, at stratum 10, and nobody watches it
    pub(crate) servers: Vec<String>,
    /// The daemon that disciplines this machine's clock, such as "chronyd"; only with it, or with `serve --adjust`,
    /// may an integration statement claim Time Client
    pub(crate) disciplined_by: String,
    /// Milliseconds of offset, and of error bound, beyond which the clock is not to be trusted
    pub(crate) limit_milliseconds: u64,
}

/// `[limits]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Bytes of one HL7 v2 message
    pub(crate) hl7_message_bytes: usize,
    /// HL7 v2 connections at one time, of each listener
    pub(crate) hl7_connections: usize,
    /// Seconds that an HL7 v2 connection may be silent
    pub(crate) hl7_idle_seconds: u64,
    /// Messages of one connection to the PIX Manager in hand at a time; they are applied in order all the same
    pub(crate) hl7_in_flight: usize,
    /// Bytes of one SOAP envelope
    pub(crate) soap_envelope_bytes: usize,
    /// Bytes of one document
    pub(crate) document_bytes: u64,
    /// Documents in one submission
    pub(crate) documents: usize,
    /// HTTP connections at one time, of each listener
    pub(crate) http_connections: usize,
    /// Seconds until the head of an HTTP request must be there; also how long a kept connection may be silent
    pub(crate) http_head_seconds: u64,
    /// Seconds in which no byte of an HTTP body may move, in either direction
    pub(crate) http_body_seconds: u64,
}

impl Default for Domain {
    fn default() -> Domain {
        Domain {
            affinity_domain: "1.3.6.1.4.1.21367.2005.13.20.1000".into(),
            home_community_id: "urn:oid:1.3.6.1.4.1.21367.2005.13.20.3000".into(),
            repository_unique_id: "1.3.6.1.4.1.21367.2005.13.20.2000".into(),
        }
    }
}

impl Default for PatientDomains {
    fn default() -> PatientDomains {
        let domains = crate::demo::hospitals::ALL.iter();
        PatientDomains(
            domains
                .map(|h| (h.key.to_owned(), h.domain.to_owned()))
                .collect(),
        )
    }
}

impl Default for Sources {
    fn default() -> Sources {
        let kita = &crate::demo::hospitals::KITA;
        let source = Source {
            application: kita.application.into(),
            facility: kita.facility.into(),
            domain: kita.domain.into(),
            bound: false,
        };
        Sources(BTreeMap::from([(kita.key.to_owned(), source)]))
    }
}

impl Default for Identity {
    fn default() -> Identity {
        Identity {
            store: "sqlite".into(),
            weights: PathBuf::new(),
        }
    }
}

// The address may have a password.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Identity {
    /// How it is decided who is one patient
    pub(crate) fn policy(&self) -> Result<Probabilistic> {
        if self.weights.as_os_str().is_empty() {
            return Ok(Probabilistic::default());
        }
        let file = self.weights.display();
        let text = fs::read_to_string(&self.weights).context(&file)?;
        let weights = Weights::parse(&text).context(&file)?;
        Ok(Probabilistic::new(weights))
    }

    /// The store that is named
    pub(crate) fn keeper(&self) -> Result<Keeper> {
        let postgres = ["postgres:", "postgresql:"];
        match self.store.as_str() {
            "sqlite" => Ok(Keeper::Sqlite),
            #[cfg(feature = "postgres")]
            address if postgres.iter().any(|p| address.starts_with(p)) => {
                Ok(Keeper::Postgres(address.to_owned()))
            }
            address if postgres.iter().any(|p| address.starts_with(p)) => Err(Failure::new(
                "identity.store: this program was built without PostgreSQL; build it with --features postgres",
            )),
            _ => Err(Failure::new(
                "identity.store is neither \"sqlite\" nor \"postgres://…\"",
            )),
        }
    }
}

impl Default for Audit {
    fn default() -> Audit {
        Audit {
            udp: true,
            drain_seconds: 5,
            keep_days: 0,
            keep_records: 0,
            keep_megabytes: 0,
            checkpoint_seconds: 60,
            forward: Vec::new(),
            forward_event: String::new(),
        }
    }
}

impl Default for Time {
    fn default() -> Time {
        Time {
            servers: Vec::new(),
            disciplined_by: String::new(),
            limit_milliseconds: 1000,
        }
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            hl7_message_bytes: 1024 * 1024,
            hl7_connections: 256,
            hl7_idle_seconds: 300,
            hl7_in_flight: 32,
            soap_envelope_bytes: 16 * 1024 * 1024,
            document_bytes: 4 * 1024 * 1024 * 1024,
            documents: 1000,
            http_connections: 1024,
            http_head_seconds: 30,
            http_body_seconds: 60,
        }
    }
}

impl Config {
    /// The defaults, or those of a file
    pub(crate) fn load(path: Option<&Path>) -> Result<Config> {
        let Some(path) = path else {
            return Ok(Config::default());
        };
        let text = fs::read_to_string(path).context(path.display())?;
        Config::parse(&text).map_err(|error| error.within(&path.display().to_string()))
    }

    /// Reads TOML and checks what the types cannot
    pub(crate) fn parse(text: &str) -> Result<Config> {
        let config: Config = toml::from_str(text).map_err(|e| Failure::new(one_line(&e, text)))?;
        config.check()?;
        Ok(config)
    }

    /// The whole configuration as TOML, defaults included
    pub(crate) fn print(&self) -> Result<String> {
        toml::to_string_pretty(self).context("writing the configuration")
    }

    fn check(&self) -> Result<()> {
        self.identity.keeper()?;
        let domain = &self.domain;
        let home = domain.home_community_id.strip_prefix("urn:oid:");
        oid("domain.affinity_domain", &domain.affinity_domain)?;
        oid("domain.repository_unique_id", &domain.repository_unique_id)?;
        oid(
            "domain.home_community_id (urn:oid:…)",
            home.unwrap_or_default(),
        )?;
        for (name, value) in &self.patient_domains.0 {
            oid(&format!("patient_domains.{name}"), value)?;
        }
        for (name, source) in &self.sources.0 {
            let known = self
                .patient_domains
                .0
                .values()
                .any(|oid| *oid == source.domain);
            if !known && source.domain != domain.affinity_domain {
                return Err(Failure::new(format!(
                    "sources.{name}.domain is not in [patient_domains]"
                )));
            }
        }
        Ok(())
    }
}

fn oid(key: &str, value: &str) -> Result<()> {
    let arcs: Vec<&str> = value.split('.').collect();
    let arc = |a: &&str| {
        !a.is_empty()
            && a.bytes().all(|b| b.is_ascii_digit())
            && (a.len() == 1 || !a.starts_with('0'))
    };
    if arcs.len() >= 2 && value.len() <= 64 && arcs.iter().all(arc) {
        return Ok(());
    }
    Err(Failure::new(format!("{key} is not an OID: {value:?}")))
}

fn one_line(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map_or(0, |span| {
        text[..span.start.min(text.len())].matches('\n').count() + 1
    });
    format!("line {line}: {}", error.message().replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_key_and_line() {
        let error =
            Config::parse("[limits]\nhl7_message_bytes = 1\nhl7_mesage_bytes = 2\n").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("line 3") && text.contains("hl7_mesage_bytes"),
            "{text}"
        );
        assert!(
            Config::parse("[domains]\n")
                .unwrap_err()
                .to_string()
                .contains("domains")
        );
    }

    #[test]
    fn what_config_print_shows_reads_back_to_the_same() {
        let printed = Config::default().print().unwrap();
        for section in [
            "[domain]",
            "[patient_domains]",
            "[sources",
            "[identity]",
            "[codes]",
            "[audit]",
            "[time]",
            "[limits]",
        ] {
            assert!(
                printed.contains(section),
                "{section} is missing in\n{printed}"
            );
        }
        assert_eq!(Config::parse(&printed).unwrap().print().unwrap(), printed);
    }

    #[test]
    fn a_section_given_in_part_keeps_its_other_defaults() {
        let config = Config::parse("[limits]\ndocuments = 7\n").unwrap();
        assert_eq!(config.limits.documents, 7);
        assert_eq!(config.limits.http_body_seconds, 60);
        assert_eq!(config.limits.hl7_message_bytes, 1024 * 1024);
        assert_eq!(config.patient_domains.0.len(), 3);
    }

    #[test]
    fn a_store_that_this_build_has_not_is_refused_without_its_password() {
        for store in ["oracle://u:SECRET@h/d", "postgres://u:SECRET@h/d"] {
            match Config::parse(&format!("[identity]\nstore = '{store}'\n")) {
                Ok(_) => assert!(cfg!(feature = "postgres") && store.starts_with("postgres")),
                Err(error) => {
                    let text = error.to_string();
                    assert!(
                        text.contains("identity.store") && !text.contains("SECRET"),
                        "{text}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_source_of_an_unlisted_domain_and_a_bad_oid_are_refused() {
        let source = "[sources.x]\napplication='A'\nfacility='B'\ndomain='1.2.3'\n";
        assert!(
            Config::parse(source)
                .unwrap_err()
                .to_string()
                .contains("sources.x.domain")
        );
        let bad = "[domain]\naffinity_domain='1.02.3'\n";
        assert!(
            Config::parse(bad)
                .unwrap_err()
                .to_string()
                .contains("not an OID")
        );
    }
}
