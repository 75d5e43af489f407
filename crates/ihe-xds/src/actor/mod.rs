//! The actors of XDS.b (ITI TF-1 10.1): each owns a node and speaks the words of its transactions.

mod client;
mod connector;
mod document_consumer;
mod document_source;

#[cfg(feature = "server")]
mod document_registry;
#[cfg(feature = "server")]
mod document_repository;
#[cfg(feature = "server")]
mod serving;

pub use client::Error;
pub use connector::NodeConnector;
pub use document_consumer::DocumentConsumer;
pub use document_source::DocumentSource;

#[cfg(feature = "server")]
pub use document_registry::{DocumentRegistry, RegistryLimits};
#[cfg(feature = "server")]
pub use document_repository::{DocumentRepository, Reconciliation, RepositoryLimits};
