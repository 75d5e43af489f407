//! Which rule is proven by what: `rules.toml` beside the cases of the suite and the tests of the workspace.
//!
//! ```
//! let rules = ihe_conformance::coverage::rules();
//! let scan = ihe_conformance::coverage::Scan::default(); // or Scan::of(a workspace)
//! let cases = [("a_feed_is_accepted".to_owned(), vec!["V2-R-013".to_owned()])];
//! let coverage = ihe_conformance::coverage::Coverage::new(rules, &cases, scan);
//! assert!(ihe_conformance::coverage::table(&coverage).contains("by case"));
//! ```

mod fault;
mod judge;
mod lock;
mod markers;
mod names;
mod rules;
mod scan;
mod source;
mod table;
#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use judge::{Coverage, Covered, Standing};
pub use lock::{Change, LOCK, changes, locked, write};
pub use rules::{Mark, Rule, rules};
pub use scan::{Scan, Test};
pub use table::{listing, table};
