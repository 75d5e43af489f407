//! ITI-19 who is no longer let in, or not at all (ITI TF-2 3.19.6.1.3): revocation lists, allow-list.

mod common;

use common::{Domain, first_of, judged, judged_in, meet, node_at, reason, self_signed};
use ihe_atna::{Outcome, SecureNode, Untrusted};
use rcgen::{CertificateParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope};

#[tokio::test]
async fn atna_r_012_with_an_allow_list_a_good_chain_is_not_enough() {
    let domain = Domain::new("domain");
    let known = domain.issue("known.example", |_| {});
    let anchors = domain.anchors().admitting_only(&known.pem).expect("list");
    judged(anchors.clone(), &known).await.expect("admitted");
    let other = domain.issue("other.example", |_| {});
    let refused = reason(judged(anchors.clone(), &other).await);
    assert!(
        matches!(refused, Untrusted::NotAdmitted { .. }),
        "{refused:?}"
    );
    let stranger = self_signed("stranger.example", |_| {});
    let admitted = anchors.admitting_only(&stranger.pem).expect("list");
    let refused = reason(judged(admitted, &stranger).await);
    assert!(
        matches!(refused, Untrusted::SelfSigned { .. }),
        "admitted is not trusted: {refused:?}"
    );
}

#[tokio::test]
async fn atna_r_012_a_certificate_on_a_revocation_list_is_refused_with_the_reason() {
    let domain = Domain::new("domain");
    let serial = |serial: u64| {
        move |params: &mut CertificateParams| params.serial_number = Some(serial.into())
    };
    let (gone, good) = (
        domain.issue("gone", serial(300)),
        domain.issue("good", serial(301)),
    );
    let list = domain.revoking(&[300], 1);
    let anchors = domain.anchors().and_revocation_lists(&list).expect("list");
    judged(anchors.clone(), &good).await.expect("not listed");
    let refused = reason(judged(anchors.clone(), &gone).await);
    let Untrusted::Revoked {
        subject,
        reason,
        since,
    } = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((subject.as_str(), reason), ("CN=gone", "key compromise"));
    assert_eq!(since.to_string(), "2026-03-01 00:00:00 UTC");
    let listed = anchors.and_certificates(&gone.pem).expect("list");
    let refused = self::reason(judged(listed, &gone).await);
    assert!(
        matches!(refused, Untrusted::Revoked { .. }),
        "listed directly too: {refused:?}"
    );
}

#[tokio::test]
async fn atna_r_009_a_revoked_certificate_is_recorded_as_a_major_failure() {
    let domain = Domain::new("domain");
    let gone = domain.issue("gone", |params| params.serial_number = Some(7.into()));
    let anchors = domain
        .anchors()
        .and_revocation_lists(&domain.revoking(&[7], 1));
    let now = first_of(2026, 5);
    let (server, kept) = node_at(domain.member("server"), anchors.expect("list"), now);
    let (client, _) = node_at(gone.identity(), domain.anchors(), now);
    let _ = meet(&server, &client, "127.0.0.1").await;
    let message = kept.messages().remove(0);
    assert_eq!(message.event.outcome, Outcome::MajorFailure);
    let who = message.participants[1].alternative_user_id.as_deref();
    assert!(
        who.expect("certificate")
            .starts_with("CN=gone; serial=07; sha256=")
    );
    let reason = message.event.outcome_description.expect("reason");
    assert!(
        reason.contains("CN=gone was revoked on 2026-03-01"),
        "{reason}"
    );
}

#[tokio::test]
async fn atna_r_012_a_missing_or_stale_revocation_list_refuses_unless_allowed() {
    let root = Domain::new("root");
    let branch = root.below("branch", |_| {});
    let client = branch.issue("client.example", |_| {});
    let with = |list: &str| root.anchors().and_revocation_lists(list).expect("list");
    let (of_root, of_branch) = (root.revoking(&[9], 2), branch.revoking(&[9], 2));
    let both = format!("{of_root}{of_branch}");

    judged(with(&both), &client).await.expect("both there");
    let refused = reason(judged(with(&of_root), &client).await);
    assert!(matches!(&refused, Untrusted::NoRevocationList { issuer } if issuer == "CN=branch"));
    judged(with(&of_root).accepting_missing_lists(), &client)
        .await
        .expect("allowed");

    let refused = reason(judged_in(with(&both), &client, 2027, 3).await);
    assert!(
        matches!(refused, Untrusted::StaleRevocationList { .. }),
        "{refused:?}"
    );
    judged_in(with(&both).accepting_stale_lists(), &client, 2027, 3)
        .await
        .expect("allowed");
    let newer = format!(
        "{both}{}{}",
        root.revoking(&[9], 4),
        branch.revoking(&[9], 4)
    );
    judged_in(with(&newer), &client, 2027, 3)
        .await
        .expect("the newest list counts");
}

#[test]
fn atna_r_012_a_revocation_list_that_its_authority_did_not_sign_is_not_loaded() {
    let (domain, twin) = (Domain::new("domain"), Domain::new("domain"));
    let anchors = domain
        .anchors()
        .and_revocation_lists(&twin.revoking(&[1], 1));
    let made = SecureNode::dangerous().without_audit(domain.member("a"), anchors.expect("read"));
    let error = made.expect_err("refused").to_string();
    assert_eq!(
        error,
        "revocation list: list of CN=domain: not signed by that authority"
    );
    let garbage = domain.anchors().and_revocation_lists(&domain.pem);
    assert!(garbage.is_err());
}

#[tokio::test]
async fn atna_r_012_a_list_for_a_part_of_the_certificates_says_nothing_of_the_others() {
    let domain = Domain::new("domain");
    let at = |uri: &str| CrlDistributionPoint {
        uris: vec![uri.to_owned()],
    };
    let client = domain.issue("client", |params| {
        params.serial_number = Some(9.into());
        params.crl_distribution_points = vec![at("http://ca.example/1.crl")];
    });
    let node = Some(CrlScope::UserCertsOnly);
    for (uri, scope, speaks) in [
        ("http://ca.example/1.crl", None, true),
        ("http://ca.example/1.crl", node, true),
        (
            "http://ca.example/1.crl",
            Some(CrlScope::CaCertsOnly),
            false,
        ),
        ("http://ca.example/2.crl", None, false),
    ] {
        let part = CrlIssuingDistributionPoint {
            distribution_point: at(uri),
            scope,
        };
        let list = domain.revoking_within(&[9], 1, Some(part));
        let anchors = domain.anchors().and_revocation_lists(&list).expect("list");
        let refused = reason(judged(anchors, &client).await);
        match speaks {
            true => assert!(matches!(refused, Untrusted::Revoked { .. }), "{refused:?}"),
            false => assert!(
                matches!(refused, Untrusted::NoRevocationList { .. }),
                "{refused:?}"
            ),
        }
    }
}
