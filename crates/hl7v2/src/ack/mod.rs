//! Acknowledgements: what went wrong, where, and who must act (HL7 v2.5 section 2.9, ITI TF-2 C.2.3).
//!
//! | to | take |
//! |---|---|
//! | answer a message | [`Acknowledgement::answer`], or [`crate::build::acknowledgement`] for the form IHE asks for |
//! | know whether an answer is wanted at all | [`Mode::of`] (MSH-15, MSH-16) |
//! | read an answer, whoever wrote it | [`Acknowledgement::read`], or [`parse_refusal`] for yes or no |

mod acknowledgement;
mod code;
mod location;
mod mode;
mod problem;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use acknowledgement::Acknowledgement;
pub use code::{AckCode, ErrorCode, Severity};
pub use location::Location;
pub use mode::{Condition, Mode};
pub use problem::{ErrDetails, Problem, Refusal};
pub use read::parse_refusal;
pub use write::{ErrForm, err_segments, err_segments_in};
