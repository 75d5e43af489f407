//! A registry of so many documents, registered through the store; kept if a folder for it is named.

use std::path::{Path, PathBuf};
use std::time::Instant;

use futures_util::StreamExt;
use ihe_xds::store::{PatientState, RegistryStore, SqliteStore};

use crate::samples::{EACH, patient, submission};

/// Submissions under way at the same time: they are committed in groups.
const UNDER_WAY: usize = 256;
const PROGRESS: u64 = 100_000;

/// A file of this many documents and its folder, made if it is not there yet.
pub(crate) async fn registry(folder: &Path, documents: u64) -> PathBuf {
    let file = folder.join(format!("registry-{documents}.db"));
    if file.exists() {
        println!("{documents} documents: {} is used again", file.display());
        return file;
    }
    let making = folder.join("registry-making.db");
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{end}", making.display()));
    }
    let store = SqliteStore::open(&making).await.expect("opens");
    let start = Instant::now();
    fill(&store, documents).await;
    let rate = documents as f64 / start.elapsed().as_secs_f64();
    drop(store);
    let bytes = settled(&making);
    println!(
        "{documents} documents registered through the store: {rate:.0}/s, {} bytes each on disk",
        bytes / documents
    );
    std::fs::rename(&making, &file).expect("renamed");
    file
}

/// Registers so many documents of one patient for each [`EACH`] of them.
pub(crate) async fn fill(store: &impl RegistryStore, documents: u64) {
    let patients = documents / EACH;
    let feeds = (0..patients).map(|number| store.add_patient(patient(number)));
    let fed = futures_util::stream::iter(feeds).buffer_unordered(UNDER_WAY);
    fed.for_each(|before| async { assert_eq!(before.expect("fed"), PatientState::Unknown) })
        .await;
    let start = Instant::now();
    let one = |number| {
        let registered = store.register(submission(number, patients), chrono::Utc::now());
        async move {
            registered.await.expect("registered");
            number + 1
        }
    };
    let mut done = futures_util::stream::iter(0..documents)
        .map(one)
        .buffered(UNDER_WAY);
    while let Some(number) = done.next().await {
        if number.is_multiple_of(PROGRESS) {
            eprintln!(
                "  {number} documents after {:.0} s",
                start.elapsed().as_secs_f64()
            );
        }
    }
}

/// The bytes of the file once its log is folded in.
fn settled(file: &Path) -> u64 {
    let connection = rusqlite::Connection::open(file).expect("opens");
    let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
    connection
        .query_row(fold, [], |_| Ok(()))
        .expect("folded in");
    drop(connection);
    std::fs::metadata(file).expect("is there").len()
}
