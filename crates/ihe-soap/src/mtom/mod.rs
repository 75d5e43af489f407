//! MTOM/XOP packaging (SOAP MTOM, XOP 1.0, RFC 2387; ITI TF-2 V.8).

pub(crate) mod parts;
pub(crate) mod scanner;
mod transfer;
pub(crate) mod writer;
pub(crate) mod xop;

#[cfg(test)]
mod tests;
