//! Messages that must be refused with the rule's own error, and change nothing.

use std::sync::Arc;

use crate::support::*;
use ihe_pix::iti8::Feed;
use ihe_pix::{MemoryStore, PixSource};

struct Bench {
    running: Running<MemoryStore>,
    source: Arc<PixSource>,
}

impl Bench {
    /// Patients 1 (EAST) and 9 (WEST), who are one person, and 2 (EAST).
    async fn new() -> Bench {
        let domain = Domain::new();
        let running = start(&domain, MemoryStore::new()).await;
        let source = Arc::new(PixSource::new(domain.node().0, &running.address));
        for (value, at, given) in [
            ("1", EAST, "花子"),
            ("9", WEST, "花子"),
            ("2", EAST, "月子"),
        ] {
            let feed = Feed::register(patient(value, at, given));
            source.feed(&me(), &feed).await.expect("accepted");
        }
        Bench { running, source }
    }

    async fn sent(&self, message: &[u8]) -> String {
        answer(&self.source.send_raw(message).await.expect("answered"))
    }

    /// Nothing is another than after [`Bench::new`].
    async fn is_unchanged(&self, ids: &[&str]) {
        let store = self.running.manager.store();
        assert_eq!(others(store, &id("1", EAST)).await, Some(vec!["9".into()]));
        assert_eq!(others(store, &id("2", EAST)).await, Some(vec![]));
        for unknown in ids {
            assert_eq!(others(store, &id(unknown, EAST)).await, None, "{unknown}");
        }
        assert_eq!(*self.running.manager.changes().borrow(), 3);
    }
}

fn register(pid: &str) -> Vec<u8> {
    adt("A04", "7", &format!("EVN||2026\r{pid}\rPV1||O\r"))
}

fn created(pid: &str) -> Vec<u8> {
    pam("A28^ADT_A05", &format!("{pid}\rPV1||N\r"))
}

fn merge(survivor: &str, subsumed: &str) -> String {
    format!("PID|||{survivor}||A^B\rMRG|{subsumed}\r")
}

fn merge_8(survivor: &str, subsumed: &str) -> Vec<u8> {
    adt(
        "A40",
        "8",
        &format!("EVN||2026\r{}", merge(survivor, subsumed)),
    )
}

#[tokio::test]
async fn v2_r_019_ids_without_or_with_a_wrong_authority_or_of_an_unknown_domain_are_refused() {
    let bench = Bench::new().await;
    for (id, refusal) in [
        ("3", "AE 204 at PID^1^3^1^4"),
        ("3^^^NOWHERE", "AE 204 at PID^1^3^1^4"),
        ("3^^^WEST&1.2.3.4.1000&ISO", "AE 204 at PID^1^3^1^4"),
        ("3^^^&1.2.3.4.1000&DNS", "AE 204 at PID^1^3^1^4"),
        ("^^^EAST", "AE 101 at PID^1^3^1^1"),
    ] {
        let pid = format!("PID|||{id}||A^B");
        assert_eq!(bench.sent(&register(&pid)).await, refusal, "{id}");
        assert_eq!(bench.sent(&created(&pid)).await, refusal, "{id}");
        let merged = merge_8("1^^^EAST", id);
        assert_eq!(
            bench.sent(&merged).await,
            refusal.replace("PID^1^3", "MRG^1^1"),
            "{id}"
        );
    }
    bench.is_unchanged(&["3"]).await;
}

#[tokio::test]
async fn v2_r_014_merges_into_itself_and_in_a_circle_are_refused() {
    let bench = Bench::new().await;
    let own = merge("1^^^EAST", "1^^^EAST");
    assert_eq!(
        bench.sent(&merge_8("1^^^EAST", "1^^^EAST")).await,
        "AE 205 at MRG^1^1^1^1"
    );
    assert_eq!(
        bench.sent(&pam("A40^ADT_A39", &own)).await,
        "AE 205 at MRG^1^1^1^1"
    );
    assert_eq!(
        bench.sent(&pam("A47^ADT_A30", &own)).await,
        "AE 205 at MRG^1^1^1^1"
    );
    bench.is_unchanged(&[]).await;
}

#[tokio::test]
async fn v2_r_014_a_merge_of_what_was_merged_is_refused_and_leaves_the_first_merge() {
    let bench = Bench::new().await;
    assert_eq!(bench.sent(&merge_8("1^^^EAST", "2^^^EAST")).await, "AA");
    let third = register("PID|||3^^^EAST||C^D");
    assert_eq!(bench.sent(&third).await, "AA");
    // 2 is gone: it goes nowhere else, and takes nobody.
    assert_eq!(
        bench.sent(&merge_8("3^^^EAST", "2^^^EAST")).await,
        "AE 204 at MRG^1^1^1^1"
    );
    assert_eq!(
        bench.sent(&merge_8("2^^^EAST", "3^^^EAST")).await,
        "AE 204 at PID^1^3"
    );
    assert_eq!(
        bench.sent(&merge_8("2^^^EAST", "1^^^EAST")).await,
        "AE 204 at PID^1^3",
        "a circle"
    );
    let store = bench.running.manager.store();
    assert_eq!(others(store, &id("1", EAST)).await, Some(vec!["9".into()]));
    assert_eq!(others(store, &id("2", EAST)).await, None);
    assert_eq!(others(store, &id("3", EAST)).await, Some(vec![]));
}

#[tokio::test]
async fn twenty_thousand_ids_and_names_of_100_kb_are_refused_soon() {
    let bench = Bench::new().await;
    let begun = std::time::Instant::now();
    let many: Vec<String> = (0..20_000).map(|n| format!("m{n}^^^EAST")).collect();
    let many = format!("PID|||{}||A^B", many.join("~"));
    let same = format!("PID|||{}||A^B", ["m1^^^EAST"; 20_000].join("~"));
    let long = format!("PID|||m1^^^EAST||{}^B", "N".repeat(100_000));
    let names = format!("PID|||m1^^^EAST||{}", ["A^B"; 20_000].join("~"));
    for message in [register as fn(&str) -> Vec<u8>, created] {
        assert_eq!(bench.sent(&message(&many)).await, "AE 102 at PID^1^3");
        assert_eq!(bench.sent(&message(&same)).await, "AE 102 at PID^1^3");
        assert_eq!(bench.sent(&message(&long)).await, "AE 102 at PID^1^5");
        assert!(
            bench
                .sent(&message(&names))
                .await
                .starts_with("AE 102 at PID^1^5")
        );
    }
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    bench.is_unchanged(&["m0", "m1"]).await;
}

#[tokio::test]
async fn nul_bytes_are_refused_and_end_no_connection() {
    let bench = Bench::new().await;
    let before = bench.running.audit.all().len();
    for message in [
        register("PID|||n\0^^^EAST||A^B"),
        created("PID|||n\0^^^EAST||A\0^B"),
    ] {
        let told = bench.sent(&message).await;
        assert!(told.starts_with("AE 102 at PID^1^3^1^1"), "{told}");
    }
    bench.is_unchanged(&["n", "n\0"]).await;
    assert_eq!(bench.running.audit.all().len(), before + 2, "audited");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_feeds_of_one_id_on_two_connections_end_as_one_after_the_other() {
    let domain = Domain::new();
    let running = start(&domain, MemoryStore::new()).await;
    let names = ["花子", "月子"];
    for (n, given) in names.into_iter().enumerate() {
        let source = PixSource::new(domain.node().0, &running.address);
        let other = patient(&format!("w{n}"), WEST, given);
        source
            .feed(&me(), &Feed::register(other))
            .await
            .expect("accepted");
    }
    let racing = names.map(|given| {
        let source = PixSource::new(domain.node().0, &running.address);
        tokio::spawn(async move {
            for _ in 0..50 {
                let feed = Feed::register(patient("1", EAST, given));
                source.feed(&me(), &feed).await.expect("accepted");
            }
        })
    });
    for one in racing {
        one.await.expect("no panic");
    }
    let found = others(running.manager.store(), &id("1", EAST))
        .await
        .expect("known");
    assert!(
        found == ["w0"] || found == ["w1"],
        "one of them, and not both: {found:?}"
    );
    let (store, one) = (running.manager.store(), id("1", EAST));
    let history = ihe_pix::IdentityStore::history(store, &one, 1000);
    let history = history.await.expect("answers").expect("known");
    let registered =
        |event: &&ihe_pix::identity::Event| event.what == ihe_pix::identity::What::Registered;
    assert_eq!(
        history.iter().filter(registered).count(),
        1,
        "it appeared once"
    );
}
