//! A lock beside the file: two processes that each believe to know all identities would spoil them.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use crate::store::StoreError;
use crate::store::alone::alone;

/// Held by whoever has the store open; the system lets go of it when the process ends, however it ends.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Locks `<file>-lock`. The file stays: removing it would let in two.
    pub(super) fn take(store: &Path) -> Result<Lock, StoreError> {
        let mut name = store.to_owned().into_os_string();
        name.push("-lock");
        let options = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(name);
        let file = options.map_err(|error| failed(&error))?;
        alone(|| match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(failed(&error)),
        })?;
        Ok(Lock { _file: file })
    }
}

fn failed(error: &io::Error) -> StoreError {
    StoreError::Failed(format!("the lock beside the file: {error}"))
}
