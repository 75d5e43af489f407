//! The actors that can be judged: how they are called on the command line and in IHE's texts.

use serde::{Deserialize, Serialize};

/// An IHE actor, by its name on the command line and in endpoint files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Actor {
    /// Patient Identifier Cross-reference Manager
    PixManager,
    /// Patient Demographics Supplier
    PdqSupplier,
    /// Document Registry
    DocumentRegistry,
    /// Document Repository
    DocumentRepository,
    /// Audit Record Repository
    AuditRecordRepository,
    /// Secure Node, by the door of any of its servers
    SecureNode,
    /// Time Server
    TimeServer,
    /// Patient Identity Source
    PixSource,
    /// Patient Identifier Cross-reference Consumer
    PixConsumer,
    /// Patient Demographics Consumer
    PdqConsumer,
    /// Document Source
    DocumentSource,
    /// Document Consumer
    DocumentConsumer,
    /// Secure Node or Secure Application that sends audit records
    AuditSender,
    /// Time Client
    TimeClient,
}

/// What there is to know of an actor.
#[derive(Debug)]
pub struct Known {
    /// The actor.
    pub actor: Actor,
    /// Its name in endpoint files and on the command line.
    pub key: &'static str,
    /// Its name in the Technical Framework.
    pub title: &'static str,
    /// The profile, as an Integration Statement names it.
    pub profile: &'static str,
    /// Waits for others (a server), or acts by itself and needs a trigger (a client).
    pub serves: bool,
}

const fn known(
    actor: Actor,
    key: &'static str,
    title: &'static str,
    profile: &'static str,
    serves: bool,
) -> Known {
    Known {
        actor,
        key,
        title,
        profile,
        serves,
    }
}

const PIX: &str = "Patient Identifier Cross-referencing (PIX)";
const PDQ: &str = "Patient Demographics Query (PDQ)";
const XDS: &str = "Cross-Enterprise Document Sharing (XDS.b)";
const ATNA: &str = "Audit Trail and Node Authentication (ATNA)";
const CT: &str = "Consistent Time (CT)";

/// All actors, in the order of every table and report.
pub const ACTORS: [Known; 14] = [
    known(
        Actor::PixManager,
        "pix-manager",
        "Patient Identifier Cross-reference Manager",
        PIX,
        true,
    ),
    known(
        Actor::PdqSupplier,
        "pdq-supplier",
        "Patient Demographics Supplier",
        PDQ,
        true,
    ),
    known(
        Actor::DocumentRegistry,
        "document-registry",
        "Document Registry",
        XDS,
        true,
    ),
    known(
        Actor::DocumentRepository,
        "document-repository",
        "Document Repository",
        XDS,
        true,
    ),
    known(
        Actor::AuditRecordRepository,
        "audit-record-repository",
        "Audit Record Repository",
        ATNA,
        true,
    ),
    known(Actor::SecureNode, "secure-node", "Secure Node", ATNA, true),
    known(Actor::TimeServer, "time-server", "Time Server", CT, true),
    known(
        Actor::PixSource,
        "pix-source",
        "Patient Identity Source",
        PIX,
        false,
    ),
    known(
        Actor::PixConsumer,
        "pix-consumer",
        "Patient Identifier Cross-reference Consumer",
        PIX,
        false,
    ),
    known(
        Actor::PdqConsumer,
        "pdq-consumer",
        "Patient Demographics Consumer",
        PDQ,
        false,
    ),
    known(
        Actor::DocumentSource,
        "document-source",
        "Document Source",
        XDS,
        false,
    ),
    known(
        Actor::DocumentConsumer,
        "document-consumer",
        "Document Consumer",
        XDS,
        false,
    ),
    known(
        Actor::AuditSender,
        "audit-sender",
        "Secure Application (audit sender)",
        ATNA,
        false,
    ),
    known(Actor::TimeClient, "time-client", "Time Client", CT, false),
];

impl Actor {
    /// What there is to know of it.
    pub fn known(self) -> &'static Known {
        let found = ACTORS.iter().find(|known| known.actor == self);
        found.expect("every actor is in the table")
    }

    /// Its name on the command line.
    pub fn key(self) -> &'static str {
        self.known().key
    }

    /// The actor of that name.
    pub fn named(key: &str) -> Option<Actor> {
        let found = ACTORS.iter().find(|known| known.key == key);
        found.map(|known| known.actor)
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_table_is_the_name_in_files() {
        for known in &ACTORS {
            let text = format!("actor = \"{}\"", known.key);
            let read: std::collections::BTreeMap<String, Actor> =
                toml::from_str(&text).expect("a known name");
            assert_eq!(read["actor"], known.actor);
            assert_eq!(known.actor.known().key, known.key);
        }
    }
}
