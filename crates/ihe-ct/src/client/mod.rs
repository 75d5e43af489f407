//! Time Client (ITI TF-2 3.1) as an NTP client (RFC 5905): several servers, of which a majority is believed.
//!
//! [`Machine`] is the protocol: events in, actions out. [`TimeClient`] runs it over UDP and records into a
//! [`TimeHealth`](crate::TimeHealth).

mod action;
mod association;
mod conclusion;
mod filter;
pub(crate) mod frame;
#[cfg(all(feature = "adjust", target_os = "linux"))]
mod kernel;
mod machine;
mod options;
mod report;
mod resident;
mod select;
mod session;
mod steering;
#[cfg(test)]
mod tests;
mod track;

pub use action::{Action, Alarm, Event, ServerIndex, Timer};
pub use filter::STAGES;
#[cfg(all(feature = "adjust", target_os = "linux"))]
pub use kernel::KernelClock;
pub use machine::Machine;
pub use options::ClientOptions;
pub use report::{ServerReport, Standing};
#[cfg(feature = "nts")]
pub use resident::Establishing;
pub(crate) use resident::bound_for;
pub use resident::{Steer, TimeClient};
#[cfg(feature = "nts")]
pub(crate) use session::Answer;
pub use session::Session;
