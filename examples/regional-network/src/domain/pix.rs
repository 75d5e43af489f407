//! The PIX Manager and the Patient Demographics Supplier on one port, the Patient Identity Source of the affinity domain,
//! and the operator's door.

use std::path::Path;
use std::sync::Arc;

use hl7v2::datatype::Hd;
use ihe_atna::SecureNode;
use ihe_pix::{AffinityDomainSource, IdentityStore, PdqSupplier, PixManager, Port, Shelf};
use tokio::net::TcpListener;

use super::actors::{Place, mllp_limits, run};
use super::{Tasks, audit, authorities, operator, paths};
use crate::config::{Config, Keeper};
use crate::failure::{Context, Failure, Result};
use crate::lock::Lock;
use crate::pki::Pki;
use crate::ports;
use crate::wire::{Order, Reply};

/// Opens the configured store and hands it to this expression
macro_rules! with_store {
    ($config:expr, $data:expr, $store:ident => $do:expr) => {
        match $config.identity.keeper()? {
            Keeper::Sqlite => {
                let path = $data.join(paths::IDENTITIES);
                let opened =
                    ihe_pix::SqliteStore::open_with(&path, $config.identity.policy()?).await;
                let $store = opened.context(path.display())?;
                $do
            }
            #[cfg(feature = "postgres")]
            Keeper::Postgres(address) => {
                let opened =
                    ihe_pix::PostgresStore::open_with(&address, $config.identity.policy()?).await;
                let $store = opened.context("identity.store")?;
                $do
            }
        }
    };
}

pub(super) async fn start(
    place: &Place<'_>,
    node: &SecureNode,
    listener: TcpListener,
    tasks: &mut Tasks,
) -> Result<()> {
    let config = &place.plan.config;
    with_store!(config, place.plan.data, store => start_with(place, node, listener, tasks, store))
}

fn start_with<S: IdentityStore + Shelf + Clone>(
    place: &Place<'_>,
    node: &SecureNode,
    listener: TcpListener,
    tasks: &mut Tasks,
    store: S,
) -> Result<()> {
    let config = &place.plan.config;
    let manager = Arc::new(manager(config, node.named("pix-manager"), store.clone()));
    affinity_domain_source(place, node, &manager, store.clone(), tasks);
    let supplier = supplier(config, node.named("pdq-supplier"), store);
    let door = operator::Door::open(&place.plan.data)?;
    let (desk, stop) = (manager.clone(), tasks.stop.clone());
    tasks
        .actors
        .spawn(async move { door.serve(desk, stop).await });
    let stop = tasks.stop.clone();
    let port = Port::new(node.named("pix-manager"), manager, supplier);
    let port = port.with_limits(port_limits(config));
    let serving = Arc::new(port).serve_on(listener, stop);
    run(&mut tasks.actors, &ports::PIX_V2, serving);
    Ok(())
}

fn manager<S: IdentityStore + Shelf>(config: &Config, node: SecureNode, store: S) -> PixManager<S> {
    let (affinity, hospitals) = authorities(config);
    let mut manager = PixManager::new(node, store).with_domain(affinity);
    for hospital in hospitals {
        manager = match bound_to(config, &hospital) {
            Some((app, facility)) => manager.with_domain_bound_to(hospital, app, facility),
            None => manager.with_domain(hospital),
        };
    }
    for source in config.sources.0.values() {
        let authority = Hd::oid(&source.domain);
        manager = manager.with_source(&source.application, &source.facility, authority);
    }
    manager
}

/// Tells the ids of all domains
fn supplier<S: IdentityStore + Shelf>(
    config: &Config,
    node: SecureNode,
    store: S,
) -> PdqSupplier<S> {
    let (affinity, hospitals) = authorities(config);
    let supplier = PdqSupplier::new(node, store).with_domain(affinity);
    hospitals.into_iter().fold(supplier, |supplier, hospital| {
        supplier.with_domain(hospital)
    })
}

fn port_limits(config: &Config) -> hl7v2::mllp::Limits {
    hl7v2::mllp::Limits {
        in_flight: config.limits.hl7_in_flight,
        ..mllp_limits(&config.limits)
    }
}

fn bound_to<'a>(config: &'a Config, authority: &Hd) -> Option<(&'a str, &'a str)> {
    let mut sources = config.sources.0.values();
    let source = sources.find(|s| s.bound && s.domain == authority.universal_id)?;
    Some((&source.application, &source.facility))
}

fn affinity_domain_source<S: IdentityStore + Shelf>(
    place: &Place<'_>,
    node: &SecureNode,
    manager: &PixManager<S>,
    store: S,
    tasks: &mut Tasks,
) {
    let host = place.addresses.own_host();
    let (affinity, _) = authorities(&place.plan.config);
    let source = AffinityDomainSource::new(
        node.named("affinity-domain-source"),
        &place.addresses.authority(&host, &ports::PIX_V2),
        &place.addresses.authority(&host, &ports::REGISTRY_FEED),
        affinity,
        store,
        manager.changes(),
        place.plan.data.join(paths::AFFINITY),
    );
    let stop = tasks.stop.clone();
    tasks
        .actors
        .spawn(async move { source.run(stop).await.context("affinity domain source") });
}

/// Does an operator's order: through the server that has the directory, else on the stores themselves
pub(crate) async fn operate(data: &Path, config: Option<&Path>, order: &Order) -> Result<Reply> {
    if !data.is_dir() {
        let text = format!("{} is not there; give --data as to `serve`", data.display());
        return Err(Failure::new(text));
    }
    match Lock::try_take(data)? {
        None => operator::ask(data, order).await,
        Some(_lock) => at_rest(data, &Config::load(config)?, order).await,
    }
}

/// Without a server nobody takes audit records: they are put into the repository's own trail.
async fn at_rest(data: &Path, config: &Config, order: &Order) -> Result<Reply> {
    let trail = audit::open_trail(data, &config.audit).await?;
    let node = audit::node(&Pki::existing(&data.join("pki")), &trail, "pix-manager")?;
    with_store!(config, data, store => {
        let manager = manager(config, node, store);
        Ok(operator::answer_here(&manager, order).await)
    })
}
