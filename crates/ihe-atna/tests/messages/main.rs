//! ITI-20 messages of every transaction and trigger, as anyone outside sees them.

mod fields;
mod sample;
mod schema;
