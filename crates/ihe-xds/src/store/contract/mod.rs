//! What every [`RegistryStore`] and [`super::DocumentStore`] must do: one test body for each backend, and for a vendor's own.

mod build;
mod documents;
mod patients;
mod queries;
mod rules;

pub use documents::document_store;

use super::RegistryStore;

/// Runs the whole contract; `fresh` makes an empty store each time.
///
/// # Panics
/// When the store breaks the contract.
pub async fn registry_store<S: RegistryStore>(fresh: impl Fn() -> S) {
    queries::registers_and_finds(&fresh()).await;
    rules::refuses_unknown_patients(&fresh()).await;
    rules::refuses_known_unique_ids(&fresh()).await;
    rules::refuses_other_content_of_a_known_document(&fresh()).await;
    rules::deprecates_what_is_replaced(&fresh()).await;
    rules::refuses_relations_to_deprecated_or_unknown_documents(&fresh()).await;
    rules::follows_folders(&fresh()).await;
    patients::merges_patients(&fresh()).await;
    patients::merges_all_or_nothing(&fresh()).await;
    queries::answers_by_association_and_set(&fresh()).await;
    queries::pages_through_all_documents(&fresh()).await;
    queries::stops_at_the_first_object_too_many(&fresh()).await;
}
