//! Where in a submission something is wrong: the `location` of a `rs:RegistryError` (ITI TF-3 4.2.4.1).

use std::borrow::Cow;
use std::fmt;

/// Most characters of a foreign text that are shown.
const SHOWN: usize = 128;

/// A foreign text, bounded and printable, for a location or a codeContext.
///
/// ```
/// use ihe_xds::error::shown;
/// assert_eq!(shown("Document01"), "Document01");
/// assert_eq!(shown("a\nb"), "a\u{fffd}b");
/// assert_eq!(shown(&"x".repeat(1000)).chars().count(), 129);
/// ```
pub fn shown(text: &str) -> Cow<'_, str> {
    let bad = |c: char| c.is_control();
    let end = text.char_indices().nth(SHOWN).map(|(at, _)| at);
    if end.is_none() && !text.contains(bad) {
        return Cow::Borrowed(text);
    }
    let head = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let mut out = head.replace(bad, "\u{fffd}");
    if end.is_some() {
        out.push('…');
    }
    Cow::Owned(out)
}

/// A place in a submission, in one form: `Class[id as sent]`, or `Class[id as sent]/attribute`; of an attribute that has
/// parts, `/attribute/part`, as `/author/authorPerson` and `/classCode/codingScheme`.
///
/// The class is `DocumentEntry`, `SubmissionSet`, `Folder`, `Association`, `RegistryPackage` (labelled as neither) or
/// `Document`; the attribute has its name in ITI TF-3 4.2.3, `sourceObject`, `targetObject`, or that of a Slot. An
/// object without an id is shown by its number in the message, from 1, as `[#2]`. What concerns the whole message has
/// the location `Submission`. An id is no patient data; it is bounded and printable.
///
/// ```
/// use ihe_xds::error::Location;
/// let entry = Location::of("DocumentEntry", "Document01");
/// assert_eq!(entry.to_string(), "DocumentEntry[Document01]");
/// assert_eq!(entry.attribute("classCode").to_string(), "DocumentEntry[Document01]/classCode");
/// assert_eq!(Location::submission().to_string(), "Submission");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    class: &'static str,
    id: Option<String>,
    attribute: Option<Cow<'static, str>>,
}

impl Location {
    /// An object by its class and its id.
    pub fn of(class: &'static str, id: &str) -> Self {
        Self {
            class,
            id: Some(id.to_owned()),
            attribute: None,
        }
    }

    /// The message as a whole.
    pub fn submission() -> Self {
        Self {
            class: "Submission",
            id: None,
            attribute: None,
        }
    }

    /// An attribute of the same object, or a part of the attribute.
    pub fn attribute(&self, name: impl Into<Cow<'static, str>>) -> Self {
        let name = match &self.attribute {
            Some(whole) => Cow::Owned(format!("{whole}/{}", name.into())),
            None => name.into(),
        };
        Self {
            attribute: Some(name),
            ..self.clone()
        }
    }

    /// Class and attribute, as the Framework writes them: `DocumentEntry.classCode`.
    pub(crate) fn subject(&self) -> String {
        match &self.attribute {
            Some(name) => format!("{}.{}", self.class, shown(name)),
            None => self.class.to_owned(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.class)?;
        if let Some(id) = &self.id {
            write!(f, "[{}]", shown(id))?;
        }
        match &self.attribute {
            Some(name) => write!(f, "/{}", shown(name)),
            None => Ok(()),
        }
    }
}
