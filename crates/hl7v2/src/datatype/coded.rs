//! CE, CWE and CNE, coded elements (HL7 v2.5 sections 2A.3, 2A.13 and 2A.5): a code, its text and its coding system,
//! and the same thing in another coding system.

use super::composite::{composite, in_component, in_field};

composite! {
    /// A coded element. `Debug` shows the coding systems only: the code may be a diagnosis.
    Ce shows [name_of_coding_system, name_of_alternate_coding_system] {
        /// CE.1, the code.
        identifier: String,
        /// CE.2.
        text: String,
        /// CE.3 (table 0396).
        name_of_coding_system: String,
        /// CE.4, the code in the other coding system.
        alternate_identifier: String,
        /// CE.5.
        alternate_text: String,
        /// CE.6 (table 0396).
        name_of_alternate_coding_system: String,
    }
}

composite! {
    /// A coded element with exceptions: other codes, or text alone, are allowed. `Debug` shows the coding systems only.
    Cwe shows [name_of_coding_system, name_of_alternate_coding_system] {
        /// CWE.1, the code.
        identifier: String,
        /// CWE.2.
        text: String,
        /// CWE.3 (table 0396).
        name_of_coding_system: String,
        /// CWE.4, the code in the other coding system.
        alternate_identifier: String,
        /// CWE.5.
        alternate_text: String,
        /// CWE.6 (table 0396).
        name_of_alternate_coding_system: String,
        /// CWE.7.
        coding_system_version_id: String,
        /// CWE.8.
        alternate_coding_system_version_id: String,
        /// CWE.9, the words that were coded.
        original_text: String,
    }
}

composite! {
    /// A coded element without exceptions: the code is of the named table. `Debug` shows the coding systems only.
    Cne shows [name_of_coding_system, name_of_alternate_coding_system] {
        /// CNE.1, the code.
        identifier: String,
        /// CNE.2.
        text: String,
        /// CNE.3 (table 0396).
        name_of_coding_system: String,
        /// CNE.4, the code in the other coding system.
        alternate_identifier: String,
        /// CNE.5.
        alternate_text: String,
        /// CNE.6 (table 0396).
        name_of_alternate_coding_system: String,
        /// CNE.7.
        coding_system_version_id: String,
        /// CNE.8.
        alternate_coding_system_version_id: String,
        /// CNE.9, the words that were coded.
        original_text: String,
    }
}
in_component!(Ce, Cwe, Cne);
in_field!(Ce, Cwe, Cne);

macro_rules! coded {
    ($($name:ident),+) => {
        $(impl $name {
            /// A code with its text and coding system.
            pub fn new(
                identifier: impl Into<String>,
                text: impl Into<String>,
                name_of_coding_system: impl Into<String>,
            ) -> $name {
                $name {
                    identifier: identifier.into(),
                    text: text.into(),
                    name_of_coding_system: name_of_coding_system.into(),
                    ..$name::default()
                }
            }

            /// Code and text in this coding system, whichever half of the element carries it.
            ///
            /// ```
            /// use hl7v2::{Separators, datatype::Cwe};
            /// let test = Cwe::parse("3F035000002327101^TP^JC10^10222^T-Prot^99X03", &Separators::DEFAULT);
            /// assert_eq!(test.code_in("99X03"), Some(("10222", "T-Prot")));
            /// assert_eq!(test.code_in("LN"), None);
            /// ```
            pub fn code_in(&self, coding_system: &str) -> Option<(&str, &str)> {
                let halves = [
                    (&self.name_of_coding_system, &self.identifier, &self.text),
                    (
                        &self.name_of_alternate_coding_system,
                        &self.alternate_identifier,
                        &self.alternate_text,
                    ),
                ];
                let (_, code, text) = halves.into_iter().find(|(name, ..)| *name == coding_system)?;
                Some((code, text))
            }
        })+
    };
}
coded!(Ce, Cwe, Cne);

/// Every CE is a CWE that says less.
impl From<Ce> for Cwe {
    fn from(ce: Ce) -> Cwe {
        Cwe {
            identifier: ce.identifier,
            text: ce.text,
            name_of_coding_system: ce.name_of_coding_system,
            alternate_identifier: ce.alternate_identifier,
            alternate_text: ce.alternate_text,
            name_of_alternate_coding_system: ce.name_of_alternate_coding_system,
            ..Cwe::default()
        }
    }
}
