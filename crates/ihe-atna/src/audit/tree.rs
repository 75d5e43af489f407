//! ITI-20 a small element tree under limits, the reader's only view of XML. DTDs are refused;
//! namespaces and prefixes are passed over, as the audit message has none.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};

use crate::audit::reader::{ReadError, ReadLimits};

/// An element: local name, attributes, children, text.
#[derive(Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// An attribute's value by local name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    /// An attribute's value, owned.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.attribute(name).map(str::to_owned)
    }

    /// Children of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// First child of a name.
    pub(crate) fn first(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// Reads a document into its root element.
pub(crate) fn parse(xml: &str, limits: &ReadLimits) -> Result<Element, ReadError> {
    if xml.len() > limits.size {
        return Err(ReadError::TooLarge);
    }
    let mut reader = Reader::from_str(xml.trim_start_matches('\u{feff}'));
    let mut open = vec![Element::default()];
    let mut elements = 0;
    loop {
        let event = reader.read_event().map_err(|_| ReadError::Xml)?;
        match event {
            Event::Start(start) => {
                count(&mut elements, open.len(), limits)?;
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                count(&mut elements, open.len(), limits)?;
                let child = element(&start)?;
                last(&mut open)?.children.push(child);
            }
            Event::End(_) => close(&mut open)?,
            Event::Text(text) => last(&mut open)?.text.push_str(&text.xml10_content()),
            Event::CData(text) => last(&mut open)?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = resolve(&reference)?;
                last(&mut open)?.text.push(character);
            }
            Event::DocType(_) => return Err(ReadError::Dtd),
            Event::Eof => break,
            _ => {}
        }
    }
    root(open)
}

fn count(elements: &mut usize, depth: usize, limits: &ReadLimits) -> Result<(), ReadError> {
    *elements += 1;
    if *elements > limits.elements || depth > limits.depth {
        return Err(ReadError::TooLarge);
    }
    Ok(())
}

fn element(start: &BytesStart<'_>) -> Result<Element, ReadError> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| ReadError::Xml)?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|_| ReadError::Xml)?;
        let name = attribute.key.local_name().as_ref().to_owned();
        attributes.push((name, value.into_owned()));
    }
    let name = start.local_name().as_ref().to_owned();
    Ok(Element {
        name,
        attributes,
        ..Element::default()
    })
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

fn last(open: &mut [Element]) -> Result<&mut Element, ReadError> {
    open.last_mut().ok_or(ReadError::Xml)
}

fn close(open: &mut Vec<Element>) -> Result<(), ReadError> {
    let done = open.pop().ok_or(ReadError::Xml)?;
    last(open)?.children.push(done);
    Ok(())
}

fn root(open: Vec<Element>) -> Result<Element, ReadError> {
    let mut open = open.into_iter();
    match (open.next(), open.next()) {
        (Some(mut document), None) if document.children.len() == 1 => {
            document.children.pop().ok_or(ReadError::Xml)
        }
        _ => Err(ReadError::Xml),
    }
}
