//! The store in PostgreSQL, without an actor around it.

use std::time::Instant;

use ihe_xds::store::{PostgresStore, RegistryStore};

use crate::fill::fill;
use crate::measure::{head, load, show};
use crate::samples::{self, EACH, mixed};
use crate::{ROUNDS, store_round};

const DOCUMENTS: u64 = 20_000;
const ALONE: u64 = 500;

pub(crate) async fn measure(config: &str) {
    let store = PostgresStore::open(config).await.expect("opens");
    let start = Instant::now();
    fill(&store, DOCUMENTS).await;
    let rate = DOCUMENTS as f64 / start.elapsed().as_secs_f64();
    println!(
        "{DOCUMENTS} documents registered, 256 at a time: {rate:.0}/s; {}",
        load()
    );
    let start = Instant::now();
    for number in DOCUMENTS..DOCUMENTS + ALONE {
        let sent = samples::submission(number, DOCUMENTS / EACH);
        store
            .register(sent, chrono::Utc::now())
            .await
            .expect("registered");
    }
    let rate = ALONE as f64 / start.elapsed().as_secs_f64();
    println!("{ALONE} one after the other: {rate:.0}/s");
    head("PostgreSQL, `store.query`, processor of this process only");
    let patients = DOCUMENTS / EACH;
    let find = |number| samples::find(ALONE + mixed(number) % (patients - ALONE));
    let get = |number| samples::by_uuid(mixed(number) % DOCUMENTS);
    let (mut found, mut got) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        found.push(store_round(&store, find, EACH as usize).await);
        got.push(store_round(&store, get, 1).await);
    }
    show("FindDocuments, 20 entries", &found, None);
    show("GetDocuments by entryUUID", &got, None);
}
