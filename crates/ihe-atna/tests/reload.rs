//! Certificates, trust and revocation lists replaced under a running node.

mod common;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use common::{Domain, Kept, Member, first_of, in_2026, meet, node_at};
use ihe_atna::{Identity, Outcome, Remaining, SecureNode, TrustAnchors, codes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn put(dir: &Path, member: &Member) {
    // As tools do: a new file takes the place of the old one.
    for (name, text) in [("node.pem", &member.pem), ("node.key", &member.key)] {
        fs::write(dir.join("new"), text).expect("written");
        fs::rename(dir.join("new"), dir.join(name)).expect("renamed");
    }
}

fn from_files(dir: &Path, now: SystemTime) -> (SecureNode, Kept) {
    let identity = Identity::from_pem_files(dir.join("node.pem"), dir.join("node.key"));
    let anchors = TrustAnchors::from_pem_file(dir.join("ca.pem"))
        .and_then(|anchors| anchors.and_revocation_lists_file(dir.join("ca.crl")));
    node_at(identity.expect("identity"), anchors.expect("anchors"), now)
}

struct Scene {
    dir: tempfile::TempDir,
    domain: Domain,
    server: SecureNode,
    kept: Kept,
    client: SecureNode,
}

fn scene() -> Scene {
    let dir = tempfile::tempdir().expect("directory");
    let domain = Domain::new("domain");
    fs::write(dir.path().join("ca.pem"), &domain.pem).expect("written");
    fs::write(dir.path().join("ca.crl"), domain.revoking(&[], 1)).expect("written");
    put(dir.path(), &domain.issue("first", |_| {}));
    let now = first_of(2026, 5);
    let (server, kept) = from_files(dir.path(), now);
    let client = domain.issue("client", |params| params.serial_number = Some(5.into()));
    let (client, _) = node_at(client.identity(), domain.anchors(), now);
    Scene {
        dir,
        domain,
        server,
        kept,
        client,
    }
}

/// The subject the server shows now.
async fn shown(scene: &Scene) -> String {
    let (accepted, connected) = meet(&scene.server, &scene.client, "127.0.0.1").await;
    accepted.expect("accepted");
    let (_, peer) = connected.expect("connected");
    peer.certificate.expect("certificate").subject().to_owned()
}

#[tokio::test]
async fn atna_r_002_a_reload_changes_new_connections_and_leaves_old_ones_alive() {
    let scene = scene();
    let (accepted, connected) = meet(&scene.server, &scene.client, "127.0.0.1").await;
    let (mut theirs, _) = accepted.expect("accepted");
    let (mut ours, _) = connected.expect("connected");
    put(scene.dir.path(), &scene.domain.issue("second", |_| {}));
    assert_eq!(shown(&scene).await, "CN=first", "not before it is told");
    scene.server.reload().await.expect("loaded");
    assert_eq!(shown(&scene).await, "CN=second");
    ours.write_all(b"still").await.expect("written");
    ours.flush().await.expect("written");
    let mut bytes = [0; 5];
    theirs.read_exact(&mut bytes).await.expect("alive");
    let record = scene.kept.messages().pop().expect("recorded");
    assert_eq!(codes::TYPE_SECURITY_CONFIGURATION, record.event.types[0]);
    assert_eq!(record.event.outcome, Outcome::Success);
}

#[tokio::test]
async fn atna_r_002_what_is_no_good_is_not_taken_and_the_status_says_so() {
    let scene = scene();
    let good = fs::read(scene.dir.path().join("node.key")).expect("read");
    let breakages: [(&str, &[u8], &str); 5] = [
        ("node.pem", b"half a file", "node.pem: no certificate"),
        ("node.key", b"", "node.key: private key"),
        ("ca.pem", b"", "ca.pem: no certificate"),
        (
            "ca.crl",
            b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
            "ca.crl: not a revocation list",
        ),
        (
            "node.key",
            Domain::new("x").issue("x", |_| {}).key.leak().as_bytes(),
            "the private key is not the certificate's",
        ),
    ];
    for (file, bytes, expected) in breakages {
        let path = scene.dir.path().join(file);
        let before = fs::read(&path).expect("read");
        fs::write(&path, bytes).expect("written");
        let error = scene
            .server
            .reload()
            .await
            .expect_err("refused")
            .to_string();
        assert!(error.contains(expected), "{error}");
        let status = scene.server.certificate_status();
        assert_eq!(status.problem.as_deref(), Some(error.as_str()));
        assert!(!status.is_good());
        assert_eq!(shown(&scene).await, "CN=first");
        let record = scene.kept.messages().pop().expect("recorded");
        assert_eq!(record.event.outcome, Outcome::MinorFailure);
        fs::write(&path, before).expect("written");
    }
    fs::remove_file(scene.dir.path().join("node.key")).expect("removed");
    scene.server.reload().await.expect_err("no file");
    fs::write(scene.dir.path().join("node.key"), good).expect("written");
    scene.server.reload().await.expect("mended");
    assert_eq!(scene.server.certificate_status().problem, None);
}

#[tokio::test]
async fn atna_r_012_a_watched_revocation_list_counts_as_soon_as_its_file_changes() {
    let scene = scene();
    scene.server.watch(Duration::from_millis(20));
    shown(&scene).await;
    let list = scene.domain.revoking(&[5], 2);
    fs::write(scene.dir.path().join("ca.crl"), list).expect("written");
    let mut refused = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let (accepted, _) = meet(&scene.server, &scene.client, "127.0.0.1").await;
        if let Err(error) = accepted {
            assert!(error.to_string().contains("was revoked"), "{error}");
            refused = true;
            break;
        }
    }
    assert!(refused);
}

#[tokio::test]
async fn atna_r_006_what_runs_out_is_told_60_30_and_7_days_before() {
    let domain = Domain::new("domain");
    let day = Arc::new(AtomicU64::new(0));
    let (start, clock) = (first_of(2026, 9), day.clone());
    let anchors = domain
        .anchors()
        .and_revocation_lists(&domain.revoking(&[], 3));
    let node = SecureNode::dangerous()
        .at(move || start + Duration::from_secs(86_400 * clock.load(Ordering::Relaxed)))
        .without_audit(
            domain.issue("brief", in_2026).identity(),
            anchors.expect("anchors"),
        )
        .expect("node");
    // From the first of September to the end of 2026 there are 121 days.
    for (days, left, remaining) in [
        (0, 121, Remaining::Long),
        (61, 60, Remaining::SixtyDays),
        (91, 30, Remaining::ThirtyDays),
        (114, 7, Remaining::SevenDays),
        (122, -1, Remaining::Expired),
    ] {
        day.store(days, Ordering::Relaxed);
        let status = node.certificate_status();
        assert_eq!(status.expiring[0].what, "our certificate CN=brief");
        assert_eq!(status.expiring[0].days, left);
        assert_eq!(status.expiring[0].remaining, remaining);
        assert_eq!(status.remaining(), remaining);
        assert_eq!(status.is_good(), days == 0);
    }
    let what: Vec<_> = node.certificate_status().expiring;
    let what: Vec<_> = what.iter().map(|one| one.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "our certificate CN=brief",
            "authority CN=domain",
            "revocation list of CN=domain"
        ]
    );
}
