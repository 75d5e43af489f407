//! Walking XML text with every check on the way: no DTD, no foreign entity, bounded depth, names resolved.

use std::ops::Range;

use memchr::memmem;
use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{PrefixDeclaration, ResolveResult};

use super::Refused;
use crate::content_type::is_utf8_name;
use crate::error::Error;
use crate::fault::Fault;
use crate::limits::Limits;
use crate::ns::{SOAP11, SOAP12, WSA, WSSE};
use crate::xml::is_xml_char;

/// Namespace ("" for none) and local name.
pub(crate) type Name = (String, String);

/// The namespaces that mean something to an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Soap12,
    Soap11,
    Wsa,
    Wsse,
    Other,
}

impl Space {
    fn of(result: &ResolveResult<'_>) -> Space {
        match result {
            ResolveResult::Bound(namespace) => match namespace.0 {
                SOAP12 => Space::Soap12,
                SOAP11 => Space::Soap11,
                WSA => Space::Wsa,
                WSSE => Space::Wsse,
                _ => Space::Other,
            },
            _ => Space::Other,
        }
    }
}

/// A reader over one document that refuses what must not be in a message.
pub(crate) struct Walk<'t, 'l> {
    text: &'t str,
    reader: NsReader<&'t [u8]>,
    limits: &'l Limits,
    depth: usize,
}

/// The document's text: UTF-8 only, without a byte order mark, XML characters only.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Refused> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|e| malformed("not UTF-8", e.valid_up_to()))?;
    let is_control = |b: u8| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
    // without a way out of the loop it is done many bytes at a time
    let controls = bytes.iter().fold(false, |found, b| found | is_control(*b));
    let control = controls.then(|| bytes.iter().position(|b| is_control(*b)));
    let control = control.flatten();
    let nonchar =
        memmem::find(bytes, b"\xEF\xBF\xBE").or_else(|| memmem::find(bytes, b"\xEF\xBF\xBF"));
    match control.or(nonchar) {
        Some(at) => Err(malformed("a character XML cannot hold", at)),
        None => Ok(text),
    }
}

pub(crate) fn malformed(what: &str, at: usize) -> Refused {
    Fault::sender(format!(
        "the envelope is not well-formed XML: {what}, byte {at}"
    ))
    .into()
}

impl<'t, 'l> Walk<'t, 'l> {
    pub(crate) fn new(text: &'t str, limits: &'l Limits) -> Walk<'t, 'l> {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Walk {
            text,
            reader,
            limits,
            depth: 0,
        }
    }

    pub(crate) fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position())
            .unwrap_or(usize::MAX)
            .min(self.text.len())
    }

    pub(crate) fn malformed(&self, what: &str) -> Refused {
        malformed(what, self.position())
    }

    /// The next event, checked, and where it stands. An empty element comes as a start and an end.
    pub(crate) fn next(&mut self) -> Result<(Event<'t>, Range<usize>), Refused> {
        let from = self.position();
        let event = self
            .reader
            .read_event()
            .map_err(|_| self.malformed("syntax"))?;
        match &event {
            Event::Start(start) => self.enter(start)?,
            Event::End(_) => self.leave()?,
            Event::DocType(_) => {
                return Err(Fault::sender("a document type declaration is refused").into());
            }
            Event::GeneralRef(reference) => self.check_reference(reference)?,
            Event::Decl(declaration) if from == 0 => self.check_declaration(declaration)?,
            Event::Decl(_) => return Err(self.malformed("XML declaration")),
            Event::Text(text) if self.depth == 0 && !text.trim().is_empty() => {
                return Err(self.malformed("text outside the envelope"));
            }
            Event::CData(_) if self.depth == 0 => {
                return Err(self.malformed("text outside the envelope"));
            }
            Event::Eof if self.depth > 0 => return Err(self.malformed("it ends early")),
            _ => {}
        }
        Ok((event, from..self.position()))
    }

    fn enter(&mut self, start: &BytesStart<'t>) -> Result<(), Refused> {
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(Error::Limit("XML depth".into()).into());
        }
        if let (ResolveResult::Unknown(_), _) = self.reader.resolver().resolve_element(start.name())
        {
            return Err(self.malformed("undeclared prefix of an element"));
        }
        for (count, attribute) in start.attributes().enumerate() {
            if count >= self.limits.attributes {
                return Err(Error::Limit("XML attributes".into()).into());
            }
            let attribute = attribute.map_err(|_| self.malformed("attribute"))?;
            if let (ResolveResult::Unknown(_), _) =
                self.reader.resolver().resolve_attribute(attribute.key)
            {
                return Err(self.malformed("undeclared prefix of an attribute"));
            }
            self.check_value(&attribute.value)?;
        }
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Refused> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or_else(|| self.malformed("end tag"))?;
        Ok(())
    }

    fn check_value(&self, raw: &str) -> Result<(), Refused> {
        if raw.contains('<') {
            return Err(self.malformed("attribute value"));
        }
        if raw.contains('&') {
            let value =
                quick_xml::escape::unescape(raw).map_err(|_| self.malformed("reference"))?;
            if !value.chars().all(is_xml_char) {
                return Err(self.malformed("character reference"));
            }
        }
        Ok(())
    }

    fn check_reference(&self, reference: &quick_xml::events::BytesRef<'_>) -> Result<(), Refused> {
        match resolve_reference(reference) {
            Some(_) if self.depth > 0 => Ok(()),
            _ => Err(self.malformed("reference")),
        }
    }

    fn check_declaration(
        &self,
        declaration: &quick_xml::events::BytesDecl<'_>,
    ) -> Result<(), Refused> {
        match declaration.encoding() {
            None => Ok(()),
            Some(Ok(name)) if is_utf8_name(&name) => Ok(()),
            Some(_) => Err(Fault::sender("the character encoding is not UTF-8").into()),
        }
    }

    /// Namespace and local name of an element just entered.
    pub(crate) fn name(&self, start: &BytesStart<'_>) -> Name {
        let (namespace, local) = self.reader.resolver().resolve_element(start.name());
        (namespace_of(&namespace), local.into_inner().to_owned())
    }

    /// The namespace of an element just entered, if it is one of ours, and its local name.
    pub(crate) fn known<'s>(&self, start: &'s BytesStart<'_>) -> (Space, &'s str) {
        let (namespace, local) = self.reader.resolver().resolve_element(start.name());
        (Space::of(&namespace), local.into_inner())
    }

    /// The value of an attribute of an element just entered, by namespace and local name.
    pub(crate) fn attribute(
        &self,
        start: &BytesStart<'_>,
        space: Space,
        local: &str,
    ) -> Option<String> {
        if !start.attributes_raw().contains(local) {
            return None;
        }
        let mut attributes = start.attributes();
        // they were checked when the element was entered
        attributes
            .with_checks(false)
            .flatten()
            .find_map(|attribute| {
                if attribute.key.local_name().into_inner() != local {
                    return None;
                }
                let (found, _) = self.reader.resolver().resolve_attribute(attribute.key);
                let value = || quick_xml::escape::unescape(&attribute.value).unwrap_or_default();
                (Space::of(&found) == space).then(|| value().trim().to_owned())
            })
    }

    /// Expands a prefixed name in content with the declarations in scope.
    pub(crate) fn expand(&self, qname: &str) -> Name {
        let (namespace, local) = self
            .reader
            .resolver()
            .resolve_element(quick_xml::name::QName(qname));
        (namespace_of(&namespace), local.into_inner().to_owned())
    }

    /// Walks to the end of the element just entered.
    pub(crate) fn skip(&mut self) -> Result<(), Refused> {
        let outer = self.depth;
        loop {
            match self.next()?.0 {
                Event::End(_) if self.depth < outer => return Ok(()),
                Event::Eof => return Err(self.malformed("it ends early")),
                _ => {}
            }
        }
    }

    /// The text of the element just entered, without its descendants'; walks to its end.
    pub(crate) fn text_below(&mut self) -> Result<String, Refused> {
        let outer = self.depth;
        let mut text = String::new();
        loop {
            match self.next()?.0 {
                Event::End(_) if self.depth < outer => return Ok(text.trim().to_owned()),
                Event::Text(piece) if self.depth == outer => text.push_str(&piece),
                Event::CData(piece) if self.depth == outer => text.push_str(&piece),
                Event::GeneralRef(reference) if self.depth == outer => {
                    text.extend(resolve_reference(&reference))
                }
                Event::Eof => return Err(self.malformed("it ends early")),
                _ => {}
            }
        }
    }

    /// How many headers a message may have.
    pub(crate) fn headers(&self) -> usize {
        self.limits.headers
    }

    /// The declarations in scope that the element just entered does not make itself, as attributes.
    pub(crate) fn inherited(&self, start: &BytesStart<'_>) -> String {
        let own: Vec<&str> = start
            .attributes()
            .flatten()
            .map(|a| a.key.into_inner())
            .collect();
        let mut out = String::new();
        for (prefix, namespace) in self.reader.resolver().bindings() {
            let name = match prefix {
                PrefixDeclaration::Default => "xmlns".to_owned(),
                PrefixDeclaration::Named(prefix) => format!("xmlns:{prefix}"),
            };
            if !own.contains(&name.as_str()) {
                let value = namespace.into_inner().replace('"', "&quot;");
                out.push_str(&format!(" {name}=\"{value}\""));
            }
        }
        out
    }

    /// The element just entered, whole and self-contained; walks to its end.
    pub(crate) fn capture(
        &mut self,
        start: &BytesStart<'_>,
        from: usize,
    ) -> Result<String, Refused> {
        let declarations = self.inherited(start);
        self.skip()?;
        let raw = self.text.get(from..self.position()).unwrap_or_default();
        let after_name = 1 + start.name().into_inner().len();
        match (raw.get(..after_name), raw.get(after_name..)) {
            (Some(head), Some(rest)) if head.starts_with('<') => {
                Ok(format!("{head}{declarations}{rest}"))
            }
            _ => Err(self.malformed("element")),
        }
    }
}

fn namespace_of(result: &ResolveResult<'_>) -> String {
    match result {
        ResolveResult::Bound(namespace) => namespace.0.to_owned(),
        _ => String::new(),
    }
}

/// The character of a predefined or numeric reference; no other is known to a message without a DTD.
fn resolve_reference(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => is_xml_char(c).then_some(c),
        Ok(None) => match &**reference {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => None,
        },
        Err(_) => None,
    }
}
