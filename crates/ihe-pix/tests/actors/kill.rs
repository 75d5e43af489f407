//! Kill -9 in the middle of a stream of feeds: what was acknowledged is there.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use hl7v2::datatype::{Cx, Hd};
use ihe_pix::identity::By;
use ihe_pix::iti8::Feed;
use ihe_pix::{IdentityStore, PatientRecord, SqliteStore};

pub(crate) const FILE: &str = "IHE_PIX_KILL_TEST_FILE";
/// How many the child feeds before it ends by itself.
pub(crate) const LAST: &str = "IHE_PIX_KILL_TEST_LAST";
/// Acknowledgements waited for before the kill.
const ENOUGH: usize = 200;

fn id(number: usize) -> Cx {
    Cx::new(format!("feed-{number:07}."), Hd::oid("1.2.3"))
}

#[tokio::test]
async fn what_was_acknowledged_before_kill_9_is_in_the_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("identities.db");
    let acknowledged = fed_until_killed(&file);
    assert!(acknowledged.len() >= ENOUGH);
    let store = SqliteStore::open(&file)
        .await
        .expect("opens after the kill");
    for number in acknowledged {
        let found = store
            .cross_references(&id(number), &[])
            .await
            .expect("answers");
        assert_eq!(found, Some(vec![]), "feed {number}");
    }
}

/// Runs the child, kills it without warning, and gives every number it acknowledged.
fn fed_until_killed(file: &std::path::Path) -> Vec<usize> {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "kill::the_child_feeds_until_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let mut acknowledged = Vec::new();
    for line in output.lines().map_while(Result::ok) {
        let number = line
            .split_once("acknowledged ")
            .and_then(|(_, n)| n.parse().ok());
        acknowledged.extend::<Option<usize>>(number);
        if acknowledged.len() == ENOUGH {
            child.kill().expect("killed");
        }
    }
    child.wait().expect("ended");
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the kill test: feeds until it is killed"]
async fn the_child_feeds_until_killed() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    let last = std::env::var(LAST).ok().and_then(|last| last.parse().ok());
    let last = last.unwrap_or(1_000_000);
    let store = SqliteStore::open(file).await.expect("opens");
    let feeders = (0..8).map(|feeder| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (feeder..last).step_by(8) {
                let feed = Feed::register(PatientRecord::identified(id(number)));
                store
                    .apply(feed.into(), By::default())
                    .await
                    .expect("applied");
                println!("acknowledged {number}");
            }
        })
    });
    for feeder in feeders.collect::<Vec<_>>() {
        feeder.await.expect("no panic");
    }
}
