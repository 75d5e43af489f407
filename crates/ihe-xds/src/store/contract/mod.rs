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
    queries::run(&fresh).await;
    rules::contract(&fresh).await;
    patients::merges_patients(&fresh()).await;
    patients::merges_all_or_nothing(&fresh()).await;
}
