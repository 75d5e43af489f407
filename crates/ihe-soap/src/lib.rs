//! SOAP 1.2, WS-Addressing and MTOM/XOP over HTTP/1.1, as the IHE ITI Framework asks (ITI TF-2 Appendix V).
//!
//! The crate knows no profile and no TLS. A server hands every accepted stream to `serve_stream`, or mounts a
//! `Door` in an HTTP server of its own; a [`Client`] opens streams through a [`Connect`]. The envelope and the body's single child are
//! read into memory (bounded by [`Limits`]); attachments stream in both directions.
//!
//! ```
//! use ihe_soap::{Outgoing, Packaging};
//!
//! let request = Outgoing::request("urn:ihe:iti:2007:RegistryStoredQuery", "https://registry.example/registry", "<q/>");
//! assert_eq!(request.packaging, Packaging::Simple);
//! assert_eq!(request.envelope.reply_address(), ihe_soap::ANONYMOUS);
//! ```

mod addressing;
mod client;
mod content_type;
mod envelope;
mod error;
mod fault;
mod feed;
mod gzip;
mod limits;
mod message;
mod mtom;
mod outbody;
mod receive;
#[cfg(feature = "server")]
mod server;
mod timed;
pub mod xml;

pub use addressing::{ANONYMOUS, EndpointReference, NONE, ReplyHosts};
pub use client::{Client, Connect};
pub use envelope::Refused;
pub use error::Error;
pub use fault::{Fault, FaultCode};
pub use limits::Limits;
pub use message::{
    Attachment, Envelope, Incoming, Outgoing, Packaging, Reply, Source, Streamed, new_content_id,
};
pub use mtom::parts::{Part, Parts};
pub use mtom::xop::{content_id_of, xop_include};
pub use outbody::OutBody;
pub use receive::receive;
#[cfg(feature = "server")]
pub use server::{Delivered, Door, Endpoint, Mailbox, Replies, ReplyLimits, Service, serve_stream};

/// The namespaces of the envelope and its headers (ITI TF-2 Appendix V).
pub mod ns {
    /// SOAP 1.2 envelope.
    pub const SOAP12: &str = "http://www.w3.org/2003/05/soap-envelope";
    /// SOAP 1.1 envelope: recognised only to be refused with a VersionMismatch fault.
    pub const SOAP11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    /// WS-Addressing 1.0.
    pub const WSA: &str = "http://www.w3.org/2005/08/addressing";
    /// XML-binary Optimized Packaging, the namespace of `xop:Include`.
    pub const XOP: &str = "http://www.w3.org/2004/08/xop/include";
    /// WS-Security 1.0 extension, the namespace of `wsse:Security`.
    pub const WSSE: &str =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
}
