//! Large contents as files in 256 folders.

use super::{remove_if_there, sync_dir};
use crate::store::StoreError;
use crate::store::documents::Content;
use crate::store::documents::indexed::{Shelf, Upload};
use crate::store::patients::lost;
use bytes::Bytes;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

/// Octets after which the disk is set to work, so that the fsync at the end finds little to do.
const WRITE_BACK: u64 = 32 * 1024 * 1024;

/// [`Shelf`] in a folder.
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// Makes the folders if they are not there.
    pub(super) fn new(root: &Path) -> Result<Self, StoreError> {
        let objects = root.join("objects");
        fs::create_dir_all(root.join("quarantine"))?;
        fs::create_dir_all(&objects)?;
        for path in parts(&objects).filter(|path| !path.is_dir()) {
            fs::create_dir(path)?;
        }
        sync_dir(&objects)?;
        sync_dir(root)?;
        Ok(Self {
            root: root.to_path_buf(),
        })
    }

    /// Makes all names durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        parts(&self.root.join("objects")).try_for_each(|path| sync_dir(&path))
    }

    /// Where a content lies.
    pub(super) fn path(&self, key: Uuid) -> PathBuf {
        let name = key.simple().to_string();
        self.root.join("objects").join(&name[..2]).join(name)
    }
}

fn parts(objects: &Path) -> impl Iterator<Item = PathBuf> {
    (0..=255).map(|number| objects.join(format!("{number:02x}")))
}

/// Writes one file, off the reactor and one chunk behind.
pub struct FileUpload {
    path: PathBuf,
    /// `None` after a failure.
    writing: Option<JoinHandle<Result<Writing, StoreError>>>,
    flushing: Option<JoinHandle<std::io::Result<()>>>,
}

struct Writing {
    file: File,
    /// Octets written since the disk was last set to work.
    fresh: u64,
}

impl FileUpload {
    /// Waits for the chunk before.
    async fn ready(&mut self) -> Result<Writing, StoreError> {
        let failed = || StoreError::Failed("a write before this one failed".into());
        let writing = self.writing.take().ok_or_else(failed)?;
        writing.await.map_err(lost)?
    }

    /// Lets the disk write what has gathered, beside the next chunks.
    async fn write_back(&mut self, writing: &mut Writing) -> Result<(), StoreError> {
        let busy = self.flushing.as_ref().is_some_and(|one| !one.is_finished());
        if writing.fresh < WRITE_BACK || busy {
            return Ok(());
        }
        self.flushed().await?;
        writing.fresh = 0;
        let file = writing.file.try_clone()?;
        self.flushing = Some(spawn_blocking(move || file.sync_data()));
        Ok(())
    }

    /// The end of the last write-back: the kernel tells of a failure once, so it must be heard here.
    async fn flushed(&mut self) -> Result<(), StoreError> {
        match self.flushing.take() {
            Some(flushing) => Ok(flushing.await.map_err(lost)??),
            None => Ok(()),
        }
    }
}

impl Upload for FileUpload {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let mut writing = self.ready().await?;
        self.write_back(&mut writing).await?;
        self.writing = Some(spawn_blocking(move || {
            writing.file.write_all(&bytes)?;
            writing.fresh += bytes.len() as u64;
            Ok(writing)
        }));
        Ok(())
    }

    async fn finish(mut self) -> Result<(), StoreError> {
        let writing = self.ready().await?;
        self.flushed().await?;
        let done = spawn_blocking(move || {
            writing.file.sync_all()?;
            sync_dir(self.path.parent().unwrap_or(&self.path))
        });
        done.await.map_err(lost)?
    }
}

impl Shelf for Folder {
    type Upload = FileUpload;

    async fn create(&self, key: Uuid) -> Result<FileUpload, StoreError> {
        let path = self.path(key);
        let target = path.clone();
        let created = spawn_blocking(move || File::create_new(target));
        let file = created.await.map_err(lost)??;
        Ok(FileUpload {
            path,
            writing: Some(spawn_blocking(move || Ok(Writing { file, fresh: 0 }))),
            flushing: None,
        })
    }

    async fn open(&self, key: Uuid) -> Result<Content, StoreError> {
        let path = self.path(key);
        let opened = spawn_blocking(move || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok(Content::File { file, size })
        });
        let opened: std::io::Result<Content> = opened.await.map_err(lost)?;
        opened.map_err(|error| {
            StoreError::Damaged(format!(
                "a document's file cannot be opened: {}",
                error.kind()
            ))
        })
    }

    async fn remove(&self, key: Uuid) -> Result<(), StoreError> {
        let path = self.path(key);
        let removed = spawn_blocking(move || remove_if_there(&path));
        removed.await.map_err(lost)?.map(|_| ())
    }

    async fn quarantine(&self, key: Uuid) -> Result<(), StoreError> {
        let (path, root) = (self.path(key), self.root.clone());
        let moved = spawn_blocking(move || {
            let quarantine = root.join("quarantine");
            if path.exists() {
                fs::rename(&path, quarantine.join(key.simple().to_string()))?;
                sync_dir(&quarantine)?;
            }
            Ok(())
        });
        moved.await.map_err(lost)?
    }
}
