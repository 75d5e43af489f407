//! What every [`RegistryStore`] and [`super::DocumentStore`] must do: one test body for each backend, and for a vendor's own.

pub(crate) mod build;
mod documents;
mod durable;
mod patients;
mod queries;
mod races;
mod rules;

pub use documents::document_store;

use super::RegistryStore;

/// Runs the whole contract; `fresh` makes an empty store each time.
///
/// # Panics
/// When the store breaks the contract.
pub async fn registry_store<S: RegistryStore>(fresh: impl AsyncFn() -> S) {
    queries::run(&fresh).await;
    rules::contract(&fresh).await;
    patients::v2_r_016_017_xds_r_032_merges_patients(&fresh().await).await;
    patients::v2_r_016_merges_all_or_nothing(&fresh().await).await;
    races::xds_r_037_one_of_many_with_one_unique_id_wins(&fresh().await).await;
    races::xds_r_040_one_of_many_with_one_entry_uuid_wins(&fresh().await).await;
    races::xds_r_052_one_of_many_replacements_wins(&fresh().await).await;
    races::neighbours_of_refused_submissions_are_registered(&fresh().await).await;
    races::v2_r_016_one_of_many_merges_wins(&fresh().await).await;
}

/// What a store must do that keeps its objects when it is closed; `open` opens the same one each time.
///
/// # Panics
/// When the store breaks the contract.
pub async fn durable_registry_store<S: RegistryStore>(open: impl AsyncFn() -> S) {
    durable::objects_survive(&open).await;
    durable::patients_survive(&open).await;
}
