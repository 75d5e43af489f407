//! The Audit Record Repository: its trail, the key that signs it, the search index, and what runs beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ihe_atna::{
    AuditRecordRepository, Forward, RepositoryLimits, RetentionPolicy, Search, SecureNode,
    SqliteStore, SyslogTls, Trail, TrailKey, TrailLimits, TrailSigner, TrailSink, import_version_1,
};
use tokio::net::{TcpListener, UdpSocket};

use super::actors::{CERTIFICATES, Place, run};
use super::{Tasks, paths};
use crate::config::Audit;
use crate::failure::{Context, Failure, Result};
use crate::pki::{self, Pki};
use crate::ports;

/// The repository of this program
pub(crate) type Repository = AuditRecordRepository<SqliteStore>;

/// How often it is looked for what may go
const RETIRE: Duration = Duration::from_secs(3600);

/// Where the trail lies
pub(crate) fn trail_folder(data: &Path) -> PathBuf {
    data.join(paths::AUDIT).join("trail")
}

/// Where the search index lies
pub(crate) fn index(data: &Path) -> PathBuf {
    data.join(paths::AUDIT).join("index.db")
}

/// An error when there is no trail, nor records of the release before it
pub(crate) fn exists(data: &Path) -> Result<()> {
    if trail_folder(data).exists() || data.join(paths::OLD_AUDIT).exists() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "no audit trail in {}",
        data.display()
    )))
}

/// The key that checkpoints are checked with
pub(crate) fn key(data: &Path) -> Result<TrailKey> {
    let path = data.join(paths::AUDIT).join("trail.pub");
    let pem = fs::read_to_string(&path).context(path.display())?;
    TrailKey::from_pem(&pem).context(path.display())
}

/// Opens the trail, made when there is none, with the records of the release before it
pub(crate) async fn open_trail(data: &Path, settings: &Audit) -> Result<Trail> {
    let folder = trail_folder(data);
    let limits = TrailLimits {
        checkpoint_interval: Duration::from_secs(settings.checkpoint_seconds),
        ..TrailLimits::default()
    };
    let trail = Trail::open(&folder, signer(data)?, limits).context(folder.display())?;
    if let Some(cut) = trail.cut() {
        eprintln!(
            "note: {} bytes of {} were never acknowledged and were cut off",
            cut.bytes, cut.segment
        );
    }
    let old = data.join(paths::OLD_AUDIT);
    let imported = import_version_1(&old, &trail).await;
    if let Some(records) = imported.context(old.display())? {
        println!(
            "{records} audit records of {} are in the trail now",
            old.display()
        );
    }
    Ok(trail)
}

/// The key that signs, made when there is none
fn signer(data: &Path) -> Result<TrailSigner> {
    let folder = data.join(paths::AUDIT);
    fs::create_dir_all(&folder).context(folder.display())?;
    let path = folder.join("trail.key");
    if !path.exists() {
        let (signer, pem) = TrailSigner::generate().context("making the key of the trail")?;
        let public = signer.key().context("the key of the trail")?.to_pem();
        for name in ["trail.pub", "trail.key.new"] {
            let _ = fs::remove_file(folder.join(name));
        }
        pki::write(&folder, "trail.pub", public.as_bytes(), 0o644)?;
        pki::write(&folder, "trail.key.new", pem.as_bytes(), 0o600)?;
        fs::rename(folder.join("trail.key.new"), &path).context(path.display())?;
    }
    TrailSigner::from_pem_file(&path).context(path.display())
}

/// A node whose own audit records go into the trail
pub(crate) fn node(pki: &Pki, trail: &Trail, name: &str) -> Result<SecureNode> {
    let sink = Arc::new(TrailSink::new(trail.clone()));
    let node = SecureNode::dangerous().with_sink(pki.node()?, pki.anchors()?, false, sink);
    Ok(node.context("the audit repository's node")?.named(name))
}

/// The repository over what is in the directory
pub(crate) async fn repository(data: &Path, node: SecureNode, trail: Trail) -> Result<Repository> {
    let path = index(data);
    let store = SqliteStore::open(&path).await.context(path.display())?;
    let limits = RepositoryLimits::default();
    Ok(AuditRecordRepository::new(node, trail, store, limits))
}

/// Starts it with everything that is configured
pub(super) async fn start(
    place: &Place<'_>,
    (tls, udp): (TcpListener, UdpSocket),
    tasks: &mut Tasks,
) -> Result<Repository> {
    let (data, settings) = (&place.plan.data, &place.plan.config.audit);
    let trail = open_trail(data, settings).await?;
    let node = node(place.pki, &trail, "audit-record-repository")?;
    node.watch(CERTIFICATES);
    node.record_start("audit-record-repository")
        .await
        .context("recording the start")?;
    let repository = repository(data, node, trail).await?;
    let (over_tls, stop) = (repository.clone(), tasks.stop_audit.clone());
    run(&mut tasks.audit, &ports::AUDIT_TLS, async move {
        over_tls.serve_tls(tls, stop).await
    });
    over_udp(&repository, udp, settings.udp, tasks);
    for to in &settings.forward {
        forward(&repository, to, settings, data, tasks);
    }
    let (keeping, policy, stop) = (
        repository.clone(),
        policy(settings),
        tasks.stop_audit.clone(),
    );
    run(&mut tasks.audit, &ports::AUDIT_TLS, async move {
        keeping.keep(policy, RETIRE, stop).await;
        Ok(())
    });
    Ok(repository)
}

fn over_udp(repository: &Repository, socket: UdpSocket, listens: bool, tasks: &mut Tasks) {
    let (repository, stop) = (repository.clone(), tasks.stop_audit.clone());
    run(&mut tasks.audit, &ports::AUDIT_UDP, async move {
        if listens {
            return repository.serve_udp(socket, stop).await;
        }
        stop.cancelled().await;
        drop(socket);
        Ok(())
    });
}

fn forward(repository: &Repository, to: &str, settings: &Audit, data: &Path, tasks: &mut Tasks) {
    let event = &settings.forward_event;
    let name: String = to
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let forward = Forward {
        to: SyslogTls::to(to),
        only: (!event.is_empty()).then(|| Search {
            event: Some(event.clone()),
            ..Search::default()
        }),
        cursor: data.join(paths::AUDIT).join(format!("forward-{name}")),
    };
    let (repository, stop) = (repository.clone(), tasks.stop_audit.clone());
    run(&mut tasks.audit, &ports::AUDIT_TLS, async move {
        repository.forward(forward, stop).await
    });
}

fn policy(settings: &Audit) -> RetentionPolicy {
    let given = |number: u64| (number > 0).then_some(number);
    RetentionPolicy {
        age: given(settings.keep_days).map(|days| Duration::from_secs(days.saturating_mul(86_400))),
        records: given(settings.keep_records),
        bytes: given(settings.keep_megabytes).map(|megabytes| megabytes.saturating_mul(1_000_000)),
    }
}
