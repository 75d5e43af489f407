//! Placeholder of the seam with the data types: no faults.

use crate::{Repetition, ack};

/// What is wrong with one repetition of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Component, from 1; `None` for the repetition as a whole.
    pub component: Option<usize>,
    /// Subcomponent, from 1.
    pub subcomponent: Option<usize>,
    /// Table 0357.
    pub code: ack::ErrorCode,
    /// What to do; holds no content.
    pub text: &'static str,
}

/// The faults of one repetition as a value of that data type.
pub fn check(_data_type: &str, _repetition: Repetition<'_>) -> Vec<Fault> {
    Vec::new()
}
