use super::*;
use crate::store::contract;
use crate::store::documents::sha1::Sha1;
use crate::store::documents::{
    Arrival, Content, DocumentStore, DocumentWriter, Fate, SetId, State, Ticket,
};
use aws_lc_rs::digest;
use bytes::Bytes;
use std::time::Duration;

const LARGE: usize = 600_000;

async fn put(store: &FileStore, unique_id: &str, content: &[u8]) -> Ticket {
    let mut writer = store.begin().await.unwrap();
    writer.write(Bytes::copy_from_slice(content)).await.unwrap();
    let arrival = Arrival {
        entry_uuid: "urn:uuid:1".into(),
        unique_id: unique_id.into(),
        mime_type: "text/plain".into(),
        staged: writer.finish().await.unwrap(),
    };
    let set = SetId {
        entry_uuid: "urn:uuid:2".into(),
        unique_id: "1.2.3".into(),
    };
    store.put(set, vec![arrival]).await.unwrap()
}

fn files(dir: &Path, folder: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(fs::read_dir(path).unwrap().map(|one| one.unwrap().path())),
            false => found.push(path),
        }
    }
    found
}

/// Waits for what a dropped upload leaves to be removed.
async fn emptied(dir: &Path) {
    for _ in 0..500 {
        if files(dir, "objects").is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a file stays");
}

#[tokio::test]
async fn files_keep_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    contract::document_store(async || {
        FileStore::open(dir.path().join(uuid::Uuid::new_v4().to_string())).unwrap()
    })
    .await;
}

#[tokio::test]
async fn files_without_contents_in_the_index_keep_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    contract::document_store(async || {
        let path = dir.path().join(uuid::Uuid::new_v4().to_string());
        FileStore::open(path).unwrap().with_inline(0)
    })
    .await;
}

#[tokio::test]
async fn documents_survive_reopening_pending_ones_with_their_submission() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(dir.path()).unwrap();
    let kept = put(&store, "1.1", b"abc").await;
    store.settle(kept, Fate::Keep).await.unwrap();
    let ticket = put(&store, "1.2", &[7; LARGE]).await;
    drop(store);
    let store = FileStore::open(dir.path()).unwrap();
    let found = store.open("1.1").await.unwrap().unwrap();
    assert_eq!(found.held.hash, Sha1::of(b"abc"));
    assert_eq!(found.held.state, State::Kept);
    assert_eq!(store.pending(None, 9).await.unwrap()[0].ticket, ticket);
    store.settle(ticket, Fate::Drop).await.unwrap();
    assert!(files(dir.path(), "objects").is_empty());
}

#[tokio::test]
async fn no_file_is_named_by_foreign_text_or_by_a_hash() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(dir.path().join("store")).unwrap();
    let content = [7; LARGE];
    for unique_id in ["../../escape", "1.2"] {
        put(&store, unique_id, &content).await;
    }
    let named = files(&dir.path().join("store"), "objects");
    assert_eq!(named.len(), 2, "two documents of one hash are two files");
    for path in named {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(uuid::Uuid::parse_str(&name).unwrap().get_version_num(), 4);
        assert!(!name.contains(&Sha1::of(&content)[..8]));
    }
    assert!(!dir.path().join("escape").exists());
}

#[tokio::test]
async fn a_dropped_writer_and_a_dropped_document_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(dir.path()).unwrap();
    let mut writer = store.begin().await.unwrap();
    writer.write(Bytes::from(vec![7; LARGE])).await.unwrap();
    assert_eq!(files(dir.path(), "objects").len(), 1);
    drop(writer);
    emptied(dir.path()).await;
    let mut writer = store.begin().await.unwrap();
    writer.write(Bytes::from(vec![7; LARGE])).await.unwrap();
    drop(writer.finish().await.unwrap());
    emptied(dir.path()).await;
}

#[tokio::test]
async fn what_a_crash_left_is_removed_at_open_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(dir.path()).unwrap();
    put(&store, "1.2.3", &[7; LARGE]).await;
    let mut writer = store.begin().await.unwrap();
    writer.write(Bytes::from(vec![7; LARGE])).await.unwrap();
    assert_eq!(files(dir.path(), "objects").len(), 2);
    std::mem::forget(writer); // as if the process had died here
    let copy = tempfile::tempdir().unwrap();
    copy_dir(dir.path(), copy.path());
    let store = FileStore::open(copy.path()).unwrap();
    assert_eq!(files(copy.path(), "objects").len(), 1);
    assert!(store.open("1.2.3").await.unwrap().is_some());
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy_dir(&path, &target),
            false => drop(fs::copy(&path, target).unwrap()),
        }
    }
}

#[tokio::test]
async fn a_damaged_file_is_moved_to_quarantine() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(dir.path()).unwrap();
    put(&store, "1.2.3", &[7; LARGE]).await;
    let held = store.open("1.2.3").await.unwrap().unwrap().held;
    store.quarantine(&held).await.unwrap();
    assert!(files(dir.path(), "objects").is_empty());
    assert_eq!(files(dir.path(), "quarantine").len(), 1);
    drop(store);
    let store = FileStore::open(dir.path()).unwrap();
    let found = store.open("1.2.3").await.unwrap().unwrap();
    assert!(matches!(found.content, Content::Withheld));
}

#[tokio::test]
async fn a_file_that_is_gone_is_damage_not_absence() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(dir.path()).unwrap();
    put(&store, "1.2.3", &[7; LARGE]).await;
    fs::remove_file(&files(dir.path(), "objects")[0]).unwrap();
    let opened = store.open("1.2.3").await;
    assert!(matches!(opened, Err(StoreError::Damaged(_))), "{opened:?}");
}

/// As the first release wrote it.
fn write_layout_1(root: &Path, unique_id: &str, content: &[u8]) {
    let name: String = digest::digest(&digest::SHA256, unique_id.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let place = root.join("objects").join(&name[..2]).join(&name);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    fs::create_dir_all(root.join("tmp")).unwrap();
    fs::write(place.with_extension("bin"), content).unwrap();
    let (hash, size) = (Sha1::of(content), content.len());
    let meta = format!("{unique_id}\ntext/plain\n{hash}\n{size}\n");
    fs::write(place.with_extension("meta"), meta).unwrap();
    fs::write(root.join("VERSION"), "1\n").unwrap();
}

#[tokio::test]
async fn layout_1_of_the_first_release_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    write_layout_1(dir.path(), "1.2.3", b"abc");
    write_layout_1(dir.path(), "1.2.4", &[7; LARGE]);
    fs::write(dir.path().join("tmp/half"), b"half").unwrap();
    fs::create_dir_all(dir.path().join("objects/zz")).unwrap();
    fs::write(dir.path().join("objects/zz/zz.bin"), b"orphan").unwrap();
    for _ in 0..2 {
        let store = FileStore::open(dir.path()).unwrap();
        let found = store.open("1.2.4").await.unwrap().unwrap();
        assert_eq!(
            (found.held.state, found.content.size()),
            (State::Kept, LARGE as u64)
        );
        let found = store.open("1.2.3").await.unwrap().unwrap();
        assert_eq!(found.held.hash, Sha1::of(b"abc"));
        assert_eq!(
            files(dir.path(), "objects").len(),
            2,
            "two contents, nothing beside"
        );
        assert!(store.pending(None, 9).await.unwrap().is_empty());
    }
    assert_eq!(
        fs::read_to_string(dir.path().join("VERSION")).unwrap(),
        "2\n"
    );
    assert!(!dir.path().join("tmp").exists());
}

#[tokio::test]
async fn a_move_from_layout_1_that_was_interrupted_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    write_layout_1(dir.path(), "1.2.3", b"abc");
    drop(FileStore::open(dir.path()).unwrap());
    // The crash came after the index was written and before this file was moved.
    let moved = files(dir.path(), "objects").remove(0);
    write_layout_1(dir.path(), "1.2.3", b"abc");
    fs::remove_file(moved).unwrap();
    let store = FileStore::open(dir.path()).unwrap();
    let found = store.open("1.2.3").await.unwrap().unwrap();
    assert_eq!(found.content.size(), 3);
}

#[test]
fn a_newer_layout_and_a_second_process_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = FileStore::open(dir.path()).unwrap();
    assert!(matches!(
        FileStore::open(dir.path()),
        Err(StoreError::InUse)
    ));
    drop(store);
    fs::write(dir.path().join("VERSION"), "3\n").unwrap();
    assert!(matches!(
        FileStore::open(dir.path()),
        Err(StoreError::Newer { found: 3, .. })
    ));
}
