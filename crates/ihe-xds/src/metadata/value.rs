//! Data types shared by the metadata attributes (ITI TF-3 4.2.3.1).

use std::fmt;

/// A coded value: code, coding scheme and display name (ITI TF-3 4.2.3.1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    /// The code, 1..1.
    pub code: String,
    /// The coding scheme, 1..1, usually an OID.
    pub scheme: String,
    /// The display name, 1..1.
    pub display: String,
}

impl Code {
    /// A code of a scheme with its display name.
    pub fn new(
        code: impl Into<String>,
        scheme: impl Into<String>,
        display: impl Into<String>,
    ) -> Self {
        Self {
            code: code.into(),
            scheme: scheme.into(),
            display: display.into(),
        }
    }
}

/// An author (ITI TF-3 4.2.3.1.4): people, institutions and how to reach them. Debug gives counts only.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Author {
    /// authorPerson, 0..1, XCN.
    pub person: Option<String>,
    /// authorInstitution, 0..n, XON.
    pub institutions: Vec<String>,
    /// authorRole, 0..n, coded or plain string.
    pub roles: Vec<String>,
    /// authorSpecialty, 0..n, coded or plain string.
    pub specialties: Vec<String>,
    /// authorTelecommunication, 0..n, XTN.
    pub telecommunications: Vec<String>,
}

impl fmt::Debug for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Author")
            .field("person", &self.person.is_some())
            .field("institutions", &self.institutions.len())
            .field("roles", &self.roles.len())
            .field("specialties", &self.specialties.len())
            .field("telecommunications", &self.telecommunications.len())
            .finish()
    }
}

/// A text with its language (`rim:LocalizedString`). Debug gives the length only.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct LocalizedString {
    /// The text.
    pub value: String,
    /// `xml:lang`, 0..1; absent means en-US.
    pub language: Option<String>,
    /// `charset`, 0..1; absent means UTF-8.
    pub charset: Option<String>,
}

impl LocalizedString {
    /// A text without a language of its own.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            language: None,
            charset: None,
        }
    }
}

impl From<&str> for LocalizedString {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl fmt::Debug for LocalizedString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalizedString")
            .field("chars", &self.value.chars().count())
            .field("language", &self.language)
            .finish_non_exhaustive()
    }
}

/// A named list of values (`rim:Slot`). Debug gives the name and the number of values.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The name, unique in its object.
    pub name: String,
    /// The values, 0..n, each at most 256 characters.
    pub values: Vec<String>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("name", &self.name)
            .field("values", &self.values.len())
            .finish()
    }
}

/// availabilityStatus (ITI TF-3 4.2.3.2.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// `urn:oasis:names:tc:ebxml-regrep:StatusType:Approved`
    #[default]
    Approved,
    /// `urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated`
    Deprecated,
}

impl Status {
    /// The URN written in `status`.
    pub fn urn(self) -> &'static str {
        match self {
            Self::Approved => "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved",
            Self::Deprecated => "urn:oasis:names:tc:ebxml-regrep:StatusType:Deprecated",
        }
    }

    /// The status of a URN, if it is one of the two.
    pub fn from_urn(urn: &str) -> Option<Self> {
        [Self::Approved, Self::Deprecated]
            .into_iter()
            .find(|status| status.urn() == urn)
    }
}
