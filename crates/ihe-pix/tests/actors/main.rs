//! Actors over TLS on loopback sockets, with certificates made at run time.

mod affinity_domain_source;
mod fsync;
mod kill;
mod pix;
mod support;
