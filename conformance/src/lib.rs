//! Black-box conformance: small extractors that judge raw bytes of IHE endpoints.
//!
//! Nothing here comes from a crate of the workspace, so that a codec's bug cannot cancel itself: what these
//! functions do not understand is a failure of the test, not of the message. Blocking sockets, standard library only.

pub mod coverage;
pub mod hl7;
pub mod http;
pub mod mllp;
pub mod mtom;
pub mod soap;
pub mod xds;
pub mod xml;
