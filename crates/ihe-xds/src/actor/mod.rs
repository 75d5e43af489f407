//! The actors of XDS.b (ITI TF-1 10.1): each owns a node and speaks the words of its transactions.

mod client;
mod connector;
mod document_consumer;
mod document_source;
mod retries;

#[cfg(feature = "server")]
mod document_registry;
#[cfg(feature = "server")]
mod document_repository;
#[cfg(feature = "server")]
mod serving;

pub use client::Error;
pub use connector::NodeConnector;
pub use document_consumer::{DocumentConsumer, Retrieved};
pub use document_source::DocumentSource;
pub use retries::Retries;

#[cfg(feature = "server")]
pub use document_registry::{DocumentRegistry, RegistryLimits};
#[cfg(feature = "server")]
pub use document_repository::{DocumentRepository, Reconciliation, RepositoryLimits};
