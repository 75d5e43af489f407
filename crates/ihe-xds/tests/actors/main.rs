//! The four actors over real loopback sockets with mutual TLS (ITI-8, ITI-18, ITI-41, ITI-42, ITI-43).
#![cfg(feature = "sqlite")]

mod asynchronous;
mod mounted;
mod publish;
mod refusals;
mod silent;
mod support;
