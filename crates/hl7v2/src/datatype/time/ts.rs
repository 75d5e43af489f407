//! TS, time stamp (HL7 v2.5 section 2A.77): a DTM and, from senders before version 2.5, how much of it to believe.

use super::{Dtm, InvalidTime, Precision};
use crate::datatype::composite::{composite, in_field};

composite! {
    /// A time stamp as it stands in a field. `Debug` hides the time.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::{Precision, Ts}};
    /// let born = Ts::parse("19700101000000^D", &Separators::DEFAULT);
    /// assert_eq!(born.dtm()?.precision(), Precision::Day);
    /// assert_eq!(born.to_string(), "19700101000000^D");
    /// # Ok::<(), hl7v2::datatype::InvalidTime>(())
    /// ```
    Ts shows [degree_of_precision] {
        /// TS.1, a [`Dtm`] as text; empty if absent, `""` if null.
        time: String,
        /// TS.2 (table 0529): `Y` year, `L` month, `D` day, `H` hour, `M` minute, `S` second; kept for older versions.
        degree_of_precision: String,
    }
}
in_field!(Ts);

impl Ts {
    /// TS.1, no more exact than TS.2 says. The empty and the null value are no time.
    pub fn dtm(&self) -> Result<Dtm, InvalidTime> {
        let dtm: Dtm = self.time.parse()?;
        let degree = match self.degree_of_precision.as_str() {
            "Y" => Precision::Year,
            "L" => Precision::Month,
            "D" => Precision::Day,
            "H" => Precision::Hour,
            "M" => Precision::Minute,
            "S" => Precision::Second,
            _ => return Ok(dtm),
        };
        Ok(dtm.at_precision(degree))
    }
}

impl From<Dtm> for Ts {
    fn from(dtm: Dtm) -> Ts {
        Ts {
            time: dtm.to_string(),
            ..Ts::default()
        }
    }
}
