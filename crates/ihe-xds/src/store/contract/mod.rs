//! What every [`RegistryStore`] must do: one test body for each backend, and for a vendor's own.

mod build;
mod patients;
mod queries;
mod rules;

use super::RegistryStore;

/// Runs the whole contract; `fresh` makes an empty store each time.
///
/// # Panics
/// When the store breaks the contract.
pub async fn registry_store<S: RegistryStore>(fresh: impl Fn() -> S) {
    queries::registers_and_finds(&fresh()).await;
    rules::contract(&fresh).await;
    patients::merges_patients(&fresh()).await;
    patients::merges_all_or_nothing(&fresh()).await;
    queries::answers_by_association_and_set(&fresh()).await;
    queries::pages_through_all_documents(&fresh()).await;
    queries::stops_at_the_first_object_too_many(&fresh()).await;
}
