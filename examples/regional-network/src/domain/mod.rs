//! The domain: every server actor of the region, started and stopped in one place.

mod actors;
pub(crate) mod audit;
mod clock;
mod listeners;
mod operator;
pub(crate) mod paths;
mod pix;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use hl7v2::datatype::Hd;
use ihe_atna::SecureNode;
use ihe_xds::affinity::{AffinityDomain, Rules};
use ihe_xds::metadata::Oid;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::endpoints::{self, Endpoints};
use crate::failure::{Context, Failure, Result};
use crate::lock::Lock;
use crate::pki::Pki;
use crate::ports;
pub(crate) use listeners::Addresses;
use listeners::Listeners;
pub(crate) use pix::operate;

/// How long actors may take to finish what was begun
const GRACE: Duration = Duration::from_secs(10);

/// What a domain is started with
pub(crate) struct Plan {
    pub(crate) data: PathBuf,
    pub(crate) plain: bool,
    pub(crate) bind: IpAddr,
    /// Host name or address that others reach us by
    pub(crate) advertise: String,
    pub(crate) port_base: u16,
    pub(crate) config: Config,
    /// Slew this machine's clock
    pub(crate) adjust: bool,
    /// codes.xml or TOML of the affinity domain
    pub(crate) codes: Option<PathBuf>,
}

/// A domain that serves
pub(crate) struct Running {
    pub(crate) data: PathBuf,
    pub(crate) config: Config,
    pub(crate) endpoints: Endpoints,
    pub(crate) addresses: Addresses,
    /// The server actors' node
    pub(crate) node: SecureNode,
    /// The Audit Record Repository
    pub(crate) audit: audit::Repository,
    adjust: bool,
    tasks: Tasks,
    _lock: Lock,
}

/// The actors at work: those that serve, and the audit repository that outlives them
pub(crate) struct Tasks {
    actors: JoinSet<Result<()>>,
    audit: JoinSet<Result<()>>,
    stop: CancellationToken,
    stop_audit: CancellationToken,
}

impl Running {
    /// Binds, opens the stores, starts every actor, and only then writes `endpoints.json`
    pub(crate) async fn start(plan: Plan) -> Result<Running> {
        let lock = Lock::take(&plan.data)?;
        endpoints::remove(&plan.data)?;
        let pki = Pki::open_or_mint(&plan.data, &plan.advertise)?;
        let rules = rules(&plan)?;
        let listeners = Listeners::bind(plan.bind, plan.port_base).await?;
        let addresses = listeners.addresses()?;
        let endpoints = endpoints(&plan, &addresses, &pki);
        let mut tasks = Tasks::new();
        let place = actors::Place {
            plan: &plan,
            pki: &pki,
            addresses: &addresses,
            rules,
        };
        let (node, audit) = actors::start(&place, listeners, &mut tasks).await?;
        endpoints.write(&plan.data)?;
        let Plan {
            data,
            config,
            adjust,
            ..
        } = plan;
        Ok(Running {
            data,
            config,
            adjust,
            endpoints,
            addresses,
            node,
            audit,
            tasks,
            _lock: lock,
        })
    }

    /// Ends when an actor ends that nobody stopped
    pub(crate) async fn failed(&mut self) -> Failure {
        let tasks = &mut self.tasks;
        let ended = tokio::select! {
            Some(ended) = tasks.actors.join_next() => ended,
            Some(ended) = tasks.audit.join_next() => ended,
            else => return Failure::new("no actor is running"),
        };
        match ended {
            Ok(Err(failure)) => failure,
            Ok(Ok(())) => Failure::new("an actor stopped by itself"),
            Err(error) => Failure::new(format!("an actor broke off: {error}")),
        }
    }

    /// Whose time this is, in words
    pub(crate) fn time(&self) -> String {
        clock::statement(&self.config.time, self.adjust)
    }

    /// No new connections, then the messages in hand, then the audit trail
    pub(crate) async fn stop(mut self) -> Result<()> {
        endpoints::remove(&self.data)?;
        self.tasks.stop.cancel();
        finish(&mut self.tasks.actors, "actors").await;
        for name in actors::NAMES {
            let stopped = self.node.named(name).record_stop(name).await;
            stopped.context("recording the stop")?;
        }
        let wait = Duration::from_secs(self.config.audit.drain_seconds);
        if self.node.drain(wait).await.is_err() {
            eprintln!("note: audit records wait in the spool until the next start");
        }
        self.tasks.stop_audit.cancel();
        finish(&mut self.tasks.audit, "the audit repository").await;
        let closed = self.audit.trail().close().await;
        closed.context("closing the audit trail")
    }
}

impl Tasks {
    fn new() -> Tasks {
        Tasks {
            actors: JoinSet::new(),
            audit: JoinSet::new(),
            stop: CancellationToken::new(),
            stop_audit: CancellationToken::new(),
        }
    }
}

async fn finish(tasks: &mut JoinSet<Result<()>>, whose: &str) {
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, all).await.is_err() {
        eprintln!("note: {whose} did not finish within {} s", GRACE.as_secs());
        tasks.abort_all();
    }
}

fn rules(plan: &Plan) -> Result<Rules> {
    let mut rules = Rules {
        home_community_id: Some(plan.config.domain.home_community_id.clone()),
        ..Rules::default()
    };
    let authority = &plan.config.domain.affinity_domain;
    let oid = Oid::parse(authority).context("domain.affinity_domain")?;
    rules.domain.allow_authority(oid);
    if let Some(path) = &plan.codes {
        let file = AffinityDomain::read(path).context(path.display())?;
        rules.domain = rules.domain.merged(file);
    }
    Ok(rules)
}

fn endpoints(plan: &Plan, addresses: &Addresses, pki: &Pki) -> Endpoints {
    let host = plan.advertise.as_str();
    let domain = &plan.config.domain;
    Endpoints {
        pix_v2: addresses.authority(host, &ports::PIX_V2),
        registry_feed: addresses.authority(host, &ports::REGISTRY_FEED),
        registry: addresses.url(plan.plain, host, &ports::REGISTRY),
        repository: addresses.url(plan.plain, host, &ports::REPOSITORY),
        audit_tls: addresses.authority(host, &ports::AUDIT_TLS),
        audit_udp: addresses.authority(host, &ports::AUDIT_UDP),
        ntp: addresses.authority(host, &ports::NTP),
        affinity_domain: domain.affinity_domain.clone(),
        home_community_id: domain.home_community_id.clone(),
        repository_unique_id: domain.repository_unique_id.clone(),
        security: if plan.plain { "plain" } else { "tls" }.to_owned(),
        pki: pki.folder().to_owned(),
    }
}

/// The affinity domain's authority and the hospitals'
pub(crate) fn authorities(config: &Config) -> (Hd, Vec<Hd>) {
    let hospitals = config
        .patient_domains
        .0
        .values()
        .map(|oid| Hd::oid(oid))
        .collect();
    (Hd::oid(&config.domain.affinity_domain), hospitals)
}
