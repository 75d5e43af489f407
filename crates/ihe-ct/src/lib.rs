//! Consistent Time, ITI-1 Maintain Time (ITI TF-2 3.1): Time Client, Time Server, health of time.
//!
//! - [`packet`]: the 48 bytes of NTP v1 to v4 (RFC 1305, RFC 5905), pure;
//! - [`exchange`]: one question and its answer judged as RFC 4330 section 5 asks, pure;
//! - [`client`]: the NTP client of several servers: [`client::Machine`] is the protocol (events in, actions out),
//!   [`TimeClient`] runs it over UDP;
//! - [`sntp`]: the small mode: one question, or a watch that keeps asking one server politely;
//! - [`schedule`]: when the small mode asks again, pure;
//! - [`health`]: how wrong this machine's clock is, how sure that is, and the alarm when it cannot be relied on;
//! - `TimeServer` (feature `server`): answers NTP and SNTP clients.
//!
//! By default nothing here moves the clock of the machine (CT-R-005): slewing is the work of its NTP daemon, such
//! as chronyd, and the client *measures*, so that an actor can say whether its time is to be believed. Feature
//! `adjust` (Linux) adds `client::KernelClock`, which a [`TimeClient`] slews. All times are UTC; time zones are a
//! matter of display (CT-R-010).
//!
//! ```
//! # #[cfg(feature = "server")]
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use ihe_ct::{ServerState, TimeServer, sntp};
//! use tokio_util::sync::CancellationToken;
//!
//! let stop = CancellationToken::new();
//! let socket = TimeServer::bind("127.0.0.1:0").await?;
//! let address = socket.local_addr()?;
//! let server = TimeServer::new(ServerState::local_clock(10));
//! let task = tokio::spawn(server.serve(socket, stop.clone()));
//!
//! let measured = sntp::query(address, &sntp::Options::default()).await?;
//! assert_eq!(measured.stratum, 10);
//! assert!(measured.offset_seconds().abs() < 1.0);
//!
//! stop.cancel();
//! task.await??;
//! # Ok(()) }
//! # #[cfg(not(feature = "server"))] fn main() {}
//! ```

pub mod client;
pub mod exchange;
pub mod health;
pub mod moment;
#[cfg(feature = "nts")]
pub mod nts;
pub mod packet;
pub mod schedule;
#[cfg(feature = "server")]
pub mod server;
pub mod sntp;
pub mod timestamp;

pub use client::TimeClient;
pub use exchange::{Checks, Exchange, Kiss, Measurement, Rejection};
pub use health::{Health, HealthLimits, Notice, Reading, Source, TimeHealth, Verdict};
pub use moment::Moment;
pub use packet::{Leap, Mode, Packet, PacketError, ReferenceId};
pub use schedule::{Next, Schedule};
#[cfg(feature = "server")]
pub use server::{ServerLimits, ServerState, TimeServer};
pub use timestamp::{NtpShort, NtpTimestamp};

/// The UDP port of NTP (ITI TF-2 3.1.4).
pub const PORT: u16 = 123;
