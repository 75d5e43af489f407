//! CX, extended composite id (HL7 v2.5 section 2A.14): a patient identifier and who gave it.

use super::{Hd, escaped, joined, parts};
use crate::Separators;
use std::fmt;
use std::str::FromStr;

/// An identifier with its authority. `Display` is the HL7 text with the recommended delimiters, `id^^^ns&oid&ISO^PI`;
/// `Debug` hides the identifier. CX.6 and later are not kept.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cx {
    /// CX.1, the identifier, leading zeros kept.
    pub id: String,
    /// CX.2; usually empty.
    pub check_digit: String,
    /// CX.3; usually empty.
    pub check_digit_scheme: String,
    /// CX.4; empty if absent.
    pub assigning_authority: Hd,
    /// CX.5, e.g. `PI`; empty if absent.
    pub identifier_type_code: String,
}

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

    /// Reads one repetition as on the wire; absent parts are empty, components after the fifth are ignored.
    pub fn parse(raw: &str, separators: &Separators) -> Cx {
        let [id, check_digit, check_digit_scheme, _, identifier_type_code] =
            parts(raw, separators.component, separators);
        let authority = raw
            .split(char::from(separators.component))
            .nth(3)
            .unwrap_or_default();
        Cx {
            id,
            check_digit,
            check_digit_scheme,
            assigning_authority: Hd::parse(authority, separators),
            identifier_type_code,
        }
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

impl fmt::Display for Cx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authority = self.assigning_authority.to_string();
        let [id, digit, scheme, kind] = [
            &self.id,
            &self.check_digit,
            &self.check_digit_scheme,
            &self.identifier_type_code,
        ]
        .map(|part| escaped(part));
        f.write_str(&joined(&[&id, &digit, &scheme, &authority, &kind], '^'))
    }
}

impl fmt::Debug for Cx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx")
            .field("id_length", &self.id.len())
            .field("assigning_authority", &self.assigning_authority)
            .field("identifier_type_code", &self.identifier_type_code)
            .finish()
    }
}
