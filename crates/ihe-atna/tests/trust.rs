//! ITI-19 whose certificate is trusted (ITI TF-2 3.19.6.1), between two nodes over loopback.

mod common;

use common::{Domain, first_of, in_2026, judged, judged_in, meet, node_at, reason, self_signed};
use ihe_atna::{TrustAnchors, Untrusted};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, DistinguishedName,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyUsagePurpose, NameConstraints,
};

#[tokio::test]
async fn atna_r_002_a_chain_through_intermediates_is_followed_on_both_sides() {
    let root = Domain::new("root");
    let region = root.below("region", |_| {});
    let hospital = region.below("hospital", |_| {});
    let now = first_of(2026, 5);
    let (server, _) = node_at(hospital.member("server.example"), root.anchors(), now);
    let (client, _) = node_at(region.member("client.example"), root.anchors(), now);
    let (accepted, connected) = meet(&server, &client, "127.0.0.1").await;
    accepted.expect("accepted");
    connected.expect("connected");
}

#[tokio::test]
async fn atna_r_002_a_chain_without_its_intermediate_names_the_issuer_that_is_missing() {
    let root = Domain::new("root");
    let mut region = root.below("region", |_| {});
    region.above.clear();
    let client = region.issue("client.example", |_| {});
    let refused = reason(judged(root.anchors(), &client).await);
    let Untrusted::UnknownIssuer { issuer, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(issuer, "CN=region");
    judged(region.anchors(), &client)
        .await
        .expect("an intermediate may be trusted itself");
}

#[tokio::test]
async fn atna_r_003_only_configured_authorities_count_whatever_the_peer_sends() {
    let stranger = Domain::new("stranger");
    let mut branch = stranger.below("branch", |_| {});
    branch.above.push_str(&stranger.pem);
    let client = branch.issue("client.example", |_| {});
    let refused = reason(judged(Domain::new("domain").anchors(), &client).await);
    assert!(
        matches!(refused, Untrusted::UnknownIssuer { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn atna_r_004_an_authority_of_the_same_name_with_another_key_is_not_the_authority() {
    let (domain, twin) = (Domain::new("domain"), Domain::new("domain"));
    let client = twin.issue("client.example", |_| {});
    let refused = reason(judged(domain.anchors(), &client).await);
    assert!(
        matches!(refused, Untrusted::BadSignature { .. }),
        "{refused:?}"
    );
    let both = format!("{}{}", domain.pem, twin.pem);
    let both = TrustAnchors::from_pem(&both).expect("anchors");
    judged(both, &client).await.expect("the right key is found");
}

#[tokio::test]
async fn atna_r_004_a_listed_certificate_is_taken_self_signed_or_not_and_others_are_not() {
    let domain = Domain::new("domain");
    let alone = self_signed("alone.example", |_| {});
    let signed = domain.issue("signed.example", |_| {});
    let list = format!("{}{}", alone.pem, signed.pem);
    let anchors = TrustAnchors::certificates_only(&list).expect("anchors");
    judged(anchors.clone(), &alone).await.expect("self-signed");
    judged(anchors.clone(), &signed).await.expect("CA-signed");
    let other = domain.issue("other.example", |_| {});
    let refused = reason(judged(anchors.clone(), &other).await);
    assert!(
        matches!(refused, Untrusted::UnknownIssuer { .. }),
        "{refused:?}"
    );
    let other = self_signed("other.example", |_| {});
    let refused = reason(judged(anchors, &other).await);
    assert!(
        matches!(refused, Untrusted::SelfSigned { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn atna_r_004_a_listed_certificate_is_taken_after_its_end() {
    let alone = self_signed("alone.example", in_2026);
    let anchors = TrustAnchors::certificates_only(&alone.pem).expect("anchors");
    judged_in(anchors, &alone, 2028, 1)
        .await
        .expect("the list decides, not the dates");
}

#[tokio::test]
async fn atna_r_005_no_name_usage_or_unknown_extension_of_a_node_matters() {
    let domain = Domain::new("domain");
    let unknown = || {
        let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4, 5], vec![5, 0]);
        extension.set_criticality(true);
        extension
    };
    let changes: [fn(&mut CertificateParams); 6] = [
        |params| params.distinguished_name = DistinguishedName::new(),
        |params| params.subject_alt_names.clear(),
        |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth],
        |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning],
        |params| params.key_usages = vec![KeyUsagePurpose::ContentCommitment],
        |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)),
    ];
    for change in changes {
        let client = domain.issue("client.example", change);
        judged(domain.anchors(), &client).await.expect("taken");
    }
    let client = domain.issue("client.example", |params| {
        params.custom_extensions = vec![unknown()];
    });
    judged(domain.anchors(), &client).await.expect("taken");
    let now = first_of(2026, 5);
    let (server, _) = node_at(client.identity(), domain.anchors(), now);
    let (node, _) = node_at(domain.member("client"), domain.anchors(), now);
    let (accepted, connected) = meet(&server, &node, "127.0.0.1").await;
    accepted.expect("as the server too");
    connected.expect("as the server too");
}

#[tokio::test]
async fn atna_r_005_who_issues_must_be_an_authority_within_its_bounds() {
    let root = Domain::new("root");
    let bounded = Domain::with("bounded", |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    });
    let mut odd = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    odd.set_criticality(true);
    let cases = [
        (
            &root,
            root.below("no authority", |params| params.is_ca = IsCa::ExplicitNoCa),
        ),
        (
            &root,
            root.below("no signer", |params| {
                params.key_usages = vec![KeyUsagePurpose::CrlSign]
            }),
        ),
        (
            &root,
            root.below("odd", |params| params.custom_extensions = vec![odd]),
        ),
        (&bounded, bounded.below("too deep", |_| {})),
    ];
    let mut reasons = Vec::new();
    for (trusted, issuer) in cases {
        let client = issuer.issue("client.example", |_| {});
        reasons.push(reason(judged(trusted.anchors(), &client).await));
    }
    assert!(
        matches!(&reasons[0], Untrusted::NotAnAuthority { subject } if subject == "CN=no authority")
    );
    assert!(matches!(&reasons[1], Untrusted::NotAnAuthority { .. }));
    assert!(matches!(&reasons[2], Untrusted::CriticalExtension { oid, .. } if oid == "1.2.3.4"));
    assert!(matches!(&reasons[3], Untrusted::PathLength { subject } if subject == "CN=bounded"));
}

#[tokio::test]
async fn atna_r_004_a_node_certificate_among_the_authorities_vouches_for_itself_alone() {
    let node = self_signed("node.example", |params| params.is_ca = IsCa::ExplicitNoCa);
    let anchors = TrustAnchors::from_pem(&node.pem).expect("anchors");
    judged(anchors.clone(), &node).await.expect("itself");
    let mut params = CertificateParams::new(vec![]).expect("parameters");
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "node.example");
    let key = rcgen::KeyPair::from_pem(&node.key).expect("key");
    let issuer = rcgen::Issuer::new(params, key);
    let key = rcgen::KeyPair::generate().expect("key");
    let forged = CertificateParams::new(vec!["x.example".to_owned()])
        .and_then(|params| params.signed_by(&key, &issuer))
        .expect("certificate");
    let identity = ihe_atna::Identity::from_pem(&forged.pem(), &key.serialize_pem());
    let now = first_of(2026, 5);
    let servers = Domain::new("servers");
    let (server, _) = node_at(servers.member("s"), anchors, now);
    let (client, _) = node_at(identity.expect("identity"), servers.anchors(), now);
    let (accepted, _) = meet(&server, &client, "127.0.0.1").await;
    let refused = reason(accepted.map(|_| ()));
    assert!(
        matches!(refused, Untrusted::NotAnAuthority { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn atna_r_006_the_dates_of_every_link_count_and_the_reason_says_whose() {
    let lasting = Domain::new("lasting");
    let brief = Domain::with("brief", in_2026);
    let branch = lasting.below("branch", in_2026);
    let cases = [
        (
            &lasting,
            lasting.issue("client.example", in_2026),
            "client.example",
        ),
        (&lasting, branch.issue("client.example", |_| {}), "branch"),
        (&brief, brief.issue("client.example", |_| {}), "brief"),
    ];
    for (trusted, client, whose) in cases {
        judged(trusted.anchors(), &client).await.expect("in time");
        let late = reason(judged_in(trusted.anchors(), &client, 2027, 2).await);
        assert!(
            matches!(&late, Untrusted::Expired { subject, .. } if subject.ends_with(whose)),
            "{late}"
        );
        let early = reason(judged_in(trusted.anchors(), &client, 2025, 2).await);
        assert!(
            matches!(&early, Untrusted::NotYetValid { subject, .. } if subject.ends_with(whose)),
            "{early}"
        );
    }
}

#[tokio::test]
async fn atna_r_006_rsa_of_2048_and_3072_bits_and_p_384_are_taken() {
    use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256, RsaKeySize};
    let domain = Domain::new("domain");
    let keys = [
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048),
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_3072),
        KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384),
        KeyPair::generate_for(&PKCS_ED25519),
    ];
    for key in keys {
        let params = CertificateParams::new(vec!["client.example".to_owned()]);
        let client = domain.sign(&params.expect("parameters"), &key.expect("key"));
        judged(domain.anchors(), &client).await.expect("taken");
    }
}

#[tokio::test]
async fn atna_r_005_an_authority_with_name_constraints_certifies_only_what_it_may() {
    let root = Domain::new("root");
    let branch = root.below("branch", |params| {
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![
                GeneralSubtree::DnsName("hospital.example".to_owned()),
                GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([192, 0, 2, 0], 24)),
            ],
            excluded_subtrees: vec![GeneralSubtree::DnsName("lab.hospital.example".to_owned())],
        });
    });
    for (name, fits) in [
        ("arr.hospital.example", true),
        ("192.0.2.77", true),
        ("arr.other.example", false),
        ("192.0.3.77", false),
        ("pc.lab.hospital.example", false),
        ("*.hospital.example", false),
    ] {
        let client = branch.issue(name, |_| {});
        let judged = judged(root.anchors(), &client).await;
        assert_eq!(judged.is_ok(), fits, "{name} {judged:?}");
        if !fits {
            let refused = reason(judged);
            assert!(
                matches!(refused, Untrusted::Constraint { .. }),
                "{refused:?}"
            );
        }
    }
}

#[tokio::test]
async fn atna_r_004_chains_without_end_are_given_up_soon() {
    let root = Domain::new("root");
    let mut deep = root.below("0", |_| {});
    for level in 1..8 {
        deep = deep.below(&level.to_string(), |_| {});
    }
    let refused = reason(judged(root.anchors(), &deep.issue("client", |_| {})).await);
    assert_eq!(refused, Untrusted::TooLong);

    // Ten authorities of one name, each signed by all: every order is a path.
    let stranger = Domain::new("same name");
    let mut crowd = stranger.below("same name", |_| {});
    for _ in 0..9 {
        let next = stranger.below("same name", |_| {});
        crowd.above.push_str(&next.pem);
    }
    let started = std::time::Instant::now();
    reason(judged(root.anchors(), &crowd.issue("client", |_| {})).await);
    for _ in 0..30 {
        let next = stranger.below("same name", |_| {});
        crowd.above.push_str(&next.pem);
    }
    let refused = reason(judged(root.anchors(), &crowd.issue("client", |_| {})).await);
    assert_eq!(refused, Untrusted::TooLong);
    assert!(started.elapsed().as_secs() < 20);
}

#[tokio::test]
async fn atna_r_008_with_the_fqdn_option_the_name_is_a_san_never_the_cn() {
    let domain = Domain::new("domain");
    let now = first_of(2026, 5);
    let (client, kept) = node_at(domain.member("client"), domain.anchors(), now);
    let client = client.fqdn_validation();
    for (name, host, fits) in [
        ("localhost", "localhost", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("localhost", "127.0.0.1", false),
        ("127.0.0.1", "localhost", false),
        ("*.localhost", "localhost", false),
    ] {
        let server = domain.issue(name, |_| {});
        let (server, _) = node_at(server.identity(), domain.anchors(), now);
        let (_, connected) = meet(&server, &client, host).await;
        assert_eq!(connected.is_ok(), fits, "{name} {host}");
    }
    let server = domain.issue("localhost", |params| params.subject_alt_names.clear());
    let (server, _) = node_at(server.identity(), domain.anchors(), now);
    let (_, connected) = meet(&server, &client, "localhost").await;
    let error = connected.expect_err("the CN does not count").to_string();
    assert!(
        error.contains("the certificate names no host, not localhost"),
        "{error}"
    );
    assert_eq!(kept.messages().len(), 4);
}
