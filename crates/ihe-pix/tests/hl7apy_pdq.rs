//! Foreign judge of ITI-21: hl7apy (Python, MIT) builds the query and parses our answer. Needs `python3` and
//! `pip install hl7apy`; fails without.

use std::io::Write;
use std::process::{Command, Stdio};

use hl7v2::datatype::{Hd, Xpn};
use ihe_atna::{AuditMessage, AuditSink, BoxedRecord, Identity, Peer, SecureNode, TrustAnchors};
use ihe_pix::identity::{Action, By};
use ihe_pix::{IdentityStore, MemoryStore, PatientRecord, PdqSupplier};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hl7apy_pdq.py");

struct Nowhere;

impl AuditSink for Nowhere {
    fn record(&self, _message: AuditMessage) -> BoxedRecord<'_> {
        Box::pin(async { Ok(()) })
    }
}

fn node() -> SecureNode {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let certificate = params.self_signed(&key).expect("a certificate").pem();
    let identity = Identity::from_pem(&certificate, &key.serialize_pem()).expect("an identity");
    let anchors = TrustAnchors::from_pem(&certificate).expect("anchors");
    let node =
        SecureNode::dangerous().with_sink(identity, anchors, false, std::sync::Arc::new(Nowhere));
    node.expect("a node")
}

/// What the script says when given this.
fn python(step: &str, input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("python3")
        .args([SCRIPT, step])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("python3 starts");
    let mut stdin = child.stdin.take().expect("stdin");
    stdin.write_all(input).expect("input is read");
    drop(stdin);
    let output = child.wait_with_output().expect("python3 ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{step}: {said}");
    output.stdout
}

async fn town() -> MemoryStore {
    let store = MemoryStore::new();
    for (id, given, kana) in [
        ("1", "花子", "ハナコ"),
        ("2", "月子", "ツキコ"),
        ("3", "太郎", "タロウ"),
    ] {
        let patient = PatientRecord {
            names: vec![Xpn::new("山田", given), Xpn::new("ヤマダ", kana)],
            birth_date: "19580312".into(),
            sex: if id == "3" { "M" } else { "F" }.into(),
            address: "中央1-2-3^^千代田区^東京都^1000001".into(),
            phone_home: "^PRN^PH^^^03^12345678".into(),
            visit: "I\r3N^389^2".into(),
            ..PatientRecord::identified(hl7v2::datatype::Cx::new(id, Hd::oid("1.2.3.4.1000")))
        };
        let applied = store.apply(Action::Register { patient }, By::default());
        applied.await.expect("applied");
    }
    store
}

#[tokio::test]
#[ignore = "needs python3 with hl7apy"]
async fn hl7apy_asks_and_understands_the_answers() {
    let supplier = PdqSupplier::new(node(), town().await).with_domain(Hd::oid("1.2.3.4.1000"));
    let peer = Peer::unknown(([127, 0, 0, 1], 1).into());
    for step in ["demographics", "visits", "unknown-domain"] {
        let query = python(&format!("build-{step}"), b"");
        let answer = supplier.handle(&peer, query).await;
        python(&format!("judge-{step}"), &answer);
    }
}
