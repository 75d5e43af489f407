//! A pull reader and a writer of XML: namespaces resolved, DTDs refused, everything limited.

use super::{Limits, ns};
use crate::error::Malformed;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use std::borrow::Cow;

/// The start of an element.
#[derive(Debug)]
pub(crate) struct Element {
    /// One of [`ns::ALL`], or empty for any other namespace.
    pub(crate) namespace: &'static str,
    pub(crate) local: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        self.namespace == namespace && self.local == local
    }

    /// An attribute by its name as written (`id`, `xml:lang`).
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.attribute(name).map(str::to_owned)
    }
}

/// What comes next inside an element.
pub(crate) enum Next {
    Start(Element),
    Text(String),
    End,
    Eof,
}

/// Pull reader over one body.
pub(crate) struct Reader<'a> {
    inner: NsReader<&'a [u8]>,
    limits: Limits,
    depth: usize,
    elements: usize,
}

fn malformed(what: &str) -> Malformed {
    Malformed(what.to_owned())
}

fn is_xml_char(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

fn checked(text: Cow<'_, str>) -> Result<String, Malformed> {
    match text.chars().all(is_xml_char) {
        true => Ok(text.into_owned()),
        false => Err(malformed("a character XML does not allow")),
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(body: &'a str, limits: &Limits) -> Result<Self, Malformed> {
        if body.len() > limits.bytes {
            return Err(malformed("larger than the limit"));
        }
        let mut inner = NsReader::from_str(body);
        inner.config_mut().expand_empty_elements = true;
        Ok(Self {
            inner,
            limits: limits.clone(),
            depth: 0,
            elements: 0,
        })
    }

    /// The next piece: comments and processing instructions are passed over, a DTD is refused.
    pub(crate) fn next(&mut self) -> Result<Next, Malformed> {
        loop {
            let (namespace, event) = self
                .inner
                .read_resolved_event()
                .map_err(|_| malformed("not well-formed XML"))?;
            match event {
                Event::Start(start) => {
                    let namespace = known(&namespace)?;
                    return self.start(namespace, &start).map(Next::Start);
                }
                Event::End(_) => {
                    self.depth -= usize::from(self.depth > 0);
                    return Ok(Next::End);
                }
                Event::Text(text) => return checked(text.xml10_content()).map(Next::Text),
                Event::CData(data) => return checked(data.xml10_content()).map(Next::Text),
                Event::GeneralRef(reference) => return resolve(&reference).map(Next::Text),
                Event::DocType(_) => return Err(malformed("a DTD is not allowed")),
                Event::Eof => return Ok(Next::Eof),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Empty(_) => {}
            }
        }
    }

    fn start(
        &mut self,
        namespace: &'static str,
        start: &BytesStart<'_>,
    ) -> Result<Element, Malformed> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > self.limits.depth {
            return Err(malformed("nested deeper than the limit"));
        }
        if self.elements > self.limits.elements {
            return Err(malformed("more elements than the limit"));
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| malformed("an attribute is not well-formed"))?;
            let name = attribute.key.as_ref();
            if name == "xmlns" || name.starts_with("xmlns:") {
                continue;
            }
            if attributes.len() >= self.limits.attributes {
                return Err(malformed("more attributes than the limit"));
            }
            if attributes.iter().any(|(key, _)| key == name) {
                return Err(malformed("an attribute occurs twice"));
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|_| malformed("an attribute has an unknown entity"))?;
            attributes.push((name.to_owned(), checked(value)?));
        }
        let local = start.local_name().as_ref().to_owned();
        Ok(Element {
            namespace,
            local,
            attributes,
        })
    }

    /// The root element, which must have this name.
    pub(crate) fn root(&mut self, namespace: &str, local: &str) -> Result<Element, Malformed> {
        match self.outer()? {
            Next::Start(element) if element.is(namespace, local) => Ok(element),
            Next::Start(_) => Err(Malformed(format!("the root element is not {local}"))),
            _ => Err(malformed("no element")),
        }
    }

    fn outer(&mut self) -> Result<Next, Malformed> {
        loop {
            match self.next()? {
                Next::Text(text)
                    if text
                        .trim_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
                        .is_empty() => {}
                Next::Text(_) => return Err(malformed("text outside the root element")),
                other => return Ok(other),
            }
        }
    }

    /// The next child of the element in hand, or None at its end. Text between children is passed over.
    pub(crate) fn child(&mut self) -> Result<Option<Element>, Malformed> {
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
        let mut all = String::new();
        loop {
            match self.next()? {
                Next::Text(text) => all.push_str(&text),
                Next::End => return Ok(all),
                Next::Start(_) => return Err(malformed("an element where text was expected")),
                Next::Eof => return Err(malformed("ends in the middle")),
            }
        }
    }

    /// Nothing may follow the root element.
    pub(crate) fn end(&mut self) -> Result<(), Malformed> {
        match self.outer()? {
            Next::Eof => Ok(()),
            _ => Err(malformed("something follows the root element")),
        }
    }
}

fn known(namespace: &ResolveResult<'_>) -> Result<&'static str, Malformed> {
    match namespace {
        ResolveResult::Bound(bound) => {
            let found = ns::ALL.into_iter().find(|one| *one == bound.as_ref());
            Ok(found.unwrap_or_default())
        }
        ResolveResult::Unbound => Ok(""),
        ResolveResult::Unknown(_) => Err(malformed("a prefix without a namespace")),
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, Malformed> {
    let by_number = reference
        .resolve_char_ref()
        .map_err(|_| malformed("a bad character"))?;
    let found = by_number.or(match reference.xml10_content().as_ref() {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    });
    match found {
        Some(c) if is_xml_char(c) => Ok(c.to_string()),
        _ => Err(malformed("an unknown entity")),
    }
}

/// Writes XML without white space between elements.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.out.push('>');
    }

    pub(crate) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.start(name, attributes);
        self.out.push_str("/>");
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.escaped(value, true);
            self.out.push('"');
        }
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.open(name, &[]);
        self.escaped(text, false);
        self.close(name);
    }

    /// XML that is already written.
    pub(crate) fn raw(&mut self, xml: &str) {
        self.out.push_str(xml);
    }

    fn escaped(&mut self, text: &str, attribute: bool) {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if attribute => self.out.push_str("&quot;"),
                '\r' => self.out.push_str("&#13;"),
                '\n' if attribute => self.out.push_str("&#10;"),
                '\t' if attribute => self.out.push_str("&#9;"),
                c if is_xml_char(c) => self.out.push(c),
                _ => self.out.push('\u{fffd}'),
            }
        }
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}
