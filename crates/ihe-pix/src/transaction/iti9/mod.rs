//! ITI-9 PIX Query (ITI TF-2 3.9)
//!
//! QBP^Q23 asks for the ids of one patient in other domains; RSP^K23 answers by a table of six
//! cases (ITI TF-2 3.9.4.2.2.6).

mod audit;
mod query;
mod response;
#[cfg(test)]
mod tests;

use std::fmt;

use hl7v2::datatype::{Cx, Hd};

pub use audit::audit;
pub use query::{decode, decode_raw, encode};
pub use response::{Response, Status, decode_response, encode_response, unknown_id};

/// QPD-1 as we send it.
pub const QUERY_NAME: &str = "IHE PIX Query";

/// The question: which ids has this patient elsewhere?
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// QPD-2 query tag, one.
    pub tag: String,
    /// QPD-3, one: the id we know.
    pub id: Cx,
    /// QPD-4, 0..n: the domains asked for; none: all (V2-R-036).
    pub domains: Vec<Hd>,
}

impl Query {
    /// In which domains is this patient known, and as whom?
    pub fn new(id: Cx) -> Query {
        Query {
            tag: hl7v2::build::control_id(),
            id,
            domains: Vec::new(),
        }
    }

    /// Only in this domain, too.
    pub fn in_domain(mut self, domain: Hd) -> Query {
        self.domains.push(domain);
        self
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("domains", &self.domains.len())
            .finish_non_exhaustive()
    }
}
