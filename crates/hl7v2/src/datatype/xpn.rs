//! XPN, extended person name (HL7 v2.5 section 2A.88).

use super::{escaped, joined, parts};
use crate::Separators;
use std::fmt;

/// One name of a person. `Display` is the HL7 text with the recommended delimiters; `Debug` hides everything but the codes.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Xpn {
    /// XPN.1.1, the surname; the parts of the surname in FN.2-5 are not kept.
    pub family: String,
    /// XPN.2.
    pub given: String,
    /// XPN.3, second and further given names.
    pub further: String,
    /// XPN.4.
    pub suffix: String,
    /// XPN.5.
    pub prefix: String,
    /// XPN.6.
    pub degree: String,
    /// XPN.7 (table 0200), `L` for the legal name.
    pub name_type_code: String,
    /// XPN.8 (table 0465): `I` ideographic, `P` phonetic, `A` alphabetic; empty if absent.
    pub representation: String,
}

impl Xpn {
    /// Family and given name, nothing else.
    pub fn new(family: impl Into<String>, given: impl Into<String>) -> Xpn {
        Xpn {
            family: family.into(),
            given: given.into(),
            ..Xpn::default()
        }
    }

    /// Reads one repetition as on the wire; absent parts are empty.
    ///
    /// ```
    /// use hl7v2::{Separators, datatype::Xpn};
    /// let name = Xpn::parse("患者^太郎^^^^^L^I", &Separators::DEFAULT);
    /// assert_eq!((name.family.as_str(), name.representation.as_str()), ("患者", "I"));
    /// ```
    pub fn parse(raw: &str, separators: &Separators) -> Xpn {
        let [
            _,
            given,
            further,
            suffix,
            prefix,
            degree,
            name_type_code,
            representation,
        ] = parts(raw, separators.component, separators);
        let family_name = raw
            .split(char::from(separators.component))
            .next()
            .unwrap_or_default();
        let [family] = parts(family_name, separators.subcomponent, separators);
        Xpn {
            family,
            given,
            further,
            suffix,
            prefix,
            degree,
            name_type_code,
            representation,
        }
    }

    /// No name at all; codes alone are no name.
    pub fn is_empty(&self) -> bool {
        [
            &self.family,
            &self.given,
            &self.further,
            &self.suffix,
            &self.prefix,
            &self.degree,
        ]
        .iter()
        .all(|part| part.is_empty())
    }
}

impl fmt::Display for Xpn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            &self.family,
            &self.given,
            &self.further,
            &self.suffix,
            &self.prefix,
            &self.degree,
            &self.name_type_code,
            &self.representation,
        ];
        let escaped = all.map(|part| escaped(part));
        f.write_str(&joined(&escaped.each_ref().map(|part| part.as_ref()), '^'))
    }
}

impl fmt::Debug for Xpn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Xpn")
            .field("empty", &self.is_empty())
            .field("name_type_code", &self.name_type_code)
            .field("representation", &self.representation)
            .finish()
    }
}
