//! One function per actor: store, node, start.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hl7v2::datatype::Hd;
use hl7v2::mllp;
use ihe_atna::{SecureNode, Spool, SyslogTls};
use ihe_xds::affinity::Rules;
use ihe_xds::store::FileStore;
use ihe_xds::{DocumentRegistry, DocumentRepository, RegistryLimits};
use tokio::net::TcpListener;

use super::listeners::{Addresses, Listeners};
use super::{Plan, Tasks, audit, clock, paths, pix};
use crate::config::Limits;
use crate::failure::{Context, Result};
use crate::pki::Pki;
use crate::ports;

/// The audit source ids of the server actors
pub(crate) const NAMES: [&str; 5] = [
    "pix-manager",
    "pdq-supplier",
    "document-registry",
    "document-repository",
    "affinity-domain-source",
];

/// How often the files of certificates, trust and revocation lists are looked at
pub(super) const CERTIFICATES: Duration = Duration::from_secs(10);

/// What every actor is started with
pub(super) struct Place<'a> {
    pub(super) plan: &'a Plan,
    pub(super) pki: &'a Pki,
    pub(super) addresses: &'a Addresses,
    pub(super) rules: Rules,
}

/// Starts all of them: the audit repository first, so that nothing happens unseen
pub(super) async fn start(
    place: &Place<'_>,
    listeners: Listeners,
    tasks: &mut Tasks,
) -> Result<(SecureNode, audit::Repository)> {
    let sockets = (listeners.audit_tls, listeners.audit_udp);
    let repository = audit::start(place, sockets, tasks).await?;
    let watch = clock::Watch::new(&place.plan.config.time);
    let node = watch.wired_to(node(place)?);
    for name in NAMES {
        node.named(name)
            .record_start(name)
            .await
            .context("recording the start")?;
    }
    watch.start(&node, listeners.ntp, place.plan, tasks)?;
    document_registry(
        place,
        &node,
        listeners.registry,
        listeners.registry_feed,
        tasks,
    )
    .await?;
    document_repository(place, &node, listeners.repository, tasks)?;
    pix::start(place, &node, listeners.pix_v2, tasks).await?;
    Ok((node, repository))
}

fn node(place: &Place<'_>) -> Result<SecureNode> {
    let host = place.addresses.own_host();
    let folder = place.plan.data.join(paths::SPOOL);
    let destination = SyslogTls::to(place.addresses.authority(&host, &ports::AUDIT_TLS));
    let spool = Spool::open(&folder, [destination]).context(folder.display())?;
    let (identity, anchors) = (place.pki.node()?, place.pki.anchors()?);
    let node = if place.plan.plain {
        SecureNode::dangerous().plain(identity, anchors, spool)
    } else {
        SecureNode::new(identity, anchors, spool)
    };
    let node = node.context("becoming a secure node")?;
    node.watch(CERTIFICATES);
    Ok(node)
}

async fn document_registry(
    place: &Place<'_>,
    node: &SecureNode,
    listener: TcpListener,
    feed: TcpListener,
    tasks: &mut Tasks,
) -> Result<()> {
    let config = &place.plan.config;
    let path = place.plan.data.join(paths::REGISTRY);
    let store = ihe_xds::store::SqliteStore::open(&path)
        .await
        .context(path.display())?;
    let limits = RegistryLimits {
        soap: soap_limits(&config.limits),
        feed: mllp_limits(&config.limits),
        ..RegistryLimits::default()
    };
    let registry = DocumentRegistry::new(node.named("document-registry"), store)
        .with_affinity_domain(Hd::oid(&config.domain.affinity_domain))
        .with_rules(place.rules.clone())
        .with_limits(limits);
    let registry = Arc::new(registry);
    let (soap, stop) = (registry.clone(), tasks.stop.clone());
    let at = ports::REGISTRY.path.unwrap_or("/");
    run(
        &mut tasks.actors,
        &ports::REGISTRY,
        soap.serve_on(listener, at, stop),
    );
    let stop = tasks.stop.clone();
    run(
        &mut tasks.actors,
        &ports::REGISTRY_FEED,
        registry.feed_on(feed, stop),
    );
    Ok(())
}

fn document_repository(
    place: &Place<'_>,
    node: &SecureNode,
    listener: TcpListener,
    tasks: &mut Tasks,
) -> Result<()> {
    let config = &place.plan.config;
    let folder = place.plan.data.join(paths::DOCUMENTS);
    let store = FileStore::open(&folder).context(folder.display())?;
    let host = place.addresses.own_host();
    let registry = place
        .addresses
        .url(place.plan.plain, &host, &ports::REGISTRY);
    let id = &config.domain.repository_unique_id;
    let repository =
        DocumentRepository::new(node.named("document-repository"), store, id, &registry)
            .with_rules(place.rules.clone())
            .with_limits(soap_limits(&config.limits))
            .with_registry_limits(registry_limits(&config.limits));
    let at = ports::REPOSITORY.path.unwrap_or("/");
    let stop = tasks.stop.clone();
    run(
        &mut tasks.actors,
        &ports::REPOSITORY,
        Arc::new(repository).serve_on(listener, at, stop),
    );
    Ok(())
}

pub(super) fn mllp_limits(limits: &Limits) -> mllp::Limits {
    mllp::Limits {
        frame: limits.hl7_message_bytes,
        connections: limits.hl7_connections,
        idle: Duration::from_secs(limits.hl7_idle_seconds),
        ..mllp::Limits::default()
    }
}

fn soap_limits(limits: &Limits) -> ihe_soap::Limits {
    ihe_soap::Limits {
        root: limits.soap_envelope_bytes,
        part: limits.document_bytes,
        parts: limits.documents,
        connections: limits.http_connections,
        header_read: Duration::from_secs(limits.http_head_seconds),
        idle: Duration::from_secs(limits.http_body_seconds),
        ..ihe_soap::Limits::default()
    }
}

/// Towards the registry the usual patience holds: what a sender may let us wait says nothing of how long it takes to register.
fn registry_limits(limits: &Limits) -> ihe_soap::Limits {
    ihe_soap::Limits {
        idle: ihe_soap::Limits::default().idle,
        ..soap_limits(limits)
    }
}

pub(super) fn run(
    tasks: &mut tokio::task::JoinSet<Result<()>>,
    listener: &'static ports::Listener,
    serving: impl Future<Output = std::io::Result<()>> + Send + 'static,
) {
    tasks.spawn(async move { serving.await.context(listener.key) });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seconds_of_the_configuration_are_those_of_the_server_and_not_of_the_repositorys_registration()
     {
        let limits = Limits {
            http_head_seconds: 2,
            http_body_seconds: 1,
            ..Limits::default()
        };
        let served = soap_limits(&limits);
        assert_eq!(served.header_read, Duration::from_secs(2));
        assert_eq!(served.idle, Duration::from_secs(1));
        assert_eq!(
            registry_limits(&limits).idle,
            ihe_soap::Limits::default().idle
        );
    }
}
