//! DT, date (HL7 v2.5 section 2A.21), and TM, time of day (section 2A.75).

use super::{Dtm, InvalidTime, Precision};
use chrono::{FixedOffset, NaiveDate, NaiveTime};
use std::fmt;
use std::str::FromStr;

/// A date, `YYYY[MM[DD]]`. `Display` writes what was parsed; `Debug` hides it, as it may be a date of birth.
///
/// ```
/// use hl7v2::datatype::{Dt, Precision};
/// let month: Dt = "197002".parse()?;
/// assert_eq!(month.precision(), Precision::Month);
/// assert_eq!(month.latest().to_string(), "1970-02-28");
/// # Ok::<(), hl7v2::datatype::InvalidTime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dt(Dtm);

impl Dt {
    /// A day. `None` if the year is not 1 to 9999.
    pub fn new(date: NaiveDate) -> Option<Dt> {
        Dtm::local(date.and_time(NaiveTime::MIN), Precision::Day).map(Dt)
    }

    /// Year, month or day.
    pub fn precision(&self) -> Precision {
        self.0.precision()
    }

    /// The first day it may mean.
    pub fn earliest(&self) -> NaiveDate {
        self.0.date()
    }

    /// The last day it may mean.
    pub fn latest(&self) -> NaiveDate {
        self.0.latest(super::dtm::UTC).date_naive()
    }
}

impl FromStr for Dt {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Dt, InvalidTime> {
        let dtm: Dtm = text.parse()?;
        let is_date = dtm.precision() <= Precision::Day && dtm.zone().is_none();
        is_date.then_some(Dt(dtm)).ok_or(InvalidTime::Form)
    }
}

impl From<Dt> for Dtm {
    fn from(date: Dt) -> Dtm {
        date.0
    }
}

impl fmt::Display for Dt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A day for times of day.
const ANY_DAY: &str = "20000101";

/// A time of day, `HH[MM[SS[.S[S[S[S]]]]]][+/-ZZZZ]`. `Display` writes what was parsed.
///
/// ```
/// use hl7v2::datatype::Tm;
/// let time: Tm = "0930+0900".parse()?;
/// assert_eq!(time.earliest().to_string(), "09:30:00");
/// assert_eq!(time.to_string(), "0930+0900");
/// assert!("2430".parse::<Tm>().is_err());
/// # Ok::<(), hl7v2::datatype::InvalidTime>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tm(Dtm);

impl Tm {
    /// Hour, minute, second or a fraction.
    pub fn precision(&self) -> Precision {
        self.0.precision()
    }

    /// The zone, if it was given.
    pub fn zone(&self) -> Option<FixedOffset> {
        self.0.zone()
    }

    /// The first moment it may mean, on its own clock.
    pub fn earliest(&self) -> NaiveTime {
        self.0.earliest(super::dtm::UTC).time()
    }
}

impl FromStr for Tm {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Tm, InvalidTime> {
        let dtm: Dtm = format!("{ANY_DAY}{text}").parse()?;
        let is_time = dtm.precision() >= Precision::Hour;
        is_time.then_some(Tm(dtm)).ok_or(InvalidTime::Form)
    }
}

impl fmt::Display for Tm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.get(ANY_DAY.len()..).unwrap_or_default())
    }
}
