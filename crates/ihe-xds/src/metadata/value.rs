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
    /// `xml:lang` of the display name, 0..1; absent means en-US.
    pub language: Option<String>,
    /// The display name in further languages, 0..n.
    pub translations: Vec<LocalizedString>,
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
            language: None,
            translations: Vec::new(),
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

/// The language of a text that names none (ebRIM 2.6).
const DEFAULT_LANGUAGE: &str = "en-US";

/// A text with its language (`rim:LocalizedString`), and the same in other languages. Debug gives the length only.
///
/// ```
/// use ihe_xds::metadata::LocalizedString;
/// let mut title = LocalizedString::new("Discharge summary");
/// title.translations.push(LocalizedString::in_language("退院時サマリ", "ja"));
/// assert_eq!(title.text("ja"), Some("退院時サマリ"));
/// assert_eq!(title.text("en-us"), Some("Discharge summary"));
/// assert_eq!(title.text("fr"), None);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocalizedString {
    /// The text.
    pub value: String,
    /// `xml:lang`, 0..1; absent means en-US.
    pub language: Option<String>,
    /// `charset`, 0..1; absent means UTF-8.
    pub charset: Option<String>,
    /// The further texts of the same `rim:Name` or `rim:Description`, 0..n; they have none of their own.
    pub translations: Vec<LocalizedString>,
}

impl LocalizedString {
    /// A text without a language of its own.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ..Self::default()
        }
    }

    /// A text in a language, a tag of RFC 5646.
    pub fn in_language(value: impl Into<String>, language: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            language: Some(language.into()),
            ..Self::default()
        }
    }

    /// The text in exactly this language; upper and lower case are alike.
    pub fn text(&self, language: &str) -> Option<&str> {
        let mut all = std::iter::once(self).chain(&self.translations);
        all.find(|one| one.language_or_default() == language.to_ascii_lowercase())
            .map(|one| one.value.as_str())
    }

    /// `xml:lang` in lower case.
    pub(crate) fn language_or_default(&self) -> String {
        let tag = self.language.as_deref().unwrap_or(DEFAULT_LANGUAGE);
        tag.to_ascii_lowercase()
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
