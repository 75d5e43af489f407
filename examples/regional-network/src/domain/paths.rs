//! What lies in the data directory.

/// The PIX Manager's store
pub(crate) const IDENTITIES: &str = "identities.db";
/// The affinity domain's Patient Identity Source: how far it has come
pub(crate) const AFFINITY: &str = "affinity.journal";
/// The Document Registry's store
pub(crate) const REGISTRY: &str = "registry.db";
/// The Document Repository's files
pub(crate) const DOCUMENTS: &str = "documents";
/// The Audit Record Repository: trail, key, search index
pub(crate) const AUDIT: &str = "audit";
/// What the release before the trail kept records in
pub(crate) const OLD_AUDIT: &str = "audit.db";
/// The server actors' audit records on their way
pub(crate) const SPOOL: &str = "spool";
/// The operator's door
pub(crate) const OPERATOR: &str = "operator.sock";
