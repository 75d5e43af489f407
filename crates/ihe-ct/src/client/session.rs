//! Protected questions and answers: those of feature `nts`, or, without it, none.

#[cfg(feature = "nts")]
pub use crate::nts::Session;

/// What protection says of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Of the server that has our keys.
    #[cfg_attr(
        not(feature = "nts"),
        expect(dead_code, reason = "nothing is protected")
    )]
    Authentic,
    /// Forged, or of another question.
    #[cfg_attr(
        not(feature = "nts"),
        expect(dead_code, reason = "nothing is protected")
    )]
    Forged,
    /// The server no longer knows our cookie (kiss NTSN): keys have to be established again. Anybody on the way can
    /// forge it; it costs us a new establishment, no more.
    #[cfg_attr(
        not(feature = "nts"),
        expect(dead_code, reason = "nothing is protected")
    )]
    Nak,
}

/// Keys and cookies of one server: there are none without feature `nts`.
#[cfg(not(feature = "nts"))]
#[derive(Debug)]
pub enum Session {}

#[cfg(not(feature = "nts"))]
impl Session {
    pub(crate) fn protect(
        &mut self,
        _packet: &[u8; crate::packet::LEN],
    ) -> Option<(Vec<u8>, [u8; 32])> {
        match *self {}
    }

    pub(crate) fn open(&mut self, _datagram: &[u8], _unique: &[u8; 32]) -> Answer {
        match *self {}
    }

    pub(crate) fn cookies(&self) -> usize {
        match *self {}
    }
}
