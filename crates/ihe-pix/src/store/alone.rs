//! One process to a store.

use std::time::{Duration, Instant};

use super::StoreError;

/// How long one that is being closed may take to let go.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(20);

/// Tries to be the only one who has the store: the last who had it may be about to let go.
pub(super) fn alone(
    mut attempt: impl FnMut() -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let end = Instant::now() + PATIENCE;
    while !attempt()? {
        if Instant::now() > end {
            return Err(StoreError::InUse);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
