//! Prefixes and the namespaces they stand for (Namespaces in XML 1.0).

use std::borrow::Cow;

use memchr::memchr;

use super::{Malformed, escape_attribute, malformed};

/// What the prefix `xml` always stands for.
const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

type Attribute<'a> = (&'a str, Cow<'a, str>);

/// A declaration in force. The prefix is empty for the default namespace.
#[derive(Debug)]
struct Binding<'a> {
    prefix: &'a str,
    uri: Cow<'a, str>,
    known: Known,
    depth: usize,
}

/// A namespace as far as the caller cares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    /// One of the caller's, or empty.
    pub(super) uri: &'static str,
    /// It is the first of the caller's.
    pub(super) is_first: bool,
}

/// The declarations in force, the innermost last. There are few, so a walk is faster than a map.
#[derive(Debug)]
pub(super) struct Scope<'a> {
    known: &'static [&'static str],
    bindings: Vec<Binding<'a>>,
    limit: usize,
}

/// A name in two: prefix, which may be empty, and local part.
fn split(name: &str) -> Result<(&str, &str), Malformed> {
    let Some(colon) = memchr(b':', name.as_bytes()) else {
        return Ok(("", name));
    };
    let (prefix, local) = name.split_at(colon);
    let local = local.strip_prefix(':').unwrap_or_default();
    let starts_like_no_name = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | ':');
    match local.is_empty() || local.starts_with(starts_like_no_name) || local.contains(':') {
        true => Err(malformed("not a name")),
        false => Ok((prefix, local)),
    }
}

impl<'a> Scope<'a> {
    /// At most `limit` declarations in force at once.
    pub(super) fn new(known: &'static [&'static str], limit: usize) -> Self {
        Self {
            known,
            bindings: Vec::new(),
            limit,
        }
    }

    /// Takes `xmlns` or `xmlns:prefix` of the element at this depth.
    pub(super) fn declare(
        &mut self,
        name: &'a str,
        uri: Cow<'a, str>,
        depth: usize,
    ) -> Result<(), Malformed> {
        let (named, prefix) = match split(name)? {
            ("", _) => (false, ""),
            (_, prefix) => (true, prefix),
        };
        let reserved = match prefix {
            "xml" => uri != XML,
            "xmlns" => true,
            _ => uri == XML || uri == XMLNS,
        };
        if reserved || (named && uri.is_empty()) {
            return Err(malformed("a namespace declaration that is not allowed"));
        }
        let mut here = self.bindings.iter().rev().take_while(|b| b.depth == depth);
        if here.any(|binding| binding.prefix == prefix) {
            return Err(malformed("an attribute occurs twice"));
        }
        if self.bindings.len() >= self.limit {
            return Err(Malformed::Limit("namespace declarations"));
        }
        let number = self.known.iter().position(|one| *one == uri);
        let known = Known {
            uri: number
                .and_then(|at| self.known.get(at))
                .copied()
                .unwrap_or_default(),
            is_first: number == Some(0),
        };
        self.bindings.push(Binding {
            prefix,
            uri,
            known,
            depth,
        });
        Ok(())
    }

    /// Forgets what elements at this depth and deeper declared.
    pub(super) fn close(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|b| b.depth >= depth) {
            self.bindings.pop();
        }
    }

    /// Empty prefixes are told by their length: to compare no bytes is slow on some processors.
    fn binding(&self, prefix: &str) -> Option<&Binding<'a>> {
        let same = |b: &&Binding<'a>| match prefix.is_empty() {
            true => b.prefix.is_empty(),
            false => b.prefix == prefix,
        };
        self.bindings.iter().rev().find(same)
    }

    /// Namespace and local part of an element's name.
    pub(super) fn element(&self, name: &'a str) -> Result<(Known, &'a str), Malformed> {
        let (prefix, local) = split(name)?;
        match self.binding(prefix) {
            Some(binding) => Ok((binding.known, local)),
            None if prefix.is_empty() => Ok((Known::default(), local)),
            None => Err(malformed("a prefix without a namespace")),
        }
    }

    /// The namespace of a prefix; that of the empty prefix is the default namespace.
    pub(super) fn uri(&self, prefix: &str) -> Result<&str, Malformed> {
        match (prefix, self.binding(prefix)) {
            ("xml", _) => Ok(XML),
            (_, Some(binding)) => Ok(&binding.uri),
            (_, None) => Err(malformed("a prefix without a namespace")),
        }
    }

    /// The prefixes of attributes are declared, and no two attributes mean the same.
    pub(super) fn check_attributes(&self, attributes: &[Attribute<'a>]) -> Result<(), Malformed> {
        let mut seen: Vec<(&str, &str)> = Vec::new();
        for (name, _) in attributes {
            let (prefix, local) = split(name)?;
            if prefix.is_empty() {
                continue;
            }
            let expanded = (local, self.uri(prefix)?);
            if seen.contains(&expanded) {
                return Err(malformed("an attribute occurs twice"));
            }
            seen.push(expanded);
        }
        Ok(())
    }

    /// The declarations in force that the element at this depth does not make itself, as attributes.
    pub(super) fn inherited(&self, depth: usize) -> String {
        let mut out = String::new();
        for (at, binding) in self.bindings.iter().enumerate() {
            let mut inner = self.bindings.iter().skip(at + 1);
            let hidden = inner.any(|other| other.prefix == binding.prefix);
            if hidden || binding.depth >= depth || binding.uri.is_empty() {
                continue;
            }
            let colon = if binding.prefix.is_empty() { "" } else { ":" };
            let uri = escape_attribute(&binding.uri);
            out.extend([" xmlns", colon, binding.prefix, "=\"", &uri, "\""]);
        }
        out
    }
}
