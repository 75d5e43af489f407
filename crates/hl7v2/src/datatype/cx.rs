//! CX, extended composite id (HL7 v2.5 section 2A.14): a patient identifier and who gave it.

use super::composite::{composite, in_field};
use super::{Cwe, Hd, check_digit_agrees, escaped};
use crate::Separators;
use std::str::FromStr;

composite! {
    /// An identifier with its authority. `Display` is the HL7 text with the recommended delimiters, `id^^^ns&oid&ISO^PI`;
    /// `Debug` hides the identifier.
    Cx shows [assigning_authority, identifier_type_code] {
        /// CX.1, the identifier, leading zeros kept.
        id: String,
        /// CX.2; usually empty.
        check_digit: String,
        /// CX.3 (table 0061); usually empty.
        check_digit_scheme: String,
        /// CX.4; empty if absent.
        assigning_authority: Hd,
        /// CX.5 (table 0203), e.g. `PI`; empty if absent.
        identifier_type_code: String,
        /// CX.6, the place where the identifier was given; empty if absent.
        assigning_facility: Hd,
        /// CX.7, `YYYYMMDD`; empty if absent.
        effective_date: String,
        /// CX.8, `YYYYMMDD`; empty if absent.
        expiration_date: String,
        /// CX.9, the country or region whose law the identifier is of.
        assigning_jurisdiction: Option<Box<Cwe>>,
        /// CX.10.
        assigning_agency_or_department: Option<Box<Cwe>>,
    }
}
in_field!(Cx);

/// A CX without an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("identifier without a value in component 1")]
pub struct InvalidCx;

impl Cx {
    /// An identifier given by an authority.
    ///
    /// ```
    /// use hl7v2::datatype::{Cx, Hd};
    /// assert_eq!(Cx::new("0042", Hd::oid("1.2.3")).to_string(), "0042^^^&1.2.3&ISO");
    /// ```
    pub fn new(id: impl Into<String>, assigning_authority: Hd) -> Cx {
        Cx {
            id: id.into(),
            assigning_authority,
            ..Cx::default()
        }
    }

    /// Whether CX.2 is the check digit of CX.1 by the scheme of CX.3; see [`check_digit_agrees`].
    ///
    /// ```
    /// let cx: hl7v2::datatype::Cx = "1234567^4^M11".parse()?;
    /// assert_eq!(cx.check_digit_agrees(), Some(true));
    /// # Ok::<(), hl7v2::datatype::InvalidCx>(())
    /// ```
    pub fn check_digit_agrees(&self) -> Option<bool> {
        check_digit_agrees(&self.check_digit_scheme, &self.id, &self.check_digit)
    }

    /// The form of document metadata, `id^^^&oid&ISO` (ITI TF-3 table 4.2.3.1.7-2).
    ///
    /// ```
    /// let cx: hl7v2::datatype::Cx = "0042^^^HOSP&1.2.3&ISO^PI".parse()?;
    /// assert_eq!(cx.to_xds(), "0042^^^&1.2.3&ISO");
    /// # Ok::<(), hl7v2::datatype::InvalidCx>(())
    /// ```
    pub fn to_xds(&self) -> String {
        let kind = match self.assigning_authority.universal_id_type.as_str() {
            "" => "ISO",
            kind => kind,
        };
        format!(
            "{}^^^&{}&{}",
            escaped(&self.id),
            escaped(&self.assigning_authority.universal_id),
            escaped(kind)
        )
    }
}

impl FromStr for Cx {
    type Err = InvalidCx;

    fn from_str(text: &str) -> Result<Cx, InvalidCx> {
        let cx = Cx::parse(text, &Separators::DEFAULT);
        if cx.id.is_empty() {
            Err(InvalidCx)
        } else {
            Ok(cx)
        }
    }
}
