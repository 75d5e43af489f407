//! ITI-1 Maintain Time as seen by a node: ATNA needs consistent time (ITI TF-1 9), so the node
//! can be asked for the state of its clock. Who measures it is wired in from outside.

use std::sync::Arc;
use std::time::Duration;

/// Whether the clock can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockState {
    /// Nobody measures.
    #[default]
    Unknown,
    /// Within the limit (ITI TF-2 3.1: one second).
    Synchronised,
    /// Outside the limit, or the time server does not answer.
    Unsynchronised,
}

/// The state of the node's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClockStatus {
    /// Whether the clock can be trusted.
    pub state: ClockState,
    /// Last measured offset to the time server in seconds; positive: our clock is behind.
    pub offset_seconds: Option<f64>,
    /// How long ago that was.
    pub age: Option<Duration>,
}

/// The function that tells it.
pub(crate) type Clock = Arc<dyn Fn() -> ClockStatus + Send + Sync>;
