//! DTM, TS, DT and TM (HL7 v2.5 sections 2A.22, 2A.77, 2A.21 and 2A.75): points in time that say how exact they are.

mod day;
mod dtm;
mod ts;

pub use day::{Dt, Tm};
pub use dtm::{Dtm, Precision};
pub use ts::Ts;

/// Why a text is not a time. It never quotes the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTime {
    /// Not of the form `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`.
    #[error("not of the form YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]")]
    Form,
    /// No such day, hour, minute or second.
    #[error("no such day or time in the calendar")]
    Calendar,
    /// No such zone.
    #[error("no such time zone")]
    Zone,
}
