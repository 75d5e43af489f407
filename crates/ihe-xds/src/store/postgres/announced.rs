//! What was fetched at once, because it would be asked for one by one: a server is far away.

use super::super::StoreError;
use super::super::rows::{Place, Row, Take};
use std::collections::HashMap;

/// A row that is kept.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) place: Place,
    pub(super) approved: bool,
    pub(super) updated: Option<String>,
    pub(super) form: Vec<u8>,
}

impl Kept {
    pub(super) fn row(&self) -> Row<'_> {
        Row {
            place: self.place,
            approved: self.approved,
            updated: self.updated.as_deref(),
            form: &self.form,
        }
    }
}

/// The rows of some identifiers, by key; no rows: there are none.
#[derive(Default)]
pub(super) struct Announced {
    pub(super) uuids: HashMap<Vec<u8>, Vec<Kept>>,
    pub(super) unique_ids: HashMap<Vec<u8>, Vec<Kept>>,
}

/// Shows rows until `take` wants no more.
pub(super) fn show(rows: &[Kept], take: Take<'_>) -> Result<(), StoreError> {
    for kept in rows {
        if take(kept.row())?.is_break() {
            break;
        }
    }
    Ok(())
}
