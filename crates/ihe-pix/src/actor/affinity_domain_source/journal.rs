//! Where the source of the affinity domain stands: a file of two lines, replaced as a whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use hl7v2::datatype::Cx;

/// `done N`, the last change settled, and `merging ID` while a merge is under way.
pub(super) struct Journal {
    path: PathBuf,
    done: u64,
    merging: Option<String>,
}

impl Journal {
    /// Reads the file; a missing one is a new journal.
    pub(super) async fn open(path: &Path) -> io::Result<Journal> {
        let text = match tokio::fs::read_to_string(path).await {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error),
        };
        let mut journal = Journal {
            path: path.to_owned(),
            done: 0,
            merging: None,
        };
        for line in text.lines() {
            journal.read(line)?;
        }
        Ok(journal)
    }

    fn read(&mut self, line: &str) -> io::Result<()> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the journal is damaged");
        match line.split_once(' ').ok_or_else(damaged)? {
            ("done", number) => self.done = number.parse().map_err(|_| damaged())?,
            ("merging", id) => self.merging = Some(id.to_owned()),
            _ => return Err(damaged()),
        }
        Ok(())
    }

    /// The last change settled.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// Whether the merge of this id was begun before.
    pub(super) fn is_merging(&self, id: &Cx) -> bool {
        self.merging.as_deref() == Some(&id.to_string())
    }

    /// The merge of this id begins.
    pub(super) async fn merging(&mut self, id: &Cx) -> io::Result<()> {
        self.merging = Some(id.to_string());
        self.write().await
    }

    /// This change is settled.
    pub(super) async fn finish(&mut self, number: u64) -> io::Result<()> {
        self.done = number;
        self.merging = None;
        self.write().await
    }

    async fn write(&self) -> io::Result<()> {
        let merging = self.merging.as_ref().map(|id| format!("merging {id}\n"));
        let text = format!("done {}\n{}", self.done, merging.unwrap_or_default());
        let path = self.path.clone();
        let replaced = tokio::task::spawn_blocking(move || replace(&path, &text)).await;
        replaced.unwrap_or_else(|_| Err(io::Error::other("the journal was not written")))
    }
}

/// A whole old or a whole new file, whatever happens.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = std::fs::File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use hl7v2::datatype::Hd;

    use super::*;

    #[tokio::test]
    async fn a_reopened_journal_knows_the_last_change_and_the_merge_under_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("affinity.journal");
        let id = Cx::new("7", Hd::oid("1.2.3"));
        let mut journal = Journal::open(&path).await.expect("new");
        assert_eq!(journal.done(), 0);
        journal.finish(41).await.expect("written");
        journal.merging(&id).await.expect("written");
        let reopened = Journal::open(&path).await.expect("reopened");
        assert_eq!(reopened.done(), 41);
        assert!(reopened.is_merging(&id));
        journal.finish(42).await.expect("written");
        assert!(
            !Journal::open(&path)
                .await
                .expect("reopened")
                .is_merging(&id)
        );
    }

    #[tokio::test]
    async fn a_damaged_journal_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("affinity.journal");
        std::fs::write(&path, "done x\n").expect("written");
        assert!(Journal::open(&path).await.is_err());
    }
}
