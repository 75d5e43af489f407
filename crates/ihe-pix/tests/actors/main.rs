//! Actors over TLS on loopback sockets, with certificates made at run time.

mod affinity_domain_source;
mod kill;
mod pdq;
mod pdq_foreign;
mod pix;
mod support;
