//! The four actors over real loopback sockets with mutual TLS (ITI-8, ITI-18, ITI-41, ITI-42, ITI-43).
#![cfg(feature = "sqlite")]

mod crash;
mod damage;
mod packaging;
mod publish;
mod reconcile;
mod refusals;
mod scripted;
mod support;
