//! ITI-10: consumers are told how sets change (ITI TF-2 3.10).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use hl7v2::datatype::{Cx, Hd};
use ihe_atna::Peer;
use ihe_pix::iti8::Feed;
use ihe_pix::iti10::Notification;
use ihe_pix::iti30;
use ihe_pix::{MemoryStore, NotTaken, Notified, PixConsumer, PixSource, Retry, SqliteStore};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What a consumer was told; it answers as it is told to.
#[derive(Clone, Default)]
struct Heard {
    sets: Arc<Mutex<Vec<Vec<String>>>>,
    refuses: Arc<Mutex<Vec<(String, NotTaken)>>>,
}

impl Heard {
    fn sets(&self) -> Vec<Vec<String>> {
        self.sets.lock().expect("not poisoned").clone()
    }

    /// From now on, sets with this id are not taken.
    fn refuse(&self, id: &str, how: NotTaken) {
        self.refuses
            .lock()
            .expect("not poisoned")
            .push((id.into(), how));
    }

    fn take_everything(&self) {
        self.refuses.lock().expect("not poisoned").clear();
    }
}

impl Notified for Heard {
    async fn notified(&self, told: Notification) -> Result<(), NotTaken> {
        let ids: Vec<String> = told.ids.iter().map(|id| id.id.clone()).collect();
        let refuses = self.refuses.lock().expect("not poisoned").clone();
        self.sets.lock().expect("not poisoned").push(ids.clone());
        match refuses.iter().find(|(id, _)| ids.contains(id)) {
            Some((_, how)) => Err(*how),
            None => Ok(()),
        }
    }
}

/// A consumer that hears at an address.
struct Hearing {
    heard: Heard,
    address: String,
    audit: Arc<Remembered>,
    stop: CancellationToken,
}

async fn hearing(domain: &Domain) -> Hearing {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (node, audit) = domain.node();
    let heard = Heard::default();
    let stop = CancellationToken::new();
    let consumer = Arc::new(PixConsumer::new(node, "127.0.0.1:1"));
    tokio::spawn(consumer.serve(listener, stop.clone(), heard.clone()));
    Hearing {
        heard,
        address,
        audit,
        stop,
    }
}

fn soon() -> Retry {
    Retry {
        first: Duration::from_millis(5),
        longest: Duration::from_millis(20),
        errors: 3,
        rejections: 1000,
    }
}

async fn feed(source: &PixSource, feed: Feed) {
    source.feed(&me(), &feed).await.expect("accepted");
}

async fn hears(heard: &Heard, sets: &[&[&str]]) {
    let expected: Vec<Vec<String>> = sets
        .iter()
        .map(|set| set.iter().map(|id| (*id).to_owned()).collect())
        .collect();
    until(&format!("{expected:?}"), async || heard.sets() == expected).await;
}

/// Time for what must not be told.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}

#[tokio::test]
async fn v2_r_050_sets_are_told_as_they_join_and_split_and_only_when_they_changed() {
    let domain = Domain::new();
    let both = hearing(&domain).await;
    let west = hearing(&domain).await;
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        manager
            .with_consumer(&both.address, [Hd::oid(EAST), Hd::oid(WEST)])
            .with_consumer(&west.address, [Hd::oid(WEST)])
            .with_retry(soon())
    })
    .await;
    let source = PixSource::new(domain.node().0, &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    hears(&both.heard, &[&["1"]]).await;
    feed(&source, Feed::register(patient("9", WEST, "花子"))).await;
    hears(&both.heard, &[&["1"], &["1", "9"]]).await;
    hears(&west.heard, &[&["9"]]).await;
    // The same again, and an id of a domain of no interest, change nothing that is told.
    feed(&source, Feed::register(patient("9", WEST, "花子"))).await;
    feed(&source, Feed::register(patient("3", AFFINITY, "花子"))).await;
    a_while().await;
    assert_eq!(both.heard.sets().len(), 2);
    // A split: one message for each of the sets.
    feed(&source, Feed::update(patient("9", WEST, "月子"))).await;
    hears(&both.heard, &[&["1"], &["1", "9"], &["1"], &["9"]]).await;
    // Two ids of the domain of interest become one person by an id that is of none.
    feed(&source, Feed::register(patient("8", WEST, "花子"))).await;
    hears(&west.heard, &[&["9"], &["8"]]).await;
    feed(&source, Feed::update(patient("9", WEST, "花子"))).await;
    until("both ids of WEST are one person", async || {
        west.heard
            .sets()
            .last()
            .is_some_and(|set| *set == ["9", "8"] || *set == ["8", "9"])
    })
    .await;
    let theirs = both.audit.all();
    assert!(
        theirs
            .iter()
            .all(|xml| xml.contains("\"ITI-10\"") && xml.contains("EventActionCode=\"U\""))
    );
    let ours = running.audit.all();
    let told: Vec<_> = ours
        .iter()
        .filter(|xml| xml.contains("\"ITI-10\""))
        .collect();
    assert_eq!(
        told.len(),
        both.heard.sets().len() + west.heard.sets().len()
    );
    assert!(told.iter().all(|xml| xml.contains("EventActionCode=\"R\"")));
}

#[tokio::test]
async fn v2_r_013_links_of_a_source_and_of_an_operator_are_told() {
    let domain = Domain::new();
    let hearing = hearing(&domain).await;
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        manager
            .with_consumer(&hearing.address, [])
            .with_retry(soon())
    })
    .await;
    let source = PixSource::new(domain.node().0, &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    hears(&hearing.heard, &[&["1"]]).await;
    feed(&source, Feed::register(patient("9", WEST, "月子"))).await;
    hears(&hearing.heard, &[&["1"], &["9"]]).await;
    let link = iti30::Feed::link(id("1", EAST), id("9", WEST));
    source.manage(&me(), &link).await.expect("accepted");
    hears(&hearing.heard, &[&["1"], &["9"], &["1", "9"]]).await;
    let unlink = ihe_pix::identity::Action::Unlink {
        a: id("1", EAST),
        b: id("9", WEST),
    };
    let by = ihe_pix::identity::By::new("operator", "two persons");
    running.manager.apply(unlink, by).await.expect("done");
    hears(
        &hearing.heard,
        &[&["1"], &["9"], &["1", "9"], &["1"], &["9"]],
    )
    .await;
}

#[tokio::test]
async fn v2_r_052_what_is_not_taken_is_sent_again_in_order() {
    let domain = Domain::new();
    let hearing = hearing(&domain).await;
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        manager
            .with_consumer(&hearing.address, [])
            .with_retry(soon())
    })
    .await;
    hearing.heard.refuse("1", NotTaken::Unavailable);
    let source = PixSource::new(domain.node().0, &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    feed(&source, Feed::register(patient("2", EAST, "月子"))).await;
    until("tried four times", async || hearing.heard.sets().len() >= 4).await;
    assert!(
        hearing.heard.sets().iter().all(|set| *set == ["1"]),
        "2 waits for its turn"
    );
    hearing.heard.take_everything();
    until("2 is told", async || {
        hearing.heard.sets().last().is_some_and(|set| *set == ["2"])
    })
    .await;
    assert_eq!(
        running
            .manager
            .given_up(&hearing.address)
            .await
            .expect("answers"),
        []
    );
}

#[tokio::test]
async fn v2_r_052_a_consumer_that_was_away_is_told_when_it_is_back() {
    let domain = Domain::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        manager.with_consumer(&address, []).with_retry(soon())
    })
    .await;
    let source = PixSource::new(domain.node().0, &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    a_while().await;
    let listener = TcpListener::bind(&address).await.expect("the port again");
    let (heard, stop) = (Heard::default(), CancellationToken::new());
    let consumer = Arc::new(PixConsumer::new(domain.node().0, "127.0.0.1:1"));
    tokio::spawn(consumer.serve(listener, stop, heard.clone()));
    hears(&heard, &[&["1"]]).await;
}

#[tokio::test]
async fn v2_r_052_what_is_always_refused_is_given_up_and_does_not_block_what_follows() {
    let domain = Domain::new();
    let hearing = hearing(&domain).await;
    let running = start_with(&domain, MemoryStore::new(), |manager, _| {
        manager
            .with_consumer(&hearing.address, [])
            .with_retry(soon())
    })
    .await;
    hearing.heard.refuse("1", NotTaken::Unusable);
    let source = PixSource::new(domain.node().0, &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    feed(&source, Feed::register(patient("2", EAST, "月子"))).await;
    hears(&hearing.heard, &[&["1"], &["1"], &["1"], &["2"]]).await;
    let given_up = running.manager.given_up(&hearing.address);
    until("it is on record", async || {
        running
            .manager
            .given_up(&hearing.address)
            .await
            .expect("answers")
            == [1]
    })
    .await;
    drop(given_up);
    let failures = running.audit.all();
    let failures = failures
        .iter()
        .filter(|xml| xml.contains("\"ITI-10\"") && xml.contains("EventOutcomeIndicator=\"4\""));
    assert_eq!(failures.count(), 2, "the first failure and the end");
    // Its next change is told, whatever it is.
    hearing.heard.take_everything();
    feed(&source, Feed::register(patient("9", WEST, "花子"))).await;
    hears(
        &hearing.heard,
        &[&["1"], &["1"], &["1"], &["2"], &["1", "9"]],
    )
    .await;
}

#[tokio::test]
async fn v2_r_052_after_a_restart_telling_goes_on_where_it_was() {
    let domain = Domain::new();
    let hearing = hearing(&domain).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.db");
    let open = async || SqliteStore::open(&file).await.expect("opens");
    let with = |manager: ihe_pix::PixManager<SqliteStore>, _: &ihe_atna::SecureNode| {
        manager
            .with_consumer(&hearing.address, [])
            .with_retry(soon())
    };
    let running = start_with(&domain, open().await, with).await;
    let source = PixSource::new(domain.node().0, &running.address);
    feed(&source, Feed::register(patient("1", EAST, "花子"))).await;
    hears(&hearing.heard, &[&["1"]]).await;
    a_while().await;
    // 2 is heard, but never acknowledged: as if the manager died before it kept the cursor.
    hearing.heard.refuse("2", NotTaken::Unavailable);
    feed(&source, Feed::register(patient("2", EAST, "月子"))).await;
    until("2 was heard", async || hearing.heard.sets().len() > 1).await;
    running.stop.cancel();
    running.task.await.expect("no panic").expect("no error");
    drop(running.manager);
    hearing.heard.take_everything();
    let before = hearing.heard.sets().len();
    let again = start_with(&domain, open().await, with).await;
    until("2 is told again", async || {
        hearing.heard.sets().len() > before
    })
    .await;
    a_while().await;
    // The manager that was stopped may have had 2 on its way once more: how often 2 is told is not
    // the question.
    let sets = hearing.heard.sets();
    assert!(
        sets[1..].iter().all(|set| set == &["2"]),
        "1 is not told again: {sets:?}"
    );
    a_while().await;
    assert_eq!(hearing.heard.sets(), sets, "and 2 is taken");
    again.stop.cancel();
    hearing.stop.cancel();
}

#[tokio::test]
async fn v2_r_051_a_consumer_takes_its_domains_and_of_doubles_all_or_none() {
    let (node, audit) = Domain::new().node();
    let peer = Peer::unknown(([192, 0, 2, 7], 1).into());
    let set = "1^^^&1.2.3.4.1000&ISO~2^^^&1.2.3.4.1000&ISO~9^^^&1.2.3.4.2000&ISO";
    let pid = |ids: &str| pam("A31^ADT_A05", &format!("PID|||{ids}|| \rPV1||N\r"));
    let consumer = PixConsumer::new(node.clone(), "127.0.0.1:1");
    let heard = Heard::default();
    assert_eq!(
        answer(&consumer.handle(&peer, pid(set), &heard).await),
        "AA"
    );
    assert_eq!(heard.sets(), [["1", "2", "9"]]);
    let careful = PixConsumer::new(node.clone(), "127.0.0.1:1").ignoring_doubles();
    let heard = Heard::default();
    careful.handle(&peer, pid(set), &heard).await;
    assert_eq!(heard.sets(), [["9"]], "none of EAST");
    let east = PixConsumer::new(node, "127.0.0.1:1").with_domain_of_interest(Hd::oid(EAST));
    let heard = Heard::default();
    east.handle(&peer, pid(set), &heard).await;
    assert_eq!(heard.sets(), [["1", "2"]], "all of EAST");
    assert_eq!(
        answer(
            &east
                .handle(&peer, pid("9^^^&1.2.3.4.2000&ISO"), &heard)
                .await
        ),
        "AA"
    );
    assert_eq!(heard.sets().len(), 1, "of no interest");
    heard.refuse("1", NotTaken::Unusable);
    assert_eq!(
        answer(&east.handle(&peer, pid(set), &heard).await),
        "AE 207"
    );
    heard.take_everything();
    heard.refuse("1", NotTaken::Unavailable);
    assert_eq!(
        answer(&east.handle(&peer, pid(set), &heard).await),
        "AR 207"
    );
    let bare = east.handle(&peer, pid("1"), &heard).await;
    assert_eq!(answer(&bare), "AE 101 at PID^1^3^1^4");
    let other = east.handle(&peer, adt("A01", "1", ""), &heard).await;
    assert_eq!(judged(&other).0, "AR");
    assert_eq!(
        answer(&east.handle(&peer, b"no message".to_vec(), &heard).await),
        "AR 100 at MSH^1"
    );
    assert_eq!(audit.all().len(), 9, "each is audited, taken or not");
}

#[tokio::test]
async fn a_closure_is_a_taker() {
    let peer = Peer::unknown(([192, 0, 2, 7], 1).into());
    let consumer = PixConsumer::new(Domain::new().node().0, "127.0.0.1:1");
    let kept: Arc<Mutex<Vec<Cx>>> = Arc::default();
    let keep = kept.clone();
    let taker = move |told: Notification| {
        keep.lock().expect("not poisoned").extend(told.ids);
        std::future::ready(Ok(()))
    };
    let told = pam("A31^ADT_A05", "PID|||1^^^EAST|| \rPV1||N\r");
    assert_eq!(answer(&consumer.handle(&peer, told, &taker).await), "AA");
    assert_eq!(kept.lock().expect("not poisoned").len(), 1);
}
