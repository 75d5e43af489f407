//! The start of an element, as the reader hands it out.

use std::borrow::Cow;

/// The attributes of one element without its declarations: name as written, and value.
pub(super) type Attributes<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The start of an element. Its declarations of namespaces are in force and not among its attributes.
#[derive(Debug)]
pub struct Element<'a> {
    /// One of the namespaces the reader was given, or empty for any other and for none.
    pub namespace: &'static str,
    /// The name without its prefix.
    pub local: &'a str,
    /// The name as written, with its prefix.
    pub name: &'a str,
    pub(super) is_first: bool,
    /// The byte of the text at which the element begins.
    pub(super) at: usize,
    pub(super) attributes: Attributes<'a>,
}

impl<'a> Element<'a> {
    /// Whether it has this name.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace == namespace
    }

    /// The local name if the namespace is the first of those the reader was given, else an empty text: no
    /// namespaces are compared, for those who ask much.
    pub fn first(&self) -> &'a str {
        match self.is_first {
            true => self.local,
            false => "",
        }
    }

    /// An attribute by its name as written (`id`, `xml:lang`).
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_ref())
    }

    /// As [`Element::attribute`], owned.
    pub fn owned(&self, name: &str) -> Option<String> {
        self.attribute(name).map(str::to_owned)
    }
}
