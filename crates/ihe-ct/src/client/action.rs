//! What happens to the protocol, and what it wants done: data, so that it runs without a socket or a clock.

use super::session::Session;
use crate::exchange::Kiss;
use crate::health::Reading;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Which server, in the order they were configured.
pub type ServerIndex = usize;

/// What happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// The client was started.
    Start,
    /// The name of a server was looked up; no address when that failed.
    Resolved {
        /// Whose name.
        server: ServerIndex,
        /// Its addresses, the best first.
        addresses: &'a [SocketAddr],
    },
    /// Keys were established with a secured server, or not.
    Established {
        /// With whom.
        server: ServerIndex,
        /// Its keys and cookies; `None` when it failed.
        session: Option<Box<Session>>,
        /// Its addresses, the best first.
        addresses: &'a [SocketAddr],
    },
    /// A timer of [`Action::SetTimer`] ran out.
    Timer(Timer),
    /// The question of [`Action::Send`] left at this very moment.
    Sent {
        /// To whom.
        server: ServerIndex,
        /// From which of our addresses: a server that has its time from there has it from us.
        from: Option<IpAddr>,
    },
    /// A datagram came from the server that was asked.
    Received {
        /// From whom.
        server: ServerIndex,
        /// What.
        datagram: &'a [u8],
    },
}

/// A timer; setting it again replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// To ask this server.
    Poll(ServerIndex),
    /// To end a slew.
    Slew,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Look up the server's name; answered by [`Event::Resolved`].
    Resolve(ServerIndex),
    /// Establish keys with the server; answered by [`Event::Established`].
    Establish(ServerIndex),
    /// Send this question, from a fresh port, and say so by [`Event::Sent`].
    Send {
        /// Which server.
        server: ServerIndex,
        /// Its address.
        to: SocketAddr,
        /// The datagram.
        packet: Vec<u8>,
    },
    /// Come back with [`Event::Timer`] after this time.
    SetTimer(Timer, Duration),
    /// Run the clock faster by so many seconds per second than when the client started. Only from a client that
    /// was made to adjust.
    Adjust(f64),
    /// How wrong the clock is.
    Read(Reading),
    /// What somebody should know.
    Alarm(Alarm),
}

/// What somebody should know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alarm {
    /// The server asked not to be asked again (DENY, RSTR); it is not.
    Refused(ServerIndex, Kiss),
    /// The server has begun to contradict the majority.
    Falseticker(ServerIndex),
    /// The servers contradict each other, or too few answer: nobody is believed.
    NoMajority,
    /// The wall clock was stepped by somebody, nanoseconds; the measurements from before are forgotten.
    Stepped(i64),
    /// The offset in seconds is beyond [`ClientOptions::panic`](super::ClientOptions::panic): not slewed away.
    TooFar(f64),
}
