//! Documents as files (ITI-41, ITI-43).
//!
//! ```text
//! VERSION       layout version
//! LOCK          held while open
//! index.db      which document lies where; small contents
//! objects/ab/…  content, named by a random key, never by foreign text or by a hash
//! quarantine/…  contents found damaged
//! ```
//! A file and its folder are synced before the index says that the document exists.

mod folder;
mod layout1;

pub use folder::Folder;

use super::index::Index;
use super::indexed::IndexedStore;
use crate::store::StoreError;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

/// Layout version written by this release.
const VERSION: i64 = 2;

/// A folder of documents.
pub type FileStore = IndexedStore<Folder>;

impl FileStore {
    /// Opens or creates the folder, removes what a crash left half done, and brings an earlier layout up to date. Blocks.
    ///
    /// # Errors
    /// Disk errors; [`StoreError::Newer`]; [`StoreError::InUse`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Self, StoreError> {
        let root = dir.as_ref();
        fs::create_dir_all(root)?;
        let lock = File::create(root.join("LOCK"))?;
        lock.try_lock().map_err(|_| StoreError::InUse)?;
        let found = version(root)?;
        let folder = Folder::new(root)?;
        let index = root.join("index.db");
        if found == Some(1) {
            layout1::adopt(root, &folder, &index)?;
        }
        Index::sweep(&index, |key| remove_if_there(&folder.path(key)).map(drop))?;
        let store = Self::over(&index, folder, lock)?;
        if found != Some(VERSION) {
            write_version(root)?;
        }
        Ok(store)
    }
}

/// The layout version found, if there is one.
fn version(root: &Path) -> Result<Option<i64>, StoreError> {
    match fs::read_to_string(root.join("VERSION")) {
        Ok(text) => match text.trim().parse() {
            Ok(found) if found > VERSION => Err(StoreError::Newer {
                found,
                supported: VERSION,
            }),
            Ok(found) => Ok(Some(found)),
            Err(_) => Err(StoreError::Damaged("VERSION is not a number".into())),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn write_version(root: &Path) -> Result<(), StoreError> {
    let path = root.join("VERSION.new");
    let mut file = File::create(&path)?;
    writeln!(file, "{VERSION}")?;
    file.sync_all()?;
    fs::rename(&path, root.join("VERSION"))?;
    sync_dir(root)
}

fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    Ok(File::open(dir)?.sync_all()?)
}

/// Removes a file that may be gone already; true if it was there.
fn remove_if_there(path: &Path) -> Result<bool, StoreError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
