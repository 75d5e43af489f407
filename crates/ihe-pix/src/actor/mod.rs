//! The residents: actors of PIX (ITI TF-1 5) and PDQ (ITI TF-1 8), named as IHE names them.

#[cfg(feature = "server")]
mod affinity_domain_source;
mod connection;
mod pdq_consumer;
#[cfg(feature = "server")]
mod pdq_supplier;
mod pix_consumer;
#[cfg(feature = "server")]
mod pix_manager;
mod pix_source;
#[cfg(feature = "server")]
mod port;
mod receiving;
#[cfg(feature = "server")]
mod telling;

#[cfg(feature = "server")]
pub use affinity_domain_source::AffinityDomainSource;
pub use pdq_consumer::{Pages, PdqConsumer};
#[cfg(feature = "server")]
pub use pdq_supplier::{PdqLimits, PdqSupplier};
pub use pix_consumer::{NotTaken, Notified, PixConsumer};
#[cfg(feature = "server")]
pub use pix_manager::PixManager;
pub use pix_source::PixSource;
#[cfg(feature = "server")]
pub use port::Port;
#[cfg(feature = "server")]
pub use telling::Retry;
