//! A pull reader of XML 1.0 with namespaces: prefixes resolved, DTDs refused, everything limited, names and values borrowed from the body.

mod namespaces;
mod text;
mod writer;

pub(crate) use writer::{Writer, attribute as escaped_attribute};

use super::{Limits, ns};
use crate::error::Malformed;
use namespaces::Scope;
use quick_xml::events::Event;
use std::borrow::Cow;

/// The start of an element.
pub(crate) struct Element<'a> {
    /// One of [`ns::ALL`], or empty for any other namespace.
    pub(crate) namespace: &'static str,
    pub(crate) local: &'a str,
    attributes: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Element<'a> {
    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace == namespace
    }

    /// The name if it is one of ebRIM, else an empty text.
    pub(crate) fn rim(&self) -> &'a str {
        match self.namespace {
            ns::RIM => self.local,
            _ => "",
        }
    }

    /// An attribute by its name as written (`id`, `xml:lang`).
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_ref())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.attribute(name).map(str::to_owned)
    }
}

/// What comes next inside an element.
pub(crate) enum Next<'a> {
    Start(Element<'a>),
    Text(Cow<'a, str>),
    End,
    Eof,
}

/// Pull reader over one body.
pub(crate) struct Reader<'a> {
    inner: quick_xml::Reader<&'a [u8]>,
    body: &'a str,
    scope: Scope<'a>,
    limits: Limits,
    depth: usize,
    elements: usize,
    /// `<a/>` was read, its end is still to be told.
    end_owed: bool,
    begun: bool,
}

fn malformed(what: &str) -> Malformed {
    Malformed(what.to_owned())
}

impl<'a> Reader<'a> {
    pub(crate) fn new(body: &'a str, limits: &Limits) -> Result<Self, Malformed> {
        if body.len() > limits.bytes {
            return Err(malformed("larger than the limit"));
        }
        if !text::is_allowed(body) {
            return Err(malformed("a character XML does not allow"));
        }
        let body = body.strip_prefix('\u{feff}').unwrap_or(body);
        let mut inner = quick_xml::Reader::from_str(body);
        inner.config_mut().check_comments = true;
        Ok(Self {
            inner,
            body,
            scope: Scope::new(limits.attributes),
            limits: limits.clone(),
            depth: 0,
            elements: 0,
            end_owed: false,
            begun: false,
        })
    }

    /// The next piece: comments and processing instructions are passed over, a DTD is refused.
    pub(crate) fn next(&mut self) -> Result<Next<'a>, Malformed> {
        if std::mem::take(&mut self.end_owed) {
            return Ok(self.close());
        }
        loop {
            let first = !std::mem::replace(&mut self.begun, true);
            let event = self.inner.read_event();
            match event.map_err(|_| malformed("not well-formed XML"))? {
                Event::Start(start) => return self.start(start.len(), ">".len()),
                Event::Empty(start) => {
                    self.end_owed = true;
                    return self.start(start.len(), "/>".len());
                }
                Event::End(_) => return Ok(self.close()),
                Event::Eof if self.depth > 0 => return Err(malformed("ends in the middle")),
                Event::Eof => return Ok(Next::Eof),
                Event::DocType(_) => return Err(malformed("a DTD is not allowed")),
                Event::Decl(_) if !first => return Err(malformed("not well-formed XML")),
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::Text(text) if self.depth == 0 && text.trim_ascii().is_empty() => {}
                _ if self.depth == 0 => return Err(malformed("text outside the root element")),
                Event::Text(text) => return Ok(Next::Text(text::unix_lines(text.into_inner()))),
                Event::CData(data) => return Ok(Next::Text(text::unix_lines(data.into_inner()))),
                Event::GeneralRef(name) => {
                    let c = text::reference(&name)?;
                    return Ok(Next::Text(Cow::Owned(c.into())));
                }
            }
        }
    }

    /// The start tag that was just read: `inside` bytes between `<` and what ends it.
    fn start(&mut self, inside: usize, end: usize) -> Result<Next<'a>, Malformed> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > self.limits.depth {
            return Err(malformed("nested deeper than the limit"));
        }
        if self.elements > self.limits.elements {
            return Err(malformed("more elements than the limit"));
        }
        let read = usize::try_from(self.inner.buffer_position()).unwrap_or_default();
        let to = read.saturating_sub(end);
        let tag = self.body.get(to.saturating_sub(inside)..to);
        self.element(tag.unwrap_or_default()).map(Next::Start)
    }

    fn element(&mut self, tag: &'a str) -> Result<Element<'a>, Malformed> {
        let blank = |byte: u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let name_end = tag.bytes().position(blank).unwrap_or(tag.len());
        let (name, rest) = tag.split_at(name_end);
        let mut attributes: Vec<(&str, Cow<'_, str>)> = Vec::new();
        for (count, attribute) in text::Attributes::of(rest).enumerate() {
            if count >= self.limits.attributes {
                return Err(malformed("more attributes than the limit"));
            }
            let (name, value) = attribute?;
            let value = text::attribute_value(value)?;
            if name == "xmlns" || name.starts_with("xmlns:") {
                self.scope.declare(name, value, self.depth)?;
            } else if attributes.iter().any(|(other, _)| *other == name) {
                return Err(malformed("an attribute occurs twice"));
            } else {
                attributes.push((name, value));
            }
        }
        self.scope.check_attributes(&attributes)?;
        let (namespace, local) = self.scope.element(name)?;
        Ok(Element {
            namespace,
            local,
            attributes,
        })
    }

    fn close(&mut self) -> Next<'a> {
        self.scope.close(self.depth);
        self.depth = self.depth.saturating_sub(1);
        Next::End
    }

    /// The root element, which must have this name.
    pub(crate) fn root(&mut self, namespace: &str, local: &str) -> Result<Element<'a>, Malformed> {
        match self.next()? {
            Next::Start(element) if element.is(namespace, local) => Ok(element),
            Next::Start(_) => Err(Malformed(format!("the root element is not {local}"))),
            _ => Err(malformed("no element")),
        }
    }

    /// The next child of the element in hand, or None at its end. Text between children is passed over.
    pub(crate) fn child(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        loop {
            match self.next()? {
                Next::Start(element) => return Ok(Some(element)),
                Next::Text(_) => {}
                Next::End => return Ok(None),
                Next::Eof => return Err(malformed("ends in the middle")),
            }
        }
    }

    /// Passes over the rest of the element in hand.
    pub(crate) fn skip(&mut self) -> Result<(), Malformed> {
        let floor = self.depth.saturating_sub(1);
        while self.depth > floor {
            if matches!(self.next()?, Next::Eof) {
                return Err(malformed("ends in the middle"));
            }
        }
        Ok(())
    }

    /// The text of the element in hand, which may have no children.
    pub(crate) fn text(&mut self) -> Result<String, Malformed> {
        let mut all = Cow::Borrowed("");
        loop {
            match self.next()? {
                Next::Text(text) if all.is_empty() => all = text,
                Next::Text(text) => all.to_mut().push_str(&text),
                Next::End => return Ok(all.into_owned()),
                Next::Start(_) => return Err(malformed("an element where text was expected")),
                Next::Eof => return Err(malformed("ends in the middle")),
            }
        }
    }

    /// Nothing may follow the root element.
    pub(crate) fn end(&mut self) -> Result<(), Malformed> {
        match self.next()? {
            Next::Eof => Ok(()),
            _ => Err(malformed("something follows the root element")),
        }
    }
}

#[cfg(test)]
mod tests;
