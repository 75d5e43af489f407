//! A client's side of a running domain: its endpoints, its identity, its audit spool.

use std::path::Path;
use std::time::Duration;

use hl7v2::datatype::{Cx, Hd};
use ihe_atna::{As, SecureNode, Spool, SyslogTls};
use ihe_pix::{PixConsumer, iti9};
use ihe_xds::{DocumentConsumer, DocumentSource};
use tokio::time::{Instant, sleep};

use crate::endpoints::Endpoints;
use crate::failure::{Context, Failure, Result};
use crate::lock::Lock;
use crate::pki::Pki;

/// How long a client waits for the affinity domain's id of a patient that was only just fed
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);
const SPOOLS: usize = 256;

/// An open session
pub(crate) struct Session {
    /// Where everybody is
    pub(crate) endpoints: Endpoints,
    /// Who we are
    pub(crate) node: SecureNode,
    /// Who the human was
    pub(crate) me: As,
    // Held so that no other command takes the same spool.
    _spool: Option<Lock>,
}

impl Session {
    /// Finds endpoints and certificates in the data directory of a running `serve`
    pub(crate) async fn open(data: &Path) -> Result<Session> {
        let endpoints = Endpoints::read(data)?;
        let (folder, lock) = free_spool(data)?;
        let spool = Spool::open(&folder, [SyslogTls::to(&endpoints.audit_tls)])
            .context(folder.display())?;
        let pki = Pki::existing(&endpoints.pki);
        let node = if endpoints.is_plain() {
            SecureNode::dangerous().plain(pki.client()?, pki.anchors()?, spool)
        } else {
            SecureNode::new(pki.client()?, pki.anchors()?, spool)
        };
        let node = node
            .context("becoming a secure node")?
            .named("regional-network-client");
        Ok(Session {
            endpoints,
            node,
            me: operator(),
            _spool: Some(lock),
        })
    }

    /// A session of an actor in the same process
    pub(crate) fn within(endpoints: Endpoints, node: SecureNode, me: As) -> Session {
        Session {
            endpoints,
            node,
            me,
            _spool: None,
        }
    }

    /// Waits until the audit records are sent; what is not stays in the spool for the next command
    pub(crate) async fn close(&self) {
        if self.node.drain(Duration::from_secs(5)).await.is_err() {
            eprintln!("note: audit records wait in the spool; the next command sends them");
        }
    }

    /// The affinity domain
    pub(crate) fn affinity(&self) -> Hd {
        Hd::oid(&self.endpoints.affinity_domain)
    }

    /// The other ids of a patient in these domains; all domains when empty (ITI-9)
    pub(crate) async fn cross_references(&self, id: &Cx, domains: Vec<Hd>) -> Result<Vec<Cx>> {
        let consumer = PixConsumer::new(self.node.clone(), &self.endpoints.pix_v2);
        let query = iti9::Query {
            tag: hl7v2::build::control_id(),
            id: id.clone(),
            domains,
        };
        consumer
            .query(&self.me, &query)
            .await
            .context("PIX query (ITI-9)")
    }

    /// The affinity domain's id of a patient, waited for while the feed is still on its way
    pub(crate) async fn affinity_id(&self, id: &Cx) -> Result<Cx> {
        let affinity = self.affinity();
        if id.assigning_authority.same_authority(&affinity) {
            return Ok(id.clone());
        }
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.cross_references(id, vec![affinity.clone()]).await?;
            if let Some(id) = found.into_iter().next() {
                return Ok(id);
            }
            if Instant::now() >= until {
                return Err(Failure::new("the patient has no id in the affinity domain"));
            }
            sleep(PAUSE).await;
        }
    }

    /// A Document Source of this domain
    pub(crate) fn source(&self) -> DocumentSource {
        DocumentSource::new(self.node.clone(), &self.endpoints.repository)
    }

    /// A Document Consumer of this domain
    pub(crate) fn consumer(&self) -> DocumentConsumer {
        DocumentConsumer::new(self.node.clone(), &self.endpoints.registry).with_repository(
            &self.endpoints.repository_unique_id,
            &self.endpoints.repository,
        )
    }
}

/// A CX given on the command line: an id and the authority it is unique in
pub(crate) fn patient_id(text: &str) -> Result<Cx> {
    let id: Cx = text
        .parse()
        .context("the patient id is not a CX (ID^^^&OID&ISO)")?;
    if id.assigning_authority.is_empty() {
        return Err(Failure::new(
            "the patient id names no assigning authority (ID^^^&OID&ISO)",
        ));
    }
    Ok(id)
}

/// Who runs this program
pub(crate) fn operator() -> As {
    As::system(&std::env::var("USER").unwrap_or_else(|_| "operator".to_owned()))
}

fn free_spool(data: &Path) -> Result<(std::path::PathBuf, Lock)> {
    for number in 0..SPOOLS {
        let folder = data.join("client-spool").join(number.to_string());
        if let Some(lock) = Lock::try_take(&folder)? {
            return Ok((folder.join("records"), lock));
        }
    }
    Err(Failure::new(format!(
        "{SPOOLS} client commands already run on {}",
        data.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_id_without_authority_is_refused_before_anything_is_sent() {
        assert!(patient_id("0000410001").is_err());
        assert!(patient_id("").is_err());
        let id = patient_id("0000410001^^^&1.2.3&ISO").unwrap();
        assert_eq!(id.assigning_authority.universal_id, "1.2.3");
    }

    #[test]
    fn commands_at_the_same_time_have_different_spools_and_later_ones_take_the_first_again() {
        let data = tempfile::tempdir().unwrap();
        let (first, lock) = free_spool(data.path()).unwrap();
        let (second, _other) = free_spool(data.path()).unwrap();
        assert_ne!(first, second);
        drop(lock);
        assert_eq!(free_spool(data.path()).unwrap().0, first);
    }
}
