//! The pull reader: prefixes resolved, DTDs refused, everything limited, names and values borrowed from the text.

use std::borrow::Cow;

use super::element::{Attributes, Element};
use super::scope::Scope;
use super::tokens::{InTag, Token, Tokens};
use super::{Limits, Malformed, malformed, text};

/// Hardly any element of a message has more.
const USUAL_ATTRIBUTES: usize = 6;

/// What comes next inside an element. Comments and processing instructions are passed over.
#[derive(Debug)]
pub enum Next<'a> {
    /// A child begins
    Start(Element<'a>),
    /// Text, references resolved; a part of it when sections or comments stand between
    Text(Cow<'a, str>),
    /// The element in hand ends
    End,
    /// The text ends
    Eof,
}

/// A pull reader over one text. After an error nothing more may be asked of it.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    tokens: Tokens<'a>,
    scope: Scope<'a>,
    limits: Limits,
    depth: usize,
    elements: usize,
    /// The attributes of elements nobody asked for.
    passed: Attributes<'a>,
}

impl<'a> Reader<'a> {
    /// A reader of a whole document, a byte order mark before it or not. `known` are the namespaces the caller
    /// wants to hear of; elements of all others come without.
    ///
    /// # Errors
    /// A character XML cannot hold.
    pub fn new(
        text: &'a str,
        known: &'static [&'static str],
        limits: &Limits,
    ) -> Result<Reader<'a>, Malformed> {
        if !text::is_allowed(text) {
            return Err(malformed("a character XML does not allow"));
        }
        Ok(Reader {
            text,
            tokens: Tokens::of(text.strip_prefix('\u{feff}').unwrap_or(text)),
            scope: Scope::new(known, limits.attributes),
            limits: *limits,
            depth: 0,
            elements: 0,
            passed: Attributes::new(),
        })
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.text.len() - self.tokens.left()
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// The encoding that the XML declaration names, once an element was read.
    pub fn encoding(&self) -> Option<&'a str> {
        self.tokens.encoding()
    }

    /// The next piece.
    ///
    /// # Errors
    /// Not well-formed, a DTD, or over a limit; as everywhere here.
    #[expect(
        clippy::should_implement_trait,
        reason = "it fails, and has an end of its own"
    )]
    pub fn next(&mut self) -> Result<Next<'a>, Malformed> {
        let mut attributes = Attributes::new();
        match self.piece(&mut attributes)? {
            Next::Start(element) => Ok(Next::Start(Element {
                attributes,
                ..element
            })),
            other => Ok(other),
        }
    }

    /// The next piece; the attributes of a start are left in `attributes`.
    fn piece(&mut self, attributes: &mut Attributes<'a>) -> Result<Next<'a>, Malformed> {
        if self.depth > self.tokens.depth() {
            return Ok(self.close());
        }
        loop {
            match self.tokens.next()? {
                Token::Open(name) => return self.element(name, attributes).map(Next::Start),
                Token::Close => return Ok(self.close()),
                Token::Text(raw) if self.depth > 0 => return text::content(raw).map(Next::Text),
                Token::Text(raw) if raw.trim_ascii().is_empty() => {}
                Token::Text(_) => return Err(text::outside()),
                Token::CData(raw) => return Ok(Next::Text(text::unix_lines(raw))),
                Token::End => return Ok(Next::Eof),
            }
        }
    }

    fn element(
        &mut self,
        name: &'a str,
        attributes: &mut Attributes<'a>,
    ) -> Result<Element<'a>, Malformed> {
        let at = self.position() - name.len() - "<".len();
        self.depth += 1;
        self.elements += 1;
        if self.depth > self.limits.depth {
            return Err(Malformed::Limit("depth"));
        }
        if self.elements > self.limits.elements {
            return Err(Malformed::Limit("elements"));
        }
        self.scope.close(self.depth);
        self.attributes(attributes)?;
        let (namespace, local) = self.scope.element(name)?;
        Ok(Element {
            namespace: namespace.uri,
            is_first: namespace.is_first,
            local,
            name,
            at,
            attributes: Attributes::new(),
        })
    }

    /// The attributes of the element just opened; its declarations come into force.
    fn attributes(&mut self, attributes: &mut Attributes<'a>) -> Result<(), Malformed> {
        let mut count = 0;
        let mut prefixed = false;
        while let InTag::Attribute(name, value) = self.tokens.attribute()? {
            count += 1;
            if count > self.limits.attributes {
                return Err(Malformed::Limit("attributes"));
            }
            let value = text::attribute_value(value)?;
            if name == "xmlns" || name.starts_with("xmlns:") {
                self.scope.declare(name, value, self.depth)?;
                continue;
            }
            if attributes.iter().any(|(other, _)| *other == name) {
                return Err(malformed("an attribute occurs twice"));
            }
            if attributes.capacity() == 0 {
                attributes.reserve_exact(USUAL_ATTRIBUTES);
            }
            prefixed |= name.contains(':');
            attributes.push((name, value));
        }
        match prefixed {
            true => self.scope.check_attributes(attributes),
            false => Ok(()),
        }
    }

    /// What the element declared stays in force until the next one begins: see [`Reader::expand`].
    fn close(&mut self) -> Next<'a> {
        self.depth = self.depth.saturating_sub(1);
        Next::End
    }

    /// The root element, which must have this name.
    pub fn root(&mut self, namespace: &str, local: &'static str) -> Result<Element<'a>, Malformed> {
        match self.next()? {
            Next::Start(element) if element.is(namespace, local) => Ok(element),
            Next::Start(_) => Err(Malformed::Root(local)),
            _ => Err(malformed("no element")),
        }
    }

    /// The next child of the element in hand, or None at its end. Text between children is passed over.
    pub fn child(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        loop {
            self.tokens.skip_blanks();
            match self.next()? {
                Next::Start(element) => return Ok(Some(element)),
                Next::Text(_) => {}
                Next::End => return Ok(None),
                Next::Eof => return Err(text::ends_in_the_middle()),
            }
        }
    }

    /// Passes over the rest of the element in hand, which is checked all the same.
    pub fn skip(&mut self) -> Result<(), Malformed> {
        let floor = self.depth.saturating_sub(1);
        let mut passed = std::mem::take(&mut self.passed);
        while self.depth > floor {
            passed.clear();
            if matches!(self.piece(&mut passed)?, Next::Eof) {
                return Err(text::ends_in_the_middle());
            }
        }
        self.passed = passed;
        Ok(())
    }

    /// The text of the element in hand, which may have no children.
    pub fn text(&mut self) -> Result<String, Malformed> {
        let mut all = Cow::Borrowed("");
        loop {
            match self.next()? {
                Next::Text(text) if all.is_empty() => all = text,
                Next::Text(text) => all.to_mut().push_str(&text),
                Next::End => return Ok(all.into_owned()),
                Next::Start(_) => return Err(malformed("an element where text was expected")),
                Next::Eof => return Err(text::ends_in_the_middle()),
            }
        }
    }

    /// Nothing may follow the root element.
    pub fn end(&mut self) -> Result<(), Malformed> {
        match self.next()? {
            Next::Eof => Ok(()),
            _ => Err(malformed("something follows the root element")),
        }
    }

    /// The attribute of a start just read by its namespace, which is not empty, and its local name.
    pub fn attribute<'e>(
        &self,
        element: &'e Element<'a>,
        namespace: &str,
        local: &str,
    ) -> Option<&'e str> {
        let found = element.attributes.iter().find(|(name, _)| {
            let (prefix, own) = name.split_once(':').unwrap_or_default();
            own == local && self.scope.uri(prefix).is_ok_and(|uri| uri == namespace)
        });
        found.map(|(_, value)| value.as_ref())
    }

    /// Namespace and local part of a name in content, by the declarations in force where the last tag was read:
    /// those of an element also after its end. The namespace is empty if the prefix has none.
    pub fn expand<'n>(&self, name: &'n str) -> (&str, &'n str) {
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        (self.scope.uri(prefix).unwrap_or_default(), local)
    }

    /// The element just begun, whole and self-contained, and passes over it: the declarations in force that it does
    /// not make itself stand after its name.
    pub fn capture(&mut self, element: &Element<'a>) -> Result<String, Malformed> {
        let inherited = self.scope.inherited(self.depth);
        self.skip()?;
        let raw = self.text.get(element.at..self.position());
        let raw = raw.unwrap_or_default();
        let (head, rest) = raw
            .split_at_checked("<".len() + element.name.len())
            .unwrap_or((raw, ""));
        let mut out = String::with_capacity(raw.len() + inherited.len());
        out.extend([head, &inherited, rest]);
        Ok(out)
    }
}
