//! Actors over TLS on loopback sockets, with certificates made at run time.

mod affinity_domain_source;
mod bad_input;
mod bounds;
mod foreign;
mod fsync;
mod kill;
mod link_change;
mod management;
mod notification;
mod notification_kill;
mod order;
mod pdq;
mod pdq_foreign;
mod pix;
mod recorded;
mod samples;
mod support;
