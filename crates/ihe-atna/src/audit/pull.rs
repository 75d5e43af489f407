//! ITI-20 a cursor over XML under limits, the reader's only view of it. Nothing is kept of what was
//! passed over; DTDs are refused; prefixes are ignored, as the audit message has no namespace.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::audit::reader::{ReadError, ReadLimits};

/// Stands in an open element: behind its start tag, or behind its last child.
pub(crate) struct Pull<'a> {
    reader: Reader<&'a [u8]>,
    limits: &'a ReadLimits,
    /// The element opened last ends with its start tag.
    empty: bool,
    depth: usize,
    elements: usize,
}

impl<'a> Pull<'a> {
    /// Before the document element.
    pub(crate) fn new(xml: &'a str, limits: &'a ReadLimits) -> Result<Pull<'a>, ReadError> {
        if xml.len() > limits.size {
            return Err(ReadError::TooLarge);
        }
        Ok(Pull {
            reader: Reader::from_str(xml.trim_start_matches('\u{feff}')),
            limits,
            empty: false,
            depth: 0,
            elements: 0,
        })
    }

    /// The document element.
    pub(crate) fn root(&mut self) -> Result<BytesStart<'a>, ReadError> {
        self.child()?.ok_or(ReadError::Xml)
    }

    /// The next child of the open element, opened; or its end, and the cursor stands in its parent.
    pub(crate) fn child(&mut self) -> Result<Option<BytesStart<'a>>, ReadError> {
        self.walk(|_| {})
    }

    /// To the end of the open element.
    pub(crate) fn skip(&mut self) -> Result<(), ReadError> {
        let parent = self.depth.saturating_sub(1);
        while self.depth > parent {
            self.child()?;
        }
        Ok(())
    }

    /// The text of the open element without that of its children, to its end.
    pub(crate) fn text(&mut self) -> Result<String, ReadError> {
        let mut text = String::new();
        while self.walk(|part| text.push_str(part))?.is_some() {
            self.skip()?;
        }
        Ok(text)
    }

    /// Behind the document element: nothing more may come but white space and comments.
    pub(crate) fn finish(&mut self) -> Result<(), ReadError> {
        loop {
            match self.event()? {
                Event::Eof => return Ok(()),
                Event::Start(_) | Event::Empty(_) | Event::End(_) => return Err(ReadError::Xml),
                Event::DocType(_) => return Err(ReadError::Dtd),
                _ => {}
            }
        }
    }

    /// Tells each attribute of a start tag by local name, entities resolved.
    pub(crate) fn attributes<'t>(
        &self,
        start: &'t BytesStart<'_>,
        mut each: impl FnMut(&str, Cow<'t, str>),
    ) -> Result<(), ReadError> {
        // quick-xml compares each name with all before it: the limit bounds that as well.
        for (count, attribute) in start.attributes().enumerate() {
            if count >= self.limits.attributes {
                return Err(ReadError::TooLarge);
            }
            let attribute = attribute.map_err(|_| ReadError::Xml)?;
            each(attribute.key.local_name().as_ref(), value(attribute)?);
        }
        Ok(())
    }

    fn event(&mut self) -> Result<Event<'a>, ReadError> {
        self.reader.read_event().map_err(|_| ReadError::Xml)
    }

    fn walk(&mut self, mut text: impl FnMut(&str)) -> Result<Option<BytesStart<'a>>, ReadError> {
        if std::mem::take(&mut self.empty) {
            self.depth -= 1;
            return Ok(None);
        }
        loop {
            match self.event()? {
                Event::Start(start) => return self.enter(start, false),
                Event::Empty(start) => return self.enter(start, true),
                Event::End(_) => {
                    self.depth = self.depth.checked_sub(1).ok_or(ReadError::Xml)?;
                    return Ok(None);
                }
                Event::Text(part) => text(&part.xml10_content()),
                Event::CData(part) => text(&part.xml10_content()),
                Event::GeneralRef(reference) => {
                    text(resolve(&reference)?.encode_utf8(&mut [0; 4]));
                }
                Event::DocType(_) => return Err(ReadError::Dtd),
                Event::Eof => return Err(ReadError::Xml),
                _ => {}
            }
        }
    }

    fn enter(
        &mut self,
        start: BytesStart<'a>,
        empty: bool,
    ) -> Result<Option<BytesStart<'a>>, ReadError> {
        self.empty = empty;
        self.depth += 1;
        self.elements += 1;
        if self.elements > self.limits.elements || self.depth > self.limits.depth {
            return Err(ReadError::TooLarge);
        }
        Ok(Some(start))
    }
}

/// Most values have nothing to resolve or to normalise, and are told as they stand.
fn value<'t>(attribute: Attribute<'t>) -> Result<Cow<'t, str>, ReadError> {
    let special = |byte: u8| matches!(byte, b'&' | b'\t' | b'\n' | b'\r');
    if !attribute.value.bytes().any(special) {
        return Ok(attribute.value);
    }
    let normalized = attribute.normalized_value(XmlVersion::Implicit1_0);
    normalized.map_err(|_| ReadError::Xml)
}

fn resolve(reference: &BytesRef<'_>) -> Result<char, ReadError> {
    if let Some(character) = reference.resolve_char_ref().map_err(|_| ReadError::Xml)? {
        return Ok(character);
    }
    match reference.xml10_content().as_ref() {
        "amp" => Ok('&'),
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "quot" => Ok('"'),
        "apos" => Ok('\''),
        _ => Err(ReadError::Xml),
    }
}
