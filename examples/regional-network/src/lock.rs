//! One process per directory: a lock that the system drops with the process.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use crate::failure::{Context, Failure, Result};

/// Held as long as the directory is ours
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks a directory, made when it is not there
    pub(crate) fn take(folder: &Path) -> Result<Lock> {
        Lock::try_take(folder)?.ok_or_else(|| {
            Failure::new(format!("{} is in use by another process", folder.display()))
        })
    }

    /// Locks a directory, or nothing when another process has it
    pub(crate) fn try_take(folder: &Path) -> Result<Option<Lock>> {
        private_dir(folder).context(folder.display())?;
        let path = folder.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .context(path.display())?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).context(path.display()),
        }
    }
}

/// Makes a folder that only this user may enter: it holds patient data. One that is there stays as its owner made it.
fn private_dir(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_new_data_directory_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("new");
        let _lock = Lock::take(&folder).unwrap();
        assert_eq!(
            fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }

    #[test]
    fn a_second_lock_is_refused_until_the_first_is_gone() {
        let data = tempfile::tempdir().unwrap();
        let first = Lock::take(data.path()).unwrap();
        assert!(
            Lock::take(data.path())
                .unwrap_err()
                .to_string()
                .contains("in use")
        );
        drop(first);
        Lock::take(data.path()).unwrap();
    }
}
