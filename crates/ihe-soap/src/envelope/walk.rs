//! Walking an envelope: what the reader of XML refuses becomes a fault, and text between elements is refused.

use super::Refused;
use crate::content_type::is_utf8_name;
use crate::error::Error;
use crate::fault::Fault;
use crate::limits::Limits;
use crate::ns::{SOAP11, SOAP12, WSA, WSSE};
use crate::xml::{self, Element, Malformed, Next, Reader};

/// Namespace ("" for none) and local name.
pub(crate) type Name = (String, String);

/// The namespaces that mean something to an envelope.
const KNOWN: &[&str] = &[SOAP12, SOAP11, WSA, WSSE];

/// A reader over one document that refuses what must not be in a message.
pub(crate) struct Walk<'t> {
    reader: Reader<'t>,
    headers: usize,
}

/// The document's text, which is UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Refused> {
    std::str::from_utf8(bytes).map_err(|error| syntax("not UTF-8", error.valid_up_to()))
}

fn syntax(what: &str, at: usize) -> Refused {
    Fault::sender(format!(
        "the envelope is not well-formed XML: {what}, byte {at}"
    ))
    .into()
}

fn refused(malformed: Malformed, at: usize) -> Refused {
    match malformed {
        Malformed::Dtd => Fault::sender("a document type declaration is refused").into(),
        Malformed::Limit(what) => Error::Limit(format!("XML {what}")).into(),
        other => syntax(&other.to_string(), at),
    }
}

impl<'t> Walk<'t> {
    pub(crate) fn new(text: &'t str, limits: &Limits) -> Result<Walk<'t>, Refused> {
        let within = xml::Limits {
            depth: limits.depth,
            // the size of the envelope is limit enough
            elements: usize::MAX,
            attributes: limits.attributes,
        };
        Ok(Walk {
            reader: Reader::new(text, KNOWN, &within).map_err(|error| refused(error, 0))?,
            headers: limits.headers,
        })
    }

    pub(crate) fn malformed(&self, what: &str) -> Refused {
        syntax(what, self.reader.position())
    }

    /// How many headers a message may have.
    pub(crate) fn headers(&self) -> usize {
        self.headers
    }

    pub(crate) fn next(&mut self) -> Result<Next<'t>, Refused> {
        let next = self.reader.next();
        next.map_err(|error| refused(error, self.reader.position()))
    }

    /// The root element, of a document in UTF-8.
    pub(crate) fn root(&mut self) -> Result<Element<'t>, Refused> {
        let root = self.child()?;
        match self.reader.encoding() {
            Some(name) if !is_utf8_name(name) => {
                Err(Fault::sender("the character encoding is not UTF-8").into())
            }
            _ => root.ok_or_else(|| self.malformed("there is no element")),
        }
    }

    /// The next child element, `None` at the parent's end (or the document's). Text between is refused.
    pub(crate) fn child(&mut self) -> Result<Option<Element<'t>>, Refused> {
        loop {
            match self.next()? {
                Next::Start(start) => return Ok(Some(start)),
                Next::End | Next::Eof => return Ok(None),
                Next::Text(text) if text.trim_ascii().is_empty() => {}
                Next::Text(_) => {
                    return Err(Fault::sender("text where the envelope has only elements").into());
                }
            }
        }
    }

    /// The value of an attribute of an element just entered, by namespace and local name.
    pub(crate) fn attribute<'e>(
        &self,
        start: &'e Element<'t>,
        namespace: &str,
        local: &str,
    ) -> Option<&'e str> {
        let value = self.reader.attribute(start, namespace, local);
        value.map(str::trim_ascii)
    }

    /// Expands a name with the declarations in scope.
    pub(crate) fn expand(&self, name: &str) -> Name {
        let (namespace, local) = self.reader.expand(name);
        (namespace.to_owned(), local.to_owned())
    }

    /// Walks to the end of the element just entered.
    pub(crate) fn skip(&mut self) -> Result<(), Refused> {
        let skipped = self.reader.skip();
        skipped.map_err(|error| refused(error, self.reader.position()))
    }

    /// The text of the element just entered, without its descendants'; walks to its end.
    pub(crate) fn text_below(&mut self) -> Result<String, Refused> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Next::Start(_) => self.skip()?,
                Next::Text(piece) => text.push_str(&piece),
                Next::End | Next::Eof => return Ok(text.trim_ascii().to_owned()),
            }
        }
    }

    /// The element just entered, whole and self-contained; walks to its end.
    pub(crate) fn capture(&mut self, start: &Element<'t>) -> Result<String, Refused> {
        let captured = self.reader.capture(start);
        captured.map_err(|error| refused(error, self.reader.position()))
    }
}
