//! Prefixes and the namespaces they stand for (Namespaces in XML 1.0).

use super::malformed;
use super::text::is_name;
use crate::ebrim::ns;
use crate::error::Malformed;
use std::borrow::Cow;

/// A declaration in force. The prefix is empty for the default namespace.
struct Binding<'a> {
    prefix: &'a str,
    uri: Cow<'a, str>,
    /// The same as one of [`ns::ALL`], or empty.
    known: &'static str,
    depth: usize,
}

/// The declarations in force, the innermost last. There are few, so a walk is faster than a map.
pub(super) struct Scope<'a> {
    bindings: Vec<Binding<'a>>,
    limit: usize,
}

/// A name in two: prefix, which may be empty, and local part.
fn split(name: &str) -> Result<(&str, &str), Malformed> {
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) if is_name(prefix) => (prefix, local),
        Some(_) => return Err(malformed("not a name")),
        None => ("", name),
    };
    match is_name(local) {
        true => Ok((prefix, local)),
        false => Err(malformed("not a name")),
    }
}

impl<'a> Scope<'a> {
    /// At most `limit` declarations in force at once.
    pub(super) fn new(limit: usize) -> Self {
        Self {
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
        let prefix = match name.split_once(':') {
            Some((_, prefix)) => prefix,
            None => "",
        };
        let named = name != "xmlns";
        let reserved = match prefix {
            "xml" => uri != ns::XML,
            "xmlns" => true,
            _ => uri == ns::XML || uri == "http://www.w3.org/2000/xmlns/",
        };
        if reserved || (named && (uri.is_empty() || !is_name(prefix))) {
            return Err(malformed("a namespace declaration that is not allowed"));
        }
        let mut here = self.bindings.iter().rev().take_while(|b| b.depth == depth);
        if here.any(|binding| binding.prefix == prefix) {
            return Err(malformed("an attribute occurs twice"));
        }
        if self.bindings.len() >= self.limit {
            return Err(malformed("more namespace declarations than the limit"));
        }
        let known = ns::ALL.into_iter().find(|one| *one == uri);
        self.bindings.push(Binding {
            prefix,
            uri,
            known: known.unwrap_or_default(),
            depth,
        });
        Ok(())
    }

    /// Forgets what the element at this depth declared.
    pub(super) fn close(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|b| b.depth >= depth) {
            self.bindings.pop();
        }
    }

    fn binding(&self, prefix: &str) -> Option<&Binding<'a>> {
        self.bindings.iter().rev().find(|b| b.prefix == prefix)
    }

    /// Namespace (one of [`ns::ALL`], or empty) and local part of an element's name.
    pub(super) fn element(&self, name: &'a str) -> Result<(&'static str, &'a str), Malformed> {
        let (prefix, local) = split(name)?;
        match self.binding(prefix) {
            Some(binding) => Ok((binding.known, local)),
            None if prefix.is_empty() => Ok(("", local)),
            None => Err(malformed("a prefix without a namespace")),
        }
    }

    fn uri(&self, prefix: &str) -> Result<&str, Malformed> {
        match (prefix, self.binding(prefix)) {
            ("xml", _) => Ok(ns::XML),
            (_, Some(binding)) => Ok(&binding.uri),
            (_, None) => Err(malformed("a prefix without a namespace")),
        }
    }

    /// Names of attributes are names, their prefixes are declared, and no two mean the same.
    pub(super) fn check_attributes(
        &self,
        attributes: &[(&'a str, Cow<'a, str>)],
    ) -> Result<(), Malformed> {
        for (at, (name, _)) in attributes.iter().enumerate() {
            let (prefix, local) = split(name)?;
            if prefix.is_empty() {
                continue;
            }
            let uri = self.uri(prefix)?;
            for (other, _) in attributes.iter().take(at) {
                let (other_prefix, other_local) = split(other)?;
                if other_local == local
                    && !other_prefix.is_empty()
                    && self.uri(other_prefix)? == uri
                {
                    return Err(malformed("an attribute occurs twice"));
                }
            }
        }
        Ok(())
    }
}
