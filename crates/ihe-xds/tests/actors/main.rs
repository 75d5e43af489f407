//! The four actors over real loopback sockets with mutual TLS (ITI-8, ITI-18, ITI-41, ITI-42, ITI-43, ITI-61).
#![cfg(feature = "sqlite")]

mod asynchronous;
mod clients;
mod feed;
mod mounted;
mod publish;
mod queries;
mod refusals;
mod silent;
mod support;
