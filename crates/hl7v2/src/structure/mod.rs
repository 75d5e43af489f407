//! Message structures (HL7 v2.5 section 2.12 and the chapters' message syntax): check a message against them, or see its
//! groups as a tree.
//!
//! [`check`] never stops at the first fault: every finding is an [`ack::Problem`](crate::ack::Problem) with the place, a code
//! of table 0357, a severity and what to do. What a profile says is data ([`Layer`]), the caller's own included.
//!
//! | code | severity | when |
//! |---|---|---|
//! | 100 | E | a required segment is missing, or one stands out of order or once too often |
//! | 100 | W | a segment of HL7 has no place in this structure |
//! | 100 | I | a Z segment or one the tables do not know, the first of its name; it is ignored anywhere |
//! | 101 | E | a required field is missing, also by its condition (W: it holds the null `""`) |
//! | 102 | E | a value is not of the field's data type |
//! | 102 | W | a field repeats that may not, or is not to be used |
//! | 103 | E, W | a value is not in its table; W for tables that users extend |
//! | 200, 201 | E | no structure is known for MSH-9.1, MSH-9.2; the fields are checked all the same |
//! | 203 | W | MSH-12 is another version than the profile's |

mod check;
mod fields;
mod grammar;
mod group_path;
mod groups;
mod layer;
mod notation;
mod profile;
#[cfg(test)]
mod properties;
mod report;
mod requirement;
mod tables;
#[cfg(test)]
mod tests;
mod walk;

pub use check::check;
pub use group_path::{GroupPath, InvalidGroupPath};
pub use groups::{Group, GroupTree, Part, groups, groups_of};
pub use layer::{Layer, TableError};
pub use profile::Profile;
pub use report::Report;
