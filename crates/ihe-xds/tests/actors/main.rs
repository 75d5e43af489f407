//! The four actors over real loopback sockets with mutual TLS (ITI-8, ITI-18, ITI-41, ITI-42, ITI-43, ITI-61).
#![cfg(feature = "sqlite")]

mod asynchronous;
mod clients;
mod crash;
mod damage;
mod feed;
mod mounted;
mod packaging;
mod publish;
mod queries;
mod reconcile;
mod refusals;
mod scripted;
mod silent;
mod support;
