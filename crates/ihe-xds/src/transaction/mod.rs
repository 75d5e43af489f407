//! The words of the transactions: request, response, encode, decode and audit description. No I/O, no store, no clock but for fresh ids.

pub mod audit;
pub mod iti18;
pub mod iti41;
pub mod iti42;
pub mod iti43;
pub mod iti61;
pub mod registry_response;

mod content;
