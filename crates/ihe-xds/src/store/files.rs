//! Documents as plain files (ITI-41, ITI-43).
//!
//! ```text
//! VERSION          layout version
//! LOCK             held while open
//! tmp/             documents being received; emptied at open
//! objects/ab/ab….bin    content, named by SHA-256 of the uniqueId, never by foreign text
//! objects/ab/ab….meta   uniqueId, MIME type, hash, size: a document exists when both files do
//! ```
//! A document is fsynced, renamed, and its folder fsynced before `commit` returns.

use super::StoreError;
use super::documents::{
    CommitError, Content, DocumentStore, DocumentWriter, Sha1, Staged, StoredDocument, hex,
    same_content,
};
use super::patients::lost;
use aws_lc_rs::digest;
use bytes::{Bytes, BytesMut};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::task::spawn_blocking;

/// Layout version written by this release.
const VERSION: i64 = 1;
/// Bytes gathered before one write to disk.
const CHUNK: usize = 256 * 1024;
/// Commits of one shelf of documents exclude each other.
const SHELVES: usize = 64;

/// A folder of documents.
pub struct FileStore {
    inner: Arc<Inner>,
}

struct Inner {
    root: PathBuf,
    shelves: Vec<Mutex<()>>,
    _lock: File,
}

impl FileStore {
    /// Opens or creates the folder, removes what a crash left half done.
    ///
    /// # Errors
    /// Disk errors; [`StoreError::Newer`]; [`StoreError::InUse`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        let root = dir.as_ref().to_path_buf();
        fs::create_dir_all(root.join("objects"))?;
        let lock = File::create(root.join("LOCK"))?;
        lock.try_lock().map_err(|_| StoreError::InUse)?;
        check_version(&root)?;
        empty_tmp(&root)?;
        remove_halves(&root)?;
        sync_dir(&root)?;
        let shelves = (0..SHELVES).map(|_| Mutex::new(())).collect();
        Ok(Self {
            inner: Arc::new(Inner {
                root,
                shelves,
                _lock: lock,
            }),
        })
    }
}

/// Writes one document to a temporary file.
pub struct FileWriter {
    work: Option<Work>,
    buffer: BytesMut,
}

struct Work {
    file: File,
    sha1: Sha1,
    size: u64,
    path: Temporary,
}

/// A file that is deleted unless it was renamed.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A document completely on disk, outside the store.
pub struct FileStaged {
    path: Temporary,
    hash: String,
    size: u64,
}

impl Staged for FileStaged {
    fn hash(&self) -> &str {
        &self.hash
    }

    fn size(&self) -> u64 {
        self.size
    }
}

impl FileWriter {
    async fn flush(&mut self, last: bool) -> Result<(), StoreError> {
        let bytes = self.buffer.split().freeze();
        let Some(mut work) = self.work.take() else {
            return Err(StoreError::Failed("a write before this one failed".into()));
        };
        let work = spawn_blocking(move || {
            work.file.write_all(&bytes)?;
            work.sha1.update(&bytes);
            work.size += bytes.len() as u64;
            if last {
                work.file.sync_all()?;
            }
            Ok::<_, StoreError>(work)
        });
        self.work = Some(work.await.map_err(lost)??);
        Ok(())
    }
}

impl DocumentWriter for FileWriter {
    type Staged = FileStaged;

    async fn write(&mut self, chunk: Bytes) -> Result<(), StoreError> {
        self.buffer.extend_from_slice(&chunk);
        if self.buffer.len() >= CHUNK {
            self.flush(false).await
        } else {
            Ok(())
        }
    }

    async fn finish(mut self) -> Result<FileStaged, StoreError> {
        self.flush(true).await?;
        let work = self
            .work
            .take()
            .ok_or_else(|| StoreError::Failed("no file".into()))?;
        Ok(FileStaged {
            path: work.path,
            hash: work.sha1.finish(),
            size: work.size,
        })
    }
}

impl DocumentStore for FileStore {
    type Writer = FileWriter;

    async fn begin(&self) -> Result<FileWriter, StoreError> {
        let inner = Arc::clone(&self.inner);
        let work = spawn_blocking(move || {
            let path = inner
                .root
                .join("tmp")
                .join(uuid::Uuid::new_v4().simple().to_string());
            let file = File::create_new(&path)?;
            Ok::<_, StoreError>(Work {
                file,
                sha1: Sha1::new(),
                size: 0,
                path: Temporary(path),
            })
        });
        Ok(FileWriter {
            work: Some(work.await.map_err(lost)??),
            buffer: BytesMut::new(),
        })
    }

    async fn commit(
        &self,
        staged: FileStaged,
        unique_id: &str,
        mime_type: &str,
    ) -> Result<bool, CommitError> {
        let inner = Arc::clone(&self.inner);
        let (unique_id, mime_type) = (unique_id.to_owned(), mime_type.to_owned());
        spawn_blocking(move || inner.commit(&staged, &unique_id, &mime_type))
            .await
            .map_err(lost)?
    }

    async fn open(&self, unique_id: &str) -> Result<Option<StoredDocument>, StoreError> {
        let inner = Arc::clone(&self.inner);
        let unique_id = unique_id.to_owned();
        spawn_blocking(move || inner.find(&unique_id))
            .await
            .map_err(lost)?
    }

    async fn remove(&self, unique_id: &str) -> Result<bool, StoreError> {
        let inner = Arc::clone(&self.inner);
        let unique_id = unique_id.to_owned();
        spawn_blocking(move || inner.remove(&unique_id))
            .await
            .map_err(lost)?
    }

    async fn unique_ids(&self) -> Result<Vec<String>, StoreError> {
        let inner = Arc::clone(&self.inner);
        spawn_blocking(move || inner.unique_ids())
            .await
            .map_err(lost)?
    }
}

impl Inner {
    /// Path without extension, and the shelf's number.
    fn place(&self, unique_id: &str) -> (PathBuf, usize) {
        let name = digest::digest(&digest::SHA256, unique_id.as_bytes());
        let shelf = usize::from(name.as_ref().first().copied().unwrap_or(0)) % SHELVES;
        let name = hex(name.as_ref());
        (self.root.join("objects").join(&name[..2]).join(name), shelf)
    }

    fn commit(&self, staged: &FileStaged, id: &str, mime: &str) -> Result<bool, CommitError> {
        let (place, shelf) = self.place(id);
        let _one = self.shelves[shelf]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(present) = self.find(id)? {
            return same_content(&present, &staged.hash, staged.size).map(|()| false);
        }
        self.store(staged, &place, id, mime)?;
        Ok(true)
    }

    fn store(
        &self,
        staged: &FileStaged,
        place: &Path,
        id: &str,
        mime: &str,
    ) -> Result<(), StoreError> {
        let folder = place.parent().unwrap_or(&self.root);
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            sync_dir(&self.root.join("objects"))?;
        }
        let meta = Temporary(staged.path.0.with_extension("meta"));
        let mut file = File::create(&meta.0)?;
        file.write_all(write_meta(id, mime, &staged.hash, staged.size).as_bytes())?;
        file.sync_all()?;
        fs::rename(&staged.path.0, place.with_extension("bin"))?;
        fs::rename(&meta.0, place.with_extension("meta"))?;
        sync_dir(folder)
    }

    fn find(&self, unique_id: &str) -> Result<Option<StoredDocument>, StoreError> {
        let (place, _) = self.place(unique_id);
        let found = read_document(&place)?;
        match found {
            Some(document) if document.unique_id != unique_id => Err(StoreError::Damaged(
                "a document's index names another document".into(),
            )),
            found => Ok(found),
        }
    }

    fn remove(&self, unique_id: &str) -> Result<bool, StoreError> {
        let (place, shelf) = self.place(unique_id);
        let _one = self.shelves[shelf]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let removed = remove_if_there(&place.with_extension("meta"))?;
        remove_if_there(&place.with_extension("bin"))?;
        if removed {
            sync_dir(place.parent().unwrap_or(&self.root))?;
        }
        Ok(removed)
    }

    fn unique_ids(&self) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::new();
        for_each_object(&self.root, |path| {
            if path
                .extension()
                .is_some_and(|extension| extension == "meta")
            {
                ids.extend(read_document(&path.with_extension(""))?.map(|found| found.unique_id));
            }
            Ok(())
        })?;
        Ok(ids)
    }
}

fn write_meta(unique_id: &str, mime_type: &str, hash: &str, size: u64) -> String {
    let one_line = |text: &str| text.replace(['\r', '\n'], " ");
    format!(
        "{}\n{}\n{hash}\n{size}\n",
        one_line(unique_id),
        one_line(mime_type)
    )
}

fn read_document(place: &Path) -> Result<Option<StoredDocument>, StoreError> {
    let text = match fs::read_to_string(place.with_extension("meta")) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut lines = text.lines();
    let mut line = || lines.next().map(str::to_owned);
    let damaged = || StoreError::Damaged("a document's index file".into());
    Ok(Some(StoredDocument {
        unique_id: line().ok_or_else(damaged)?,
        mime_type: line().ok_or_else(damaged)?,
        hash: line().ok_or_else(damaged)?,
        size: line()
            .and_then(|size| size.parse().ok())
            .ok_or_else(damaged)?,
        content: Content::File(place.with_extension("bin")),
    }))
}

fn remove_if_there(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    File::open(dir)?.sync_all()?;
    Ok(())
}

fn check_version(root: &Path) -> Result<(), StoreError> {
    let path = root.join("VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => match text.trim().parse() {
            Ok(found) if found > VERSION => Err(StoreError::Newer {
                found,
                supported: VERSION,
            }),
            Ok(_) => Ok(()),
            Err(_) => Err(StoreError::Damaged("VERSION is not a number".into())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut file = File::create(&path)?;
            writeln!(file, "{VERSION}")?;
            Ok(file.sync_all()?)
        }
        Err(error) => Err(error.into()),
    }
}

fn empty_tmp(root: &Path) -> Result<(), StoreError> {
    let tmp = root.join("tmp");
    if tmp.is_dir() {
        fs::remove_dir_all(&tmp)?;
    }
    Ok(fs::create_dir(&tmp)?)
}

/// Removes content without index and index without content: a commit that never returned.
fn remove_halves(root: &Path) -> Result<(), StoreError> {
    for_each_object(root, |path| {
        let other = if path.extension().is_some_and(|extension| extension == "bin") {
            path.with_extension("meta")
        } else {
            path.with_extension("bin")
        };
        if !other.exists() {
            remove_if_there(path)?;
        }
        Ok(())
    })
}

fn for_each_object(
    root: &Path,
    mut act: impl FnMut(&Path) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    for shelf in fs::read_dir(root.join("objects"))? {
        let shelf = shelf?.path();
        if shelf.is_dir() {
            for object in fs::read_dir(shelf)? {
                act(&object?.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn put(store: &FileStore, id: &str, content: &[u8]) -> Result<bool, CommitError> {
        let mut writer = store.begin().await.unwrap();
        for chunk in content.chunks(3) {
            writer.write(Bytes::copy_from_slice(chunk)).await.unwrap();
        }
        store
            .commit(writer.finish().await.unwrap(), id, "text/plain")
            .await
    }

    #[tokio::test]
    async fn a_document_survives_reopening_with_its_sha1_and_size() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(dir.path()).unwrap();
        assert!(put(&store, "1.2.3", b"abc").await.unwrap());
        drop(store);
        let store = FileStore::open(dir.path()).unwrap();
        let found = store.open("1.2.3").await.unwrap().unwrap();
        assert_eq!(found.hash, "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!((found.size, found.mime_type.as_str()), (3, "text/plain"));
        let Content::File(path) = found.content else {
            panic!("not a file")
        };
        assert_eq!(fs::read(path).unwrap(), b"abc");
    }

    #[tokio::test]
    async fn xds_t_056_same_content_is_kept_once_other_content_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(dir.path()).unwrap();
        assert!(put(&store, "1.2.3", b"abc").await.unwrap());
        assert!(!put(&store, "1.2.3", b"abc").await.unwrap());
        assert!(matches!(
            put(&store, "1.2.3", b"abd").await,
            Err(CommitError::OtherHash)
        ));
        assert!(matches!(
            put(&store, "1.2.3", b"abcd").await,
            Err(CommitError::OtherSize)
        ));
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn foreign_text_never_names_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(dir.path().join("store")).unwrap();
        assert!(put(&store, "../../escape", b"x").await.unwrap());
        assert!(store.open("../../escape").await.unwrap().is_some());
        assert!(!dir.path().join("escape").exists());
        assert_eq!(store.unique_ids().await.unwrap(), ["../../escape"]);
    }

    #[tokio::test]
    async fn what_a_crash_left_is_removed_at_open() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(dir.path()).unwrap();
        put(&store, "1.2.3", b"abc").await.unwrap();
        drop(store);
        fs::write(dir.path().join("tmp/half"), b"half").unwrap();
        fs::create_dir_all(dir.path().join("objects/zz")).unwrap();
        fs::write(dir.path().join("objects/zz/zz.bin"), b"orphan").unwrap();
        let store = FileStore::open(dir.path()).unwrap();
        assert!(!dir.path().join("tmp/half").exists());
        assert!(!dir.path().join("objects/zz/zz.bin").exists());
        assert!(store.open("1.2.3").await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_dropped_writer_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = FileStore::open(dir.path()).unwrap();
        let mut writer = store.begin().await.unwrap();
        writer.write(Bytes::from(vec![7; CHUNK + 1])).await.unwrap();
        drop(writer);
        assert_eq!(fs::read_dir(dir.path().join("tmp")).unwrap().count(), 0);
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
        fs::write(dir.path().join("VERSION"), "2\n").unwrap();
        assert!(matches!(
            FileStore::open(dir.path()),
            Err(StoreError::Newer { found: 2, .. })
        ));
    }
}
