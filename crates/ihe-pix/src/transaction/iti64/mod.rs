//! ITI-64 Notify XAD-PID Link Change (ITI TF-2 3.64): ADT^A43, HL7 v2.5
//!
//! The manager tells the Document Registry that a local id belongs to another patient of the affinity domain than before.

mod audit;
mod decode;
mod encode;
#[cfg(test)]
mod tests;

use hl7v2::datatype::Cx;

pub use audit::audit;
pub use decode::decode;
pub use encode::encode;

/// One link that changed. Every id carries universal id and type of its authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkChange {
    /// PID-3, first: the id of the affinity domain that the local id is linked to now.
    pub new_xad_pid: Cx,
    /// PID-3, second: the id of a source domain.
    pub local: Cx,
    /// MRG-1, first: the id of the affinity domain it was linked to; the same as the new one if only local ids were merged.
    pub previous_xad_pid: Cx,
    /// MRG-1, second, 0..1: the local id that was merged into `local`; of the same domain.
    pub subsumed_local: Option<Cx>,
}
