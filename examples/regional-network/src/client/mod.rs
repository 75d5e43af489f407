//! The client commands: each opens a session with a running domain, calls the crates and prints.

pub(crate) mod feed;
pub(crate) mod load;
pub(crate) mod matching;
pub(crate) mod node;
pub(crate) mod operator;
pub(crate) mod patients;
pub(crate) mod plan;
pub(crate) mod publication;
pub(crate) mod query;
pub(crate) mod retrieve;
pub(crate) mod session;
pub(crate) mod submit;
pub(crate) mod time;
pub(crate) mod trail;
pub(crate) mod trail_proof;
pub(crate) mod verify;
