//! The server and the client over real sockets (spec XDS-T-001..010).
#![cfg(feature = "server")]

mod asynchronous;
mod client;
mod gzip;
mod http;
mod mtom;
mod server;
mod support;
