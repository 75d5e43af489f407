//! The layout of the first release: `objects/ab/….bin` beside `….meta`, named by SHA-256 of the uniqueId.

use super::super::index::{Index, NewDocument, Place};
use super::{Folder, remove_if_there};
use crate::store::StoreError;
use std::fs;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Documents moved between two commits of the index.
const PAGE: usize = 1000;

/// Enters every document into the index and gives its file a random name. After a crash it goes on where it was.
pub(super) fn adopt(root: &Path, folder: &Folder, index: &Path) -> Result<(), StoreError> {
    let tmp = root.join("tmp");
    if tmp.is_dir() {
        fs::remove_dir_all(tmp)?;
    }
    let mut page = Vec::new();
    for shelf in fs::read_dir(root.join("objects"))? {
        let shelf = shelf?.path();
        if !shelf.is_dir() {
            continue;
        }
        for object in fs::read_dir(shelf)? {
            let path = object?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("meta") if path.with_extension("bin").exists() => {
                    page.push(path.with_extension(""));
                }
                Some("bin") if path.with_extension("meta").exists() => {}
                // Half a document: a commit that never returned, or one that was moved before a crash.
                Some("meta" | "bin") => {
                    remove_if_there(&path)?;
                }
                _ => {}
            }
            if page.len() >= PAGE {
                adopt_page(&mut page, folder, index)?;
            }
        }
    }
    adopt_page(&mut page, folder, index)
}

fn adopt_page(page: &mut Vec<PathBuf>, folder: &Folder, index: &Path) -> Result<(), StoreError> {
    let documents: Vec<NewDocument> = page
        .iter()
        .map(|path| read_meta(path))
        .collect::<Result<_, _>>()?;
    let keys = Index::adopt(index, &documents)?;
    for (path, key) in page.iter().zip(keys) {
        fs::rename(path.with_extension("bin"), folder.path(key))?;
    }
    folder.sync()?;
    for path in page.drain(..) {
        remove_if_there(&path.with_extension("meta"))?;
    }
    Ok(())
}

/// uniqueId, MIME type, hash and size, a line each.
fn read_meta(path: &Path) -> Result<NewDocument, StoreError> {
    let text = fs::read_to_string(path.with_extension("meta"))?;
    let mut lines = text.lines().map(str::to_owned);
    let damaged = || StoreError::Damaged("a document's index file".into());
    let mut line = || lines.next().ok_or_else(damaged);
    Ok(NewDocument {
        entry_uuid: String::new(),
        unique_id: line()?,
        mime_type: line()?,
        hash: line()?,
        size: line()?.parse().map_err(|_| damaged())?,
        place: Place::Key(Uuid::new_v4()),
    })
}
