//! The residents: actors of PIX (ITI TF-1 5), named as IHE names them.

#[cfg(feature = "server")]
mod affinity_domain_source;
mod connection;
mod pix_consumer;
#[cfg(feature = "server")]
mod pix_manager;
mod pix_source;
#[cfg(feature = "server")]
mod telling;

#[cfg(feature = "server")]
pub use affinity_domain_source::AffinityDomainSource;
pub use pix_consumer::{NotTaken, Notified, PixConsumer};
#[cfg(feature = "server")]
pub use pix_manager::PixManager;
pub use pix_source::PixSource;
#[cfg(feature = "server")]
pub use telling::Retry;
