//! DTM, date and time (HL7 v2.5 section 2A.22).

use super::InvalidTime;
use chrono::{
    DateTime, Datelike, Days, Duration, FixedOffset, Months, NaiveDate, NaiveDateTime, Timelike,
};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// How exact a point in time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// `YYYY`
    Year,
    /// `YYYYMM`
    Month,
    /// `YYYYMMDD`
    Day,
    /// `YYYYMMDDHH`
    Hour,
    /// `YYYYMMDDHHMM`
    Minute,
    /// `YYYYMMDDHHMMSS`
    Second,
    /// So many digits after the second, 1 to 4.
    Fraction(u8),
}

impl Precision {
    /// The precision of so many digits before the fraction.
    fn of_digits(digits: usize) -> Option<Precision> {
        use Precision::{Day, Hour, Minute, Month, Second, Year};
        [Year, Month, Day, Hour, Minute, Second]
            .into_iter()
            .find(|precision| precision.digits() == digits)
    }

    fn digits(self) -> usize {
        match self {
            Precision::Year => 4,
            Precision::Month => 6,
            Precision::Day => 8,
            Precision::Hour => 10,
            Precision::Minute => 12,
            Precision::Second | Precision::Fraction(_) => 14,
        }
    }

    /// Nanoseconds in the last digit of a fraction; a second otherwise.
    fn grain(self) -> u32 {
        match self {
            Precision::Fraction(digits) => 10_u32.pow(9 - u32::from(digits.clamp(1, 4))),
            _ => 1_000_000_000,
        }
    }
}

/// A date and time, `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`, with the precision and the zone as they were given:
/// `Display` writes what was parsed. The year is 1 to 9999; the calendar is checked. `Debug` hides the time, which may be
/// a date of birth.
///
/// Two times are equal when they are written the same. Which is earlier is the business of [`Dtm::compare`].
///
/// ```
/// use hl7v2::datatype::{Dtm, Precision};
/// let sent: Dtm = "20111220224447.3399".parse()?;
/// assert_eq!((sent.precision(), sent.zone()), (Precision::Fraction(4), None));
/// assert_eq!(sent.to_string(), "20111220224447.3399");
/// assert!("20110229".parse::<Dtm>().is_err());
/// # Ok::<(), hl7v2::datatype::InvalidTime>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dtm {
    /// The first moment of it on the local clock.
    local: NaiveDateTime,
    precision: Precision,
    zone: Option<FixedOffset>,
    /// The zone was written `-0000`.
    negative_zero: bool,
}

impl Dtm {
    /// A moment on the clock of its zone, cut to a precision. `None` if the year is not 1 to 9999.
    ///
    /// ```
    /// use hl7v2::datatype::{Dtm, Precision};
    /// let at = chrono::DateTime::parse_from_rfc3339("2026-03-15T09:30:12.9876+09:00")?;
    /// let dtm = Dtm::new(at, Precision::Second).unwrap();
    /// assert_eq!(dtm.to_string(), "20260315093012+0900");
    /// assert_eq!(dtm.without_zone().to_string(), "20260315093012");
    /// # Ok::<(), chrono::ParseError>(())
    /// ```
    pub fn new(at: DateTime<FixedOffset>, precision: Precision) -> Option<Dtm> {
        let whole_minutes = at.offset().local_minus_utc() % 60 == 0;
        let dtm = Dtm::local(at.naive_local(), precision)?;
        whole_minutes.then_some(Dtm {
            zone: Some(*at.offset()),
            ..dtm
        })
    }

    /// A moment on a clock whose zone is not said, cut to a precision. `None` if the year is not 1 to 9999.
    pub fn local(at: NaiveDateTime, precision: Precision) -> Option<Dtm> {
        let dtm = Dtm {
            local: at,
            precision: match precision {
                Precision::Fraction(digits) => Precision::Fraction(digits.clamp(1, 4)),
                other => other,
            },
            zone: None,
            negative_zero: false,
        };
        (1..=9999).contains(&at.year()).then(|| dtm.cut())
    }

    /// How exact it is.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The zone, if it was given.
    pub fn zone(&self) -> Option<FixedOffset> {
        self.zone
    }

    /// The day; the first one of the year or month if it is not more exact.
    pub fn date(&self) -> NaiveDate {
        self.local.date()
    }

    /// The same on a clock whose zone is not said.
    pub fn without_zone(self) -> Dtm {
        Dtm {
            zone: None,
            negative_zero: false,
            ..self
        }
    }

    /// The same, no more exact than this.
    pub fn at_precision(self, precision: Precision) -> Dtm {
        let precision = self.precision.min(precision);
        Dtm { precision, ..self }.cut()
    }

    /// The first moment it may mean; `default_zone` is that of the sender and counts where none was given.
    ///
    /// ```
    /// use chrono::FixedOffset;
    /// use hl7v2::datatype::Dtm;
    /// let tokyo = FixedOffset::east_opt(9 * 3600).unwrap();
    /// let month: Dtm = "197002".parse()?;
    /// assert_eq!(month.earliest(tokyo).to_rfc3339(), "1970-02-01T00:00:00+09:00");
    /// assert_eq!(month.latest(tokyo).to_rfc3339(), "1970-02-28T23:59:59.999999999+09:00");
    /// # Ok::<(), hl7v2::datatype::InvalidTime>(())
    /// ```
    pub fn earliest(&self, default_zone: FixedOffset) -> DateTime<FixedOffset> {
        on_clock(self.local, self.zone.unwrap_or(default_zone))
    }

    /// The last moment it may mean, to the nanosecond.
    pub fn latest(&self, default_zone: FixedOffset) -> DateTime<FixedOffset> {
        on_clock(self.local_end(), self.zone.unwrap_or(default_zone))
    }

    /// Which is earlier, where that is certain: equal if both mean the same stretch of time, `None` if one stretch lies
    /// within the other or if only one of them has a zone.
    ///
    /// ```
    /// use hl7v2::datatype::Dtm;
    /// use std::cmp::Ordering;
    /// let dtm = |text: &str| text.parse::<Dtm>().unwrap();
    /// assert_eq!(dtm("1970").compare(&dtm("19710101")), Some(Ordering::Less));
    /// assert_eq!(dtm("1970").compare(&dtm("19700101")), None);
    /// assert_eq!(dtm("1970010109+0900").compare(&dtm("1970010100+0000")), Some(Ordering::Equal));
    /// assert_eq!(dtm("19700101").compare(&dtm("19710101+0900")), None);
    /// ```
    pub fn compare(&self, other: &Dtm) -> Option<Ordering> {
        if self.zone.is_some() != other.zone.is_some() {
            return None;
        }
        let stretch = |dtm: &Dtm| (dtm.earliest(UTC).to_utc(), dtm.latest(UTC).to_utc());
        let ((from, to), (other_from, other_to)) = (stretch(self), stretch(other));
        match (to < other_from, from > other_to) {
            (true, _) => Some(Ordering::Less),
            (_, true) => Some(Ordering::Greater),
            _ => ((from, to) == (other_from, other_to)).then_some(Ordering::Equal),
        }
    }

    /// Everything finer than the precision becomes its first moment.
    fn cut(self) -> Dtm {
        let (at, precision) = (self.local, self.precision);
        let keep = |wanted: Precision, value: u32, first: u32| match precision >= wanted {
            true => value,
            false => first,
        };
        let month = keep(Precision::Month, at.month(), 1);
        let day = keep(Precision::Day, at.day(), 1);
        let nanosecond = at.nanosecond().min(999_999_999);
        let cut = NaiveDate::from_ymd_opt(at.year(), month, day).and_then(|date| {
            date.and_hms_nano_opt(
                keep(Precision::Hour, at.hour(), 0),
                keep(Precision::Minute, at.minute(), 0),
                keep(Precision::Second, at.second(), 0),
                nanosecond - nanosecond % precision.grain(),
            )
        });
        Dtm {
            local: cut.unwrap_or(at),
            ..self
        }
    }

    fn local_end(&self) -> NaiveDateTime {
        let start = self.local;
        let next = match self.precision {
            Precision::Year => start.checked_add_months(Months::new(12)),
            Precision::Month => start.checked_add_months(Months::new(1)),
            Precision::Day => start.checked_add_days(Days::new(1)),
            Precision::Hour => start.checked_add_signed(Duration::hours(1)),
            Precision::Minute => start.checked_add_signed(Duration::minutes(1)),
            _ => start.checked_add_signed(Duration::nanoseconds(self.precision.grain().into())),
        };
        next.and_then(|next| next.checked_sub_signed(Duration::nanoseconds(1)))
            .unwrap_or(start)
    }

    fn zone_text(&self) -> String {
        let Some(zone) = self.zone else {
            return String::new();
        };
        let minutes = zone.local_minus_utc() / 60;
        let sign = if minutes < 0 || self.negative_zero {
            '-'
        } else {
            '+'
        };
        let minutes = minutes.unsigned_abs();
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }
}

pub(super) const UTC: FixedOffset = match FixedOffset::east_opt(0) {
    Some(utc) => utc,
    None => unreachable!(),
};

/// Years 1 to 9999 are far from the ends of what chrono counts.
fn on_clock(local: NaiveDateTime, zone: FixedOffset) -> DateTime<FixedOffset> {
    let utc = local.checked_sub_offset(zone).unwrap_or(local);
    DateTime::from_naive_utc_and_offset(utc, zone)
}

impl FromStr for Dtm {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Dtm, InvalidTime> {
        let (clock, zone) = match text.find(['+', '-']) {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (digits, fraction) = match clock.split_once('.') {
            Some((digits, fraction)) => (digits, Some(fraction)),
            None => (clock, None),
        };
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        let precision = Precision::of_digits(digits.len()).filter(|_| all_digits);
        let precision = precision.ok_or(InvalidTime::Form)?;
        let (nanosecond, precision) = read_fraction(fraction, precision)?;
        Ok(Dtm {
            local: read_digits(digits, nanosecond).ok_or(InvalidTime::Calendar)?,
            precision,
            zone: read_zone(zone)?,
            negative_zero: zone == "-0000",
        })
    }
}

fn read_fraction(text: Option<&str>, before: Precision) -> Result<(u32, Precision), InvalidTime> {
    let Some(text) = text else {
        return Ok((0, before));
    };
    let digits = u8::try_from(text.len()).unwrap_or(u8::MAX);
    let sound = before == Precision::Second
        && (1..=4).contains(&digits)
        && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u32>().ok().filter(|_| sound);
    let precision = Precision::Fraction(digits);
    number
        .map(|number| (number * precision.grain(), precision))
        .ok_or(InvalidTime::Form)
}

fn read_digits(digits: &str, nanosecond: u32) -> Option<NaiveDateTime> {
    let number = |from: usize, first: u32| match digits.get(from..from + 2) {
        Some(two) => two.parse().ok(),
        None => Some(first),
    };
    let year = digits
        .get(..4)?
        .parse::<i32>()
        .ok()
        .filter(|year| *year > 0)?;
    NaiveDate::from_ymd_opt(year, number(4, 1)?, number(6, 1)?)?.and_hms_nano_opt(
        number(8, 0)?,
        number(10, 0)?,
        number(12, 0)?,
        nanosecond,
    )
}

fn read_zone(text: &str) -> Result<Option<FixedOffset>, InvalidTime> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.get(1..).unwrap_or_default();
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidTime::Form);
    }
    let number = digits.parse::<i32>().map_err(|_| InvalidTime::Form)?;
    let (hours, minutes) = (number / 100, number % 100);
    let seconds = (hours * 60 + minutes) * 60;
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let zone = FixedOffset::east_opt(sign * seconds);
    match zone.filter(|_| hours <= 14 && minutes < 60) {
        Some(zone) => Ok(Some(zone)),
        None => Err(InvalidTime::Zone),
    }
}

impl fmt::Display for Dtm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.local;
        let full = format!("{:04}{}", at.year(), at.format("%m%d%H%M%S"));
        f.write_str(full.get(..self.precision.digits()).unwrap_or_default())?;
        if let Precision::Fraction(digits) = self.precision {
            let fraction = at.nanosecond() / self.precision.grain();
            write!(f, ".{fraction:0width$}", width = usize::from(digits))?;
        }
        f.write_str(&self.zone_text())
    }
}

impl fmt::Debug for Dtm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dtm")
            .field("precision", &self.precision)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}
