//! `endpoints.json`: where a running domain answers. Flat JSON, there only while every listener is up.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::{Context, Result};

/// The file's name inside the data directory
pub(crate) const FILE: &str = "endpoints.json";

/// Where each actor of a running domain answers, and the domain's own identifiers
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoints {
    /// PIX Manager, `host:port` (MLLP)
    pub(crate) pix_v2: String,
    /// Document Registry's patient feed, `host:port` (MLLP)
    pub(crate) registry_feed: String,
    /// Document Registry, URL
    pub(crate) registry: String,
    /// Document Repository, URL
    pub(crate) repository: String,
    /// Audit Record Repository, `host:port` (syslog over TLS)
    pub(crate) audit_tls: String,
    /// Audit Record Repository, `host:port` (syslog over UDP)
    pub(crate) audit_udp: String,
    /// Time Server, `host:port` (UDP)
    pub(crate) ntp: String,
    /// The affinity domain's assigning authority, a bare OID
    pub(crate) affinity_domain: String,
    /// The home community id, `urn:oid:…`
    pub(crate) home_community_id: String,
    /// The repository's unique id, a bare OID
    pub(crate) repository_unique_id: String,
    /// `tls`, or `plain` when every listener but `audit_tls` is plain
    pub(crate) security: String,
    /// The directory with `ca.pem`, `node.{pem,key}`, `client.{pem,key}`
    pub(crate) pki: PathBuf,
}

impl Endpoints {
    /// Reads the file of a running domain
    pub(crate) fn read(data: &Path) -> Result<Endpoints> {
        let path = data.join(FILE);
        let text = fs::read_to_string(&path).context(format!(
            "{} (is `serve --data` running there?)",
            path.display()
        ))?;
        serde_json::from_str(&text).context(path.display())
    }

    /// Writes the file whole: a reader sees all of it or none
    pub(crate) fn write(&self, data: &Path) -> Result<()> {
        let mut text = serde_json::to_string_pretty(self).context(FILE)?;
        text.push('\n');
        replace(data, text.as_bytes()).context(data.join(FILE).display())
    }

    /// A listener's address or URL, by its key in the port table
    pub(crate) fn of(&self, key: &str) -> Option<&str> {
        Some(match key {
            "pix_v2" => &self.pix_v2,
            "registry_feed" => &self.registry_feed,
            "registry" => &self.registry,
            "repository" => &self.repository,
            "audit_tls" => &self.audit_tls,
            "audit_udp" => &self.audit_udp,
            "ntp" => &self.ntp,
            _ => return None,
        })
    }

    /// True when the domain's HL7 v2 and SOAP listeners are plain
    pub(crate) fn is_plain(&self) -> bool {
        self.security == "plain"
    }
}

/// Removes the file; that it is not there is no error
pub(crate) fn remove(data: &Path) -> Result<()> {
    match fs::remove_file(data.join(FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context(data.join(FILE).display())
        }
        _ => Ok(()),
    }
}

fn replace(data: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    file.write_all(bytes)?;
    make_readable(file.as_file())?;
    file.as_file().sync_all()?;
    file.persist(data.join(FILE)).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn make_readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Endpoints {
        Endpoints {
            pix_v2: "127.0.0.1:20000".into(),
            registry_feed: "127.0.0.1:20001".into(),
            registry: "http://127.0.0.1:20002/registry".into(),
            repository: "http://127.0.0.1:20003/repository".into(),
            audit_tls: "127.0.0.1:20004".into(),
            audit_udp: "127.0.0.1:20005".into(),
            ntp: "127.0.0.1:20006".into(),
            affinity_domain: "1.3.6.1.4.1.21367.2005.13.20.1000".into(),
            home_community_id: "urn:oid:1.2.3".into(),
            repository_unique_id: "1.2.4".into(),
            security: "plain".into(),
            pki: "/tmp/pki".into(),
        }
    }

    #[test]
    fn the_file_is_written_by_rename_and_read_back() {
        let data = tempfile::tempdir().unwrap();
        fs::write(data.path().join(FILE), "an older file").unwrap();
        let old = fs::File::open(data.path().join(FILE)).unwrap();
        sample().write(data.path()).unwrap();
        assert_eq!(Endpoints::read(data.path()).unwrap(), sample());
        let still_old = io::read_to_string(old).unwrap();
        assert_eq!(
            still_old, "an older file",
            "the old file was overwritten in place"
        );
        let names: Vec<_> = fs::read_dir(data.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, [FILE], "a temporary file was left behind");
    }

    #[test]
    fn every_listener_of_the_port_table_has_its_key() {
        assert!(
            crate::ports::TABLE
                .iter()
                .all(|listener| sample().of(listener.key).is_some())
        );
    }

    #[test]
    fn the_json_is_flat() {
        let value = serde_json::to_value(sample()).unwrap();
        assert!(
            value
                .as_object()
                .unwrap()
                .values()
                .all(serde_json::Value::is_string)
        );
    }

    #[test]
    fn removing_twice_is_no_error() {
        let data = tempfile::tempdir().unwrap();
        sample().write(data.path()).unwrap();
        remove(data.path()).unwrap();
        remove(data.path()).unwrap();
        assert!(Endpoints::read(data.path()).is_err());
    }
}
