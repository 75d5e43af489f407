//! What the suite itself is to the system under test.

pub mod audit;

pub use audit::AuditListener;
