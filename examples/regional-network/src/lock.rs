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
        fs::create_dir_all(folder).context(folder.display())?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
