//! Kill -9 between a notification that was sent and the cursor that says so: it is sent again, and what was acknowledged
//! before is not.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::support::*;
use ihe_pix::iti8::Feed;
use ihe_pix::iti10::Notification;
use ihe_pix::{NotTaken, PixConsumer, PixSource, SqliteStore};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const FILE: &str = "IHE_PIX_NOTIFICATION_KILL_TEST_FILE";

#[tokio::test]
async fn v2_r_052_a_manager_killed_before_it_kept_the_cursor_tells_the_same_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("identities.db");
    let address = heard_until_killed(&file);
    let domain = Domain::new();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let keep = heard.clone();
    let taker = move |told: Notification| {
        keep.lock()
            .expect("not poisoned")
            .push(told.ids[0].id.clone());
        std::future::ready(Ok::<(), NotTaken>(()))
    };
    let listener = TcpListener::bind(&address).await.expect("the same port");
    let consumer = Arc::new(PixConsumer::new(domain.node().0, "127.0.0.1:1"));
    tokio::spawn(consumer.serve(listener, CancellationToken::new(), taker));
    let store = SqliteStore::open(&file)
        .await
        .expect("opens after the kill");
    let running = start_with(&domain, store, |manager, _| {
        manager.with_consumer(&address, [])
    })
    .await;
    let heard = || heard.lock().expect("not poisoned").clone();
    until("it is told again", async || !heard().is_empty()).await;
    let source = PixSource::new(domain.node().0, &running.address);
    let third = Feed::register(patient("3", EAST, "雪子"));
    source.feed(&me(), &third).await.expect("accepted");
    until("what follows is told", async || heard().len() > 1).await;
    assert_eq!(heard(), ["2", "3"]);
}

/// Runs the child until its consumer has heard of 2, kills it without warning, and gives the consumer's address.
fn heard_until_killed(file: &std::path::Path) -> String {
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args([
            "--exact",
            "notification_kill::the_child_hears_of_2_and_never_answers",
            "--ignored",
            "--nocapture",
        ])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let mut address = None;
    for line in output.lines().map_while(Result::ok) {
        if let Some((_, said)) = line.split_once("consumer at ") {
            address = Some(said.to_owned());
        }
        if line.contains("heard of 2") {
            child.kill().expect("killed");
        }
    }
    child.wait().expect("ended");
    address.expect("an address")
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "the child of the kill test: waits until it is killed"]
async fn the_child_hears_of_2_and_never_answers() {
    let Ok(file) = std::env::var(FILE) else {
        return;
    };
    let domain = Domain::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    println!("\nconsumer at {address}");
    let taker = async |told: Notification| {
        if told.ids[0].id == "2" {
            println!("\nheard of 2");
            std::future::pending::<()>().await;
        }
        Ok::<(), NotTaken>(())
    };
    let taker = move |told| taker(told);
    let consumer = Arc::new(PixConsumer::new(domain.node().0, "127.0.0.1:1"));
    tokio::spawn(consumer.serve(listener, CancellationToken::new(), taker));
    let store = SqliteStore::open(file).await.expect("opens");
    let running = start_with(&domain, store, |manager, _| {
        manager.with_consumer(&address, [])
    })
    .await;
    let source = PixSource::new(domain.node().0, &running.address);
    for (value, given) in [("1", "花子"), ("2", "月子")] {
        let feed = Feed::register(patient(value, EAST, given));
        source.feed(&me(), &feed).await.expect("accepted");
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    running.task.await.expect("no panic").expect("no error");
}
