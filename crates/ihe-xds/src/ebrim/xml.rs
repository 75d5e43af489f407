//! A pull reader of XML 1.0 with namespaces: prefixes resolved, DTDs refused, everything limited, names and values borrowed from the body.

mod namespaces;
mod text;
mod tokens;
mod writer;

pub(crate) use writer::{Writer, attribute as escaped_attribute};

use super::Limits;
use crate::error::Malformed;
use namespaces::Scope;
use std::borrow::Cow;
use tokens::{InTag, Token, Tokens};

/// The start of an element.
pub(crate) struct Element<'a> {
    /// One of [`super::ns::ALL`], or empty for any other namespace.
    pub(crate) namespace: &'static str,
    pub(crate) local: &'a str,
    is_rim: bool,
    attributes: Attributes<'a>,
}

type Attributes<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// Hardly any element of ebRIM has more.
const USUAL_ATTRIBUTES: usize = 6;

impl<'a> Element<'a> {
    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && self.namespace == namespace
    }

    /// The name if it is one of ebRIM, else an empty text.
    pub(crate) fn rim(&self) -> &'a str {
        match self.is_rim {
            true => self.local,
            false => "",
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
    tokens: Tokens<'a>,
    scope: Scope<'a>,
    limits: Limits,
    depth: usize,
    elements: usize,
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
        Ok(Self {
            tokens: Tokens::of(body.strip_prefix('\u{feff}').unwrap_or(body)),
            scope: Scope::new(limits.attributes),
            limits: limits.clone(),
            depth: 0,
            elements: 0,
        })
    }

    /// The next piece: comments and processing instructions are passed over, a DTD is refused.
    pub(crate) fn next(&mut self) -> Result<Next<'a>, Malformed> {
        if self.depth > self.tokens.depth() {
            return Ok(self.close());
        }
        loop {
            match self.tokens.next()? {
                Token::Open(name) => return self.element(name).map(Next::Start),
                Token::Close => return Ok(self.close()),
                Token::Text(raw) if self.depth > 0 => return text::content(raw).map(Next::Text),
                Token::Text(raw) if raw.trim_ascii().is_empty() => {}
                Token::Text(_) => return Err(text::outside()),
                Token::CData(raw) => return Ok(Next::Text(text::unix_lines(raw))),
                Token::End => return Ok(Next::Eof),
            }
        }
    }

    fn element(&mut self, name: &'a str) -> Result<Element<'a>, Malformed> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > self.limits.depth {
            return Err(malformed("nested deeper than the limit"));
        }
        if self.elements > self.limits.elements {
            return Err(malformed("more elements than the limit"));
        }
        let attributes = self.attributes()?;
        let (namespace, local) = self.scope.element(name)?;
        Ok(Element {
            namespace: namespace.uri,
            is_rim: namespace.is_rim,
            local,
            attributes,
        })
    }

    /// The attributes of the element just opened; its declarations come into force.
    fn attributes(&mut self) -> Result<Attributes<'a>, Malformed> {
        let mut attributes = Attributes::new();
        let mut count = 0;
        let mut prefixed = false;
        while let InTag::Attribute(name, value) = self.tokens.attribute()? {
            count += 1;
            if count > self.limits.attributes {
                return Err(malformed("more attributes than the limit"));
            }
            let value = text::attribute_value(value)?;
            if name == "xmlns" || name.starts_with("xmlns:") {
                self.scope.declare(name, value, self.depth)?;
                continue;
            }
            if attributes.iter().any(|(other, _)| *other == name) {
                return Err(malformed("an attribute occurs twice"));
            }
            if attributes.is_empty() {
                attributes.reserve_exact(USUAL_ATTRIBUTES);
            }
            prefixed |= name.contains(':');
            attributes.push((name, value));
        }
        if prefixed {
            self.scope.check_attributes(&attributes)?;
        }
        Ok(attributes)
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
            self.tokens.skip_blanks();
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
