//! What came back, and the values that an assertion looks at: [`SELECTORS`].

pub mod hl7;
pub mod xml;

use crate::wire::{http, mtom};
use std::collections::BTreeMap;

/// What a person reads of selectors.
pub const SELECTORS: &str = include_str!("selectors.txt");

/// What a step received.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The message: of HTTP the body, of MLLP what is in the frame, of syslog the record.
    pub bytes: Vec<u8>,
    /// The HTTP answer or request head.
    pub head: Option<http::Head>,
    /// What the step itself found out.
    pub facts: BTreeMap<String, String>,
}

impl Received {
    /// A message, and nothing more to say of it.
    pub fn message(bytes: Vec<u8>) -> Received {
        Received {
            bytes,
            ..Received::default()
        }
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Received {
        self.facts.insert(name.to_owned(), value.to_string());
        self
    }

    /// The values that a selector finds.
    ///
    /// # Errors
    /// The selector is none, or what was received is not what it looks into.
    pub fn values(&self, selector: &str) -> Result<Vec<String>, String> {
        let (kind, place) = selector.split_once(' ').unwrap_or((selector, ""));
        match kind {
            "hl7" => hl7::values(&self.bytes, place),
            "xml" => xml::values(&self.xml()?, place),
            "base64" => xml::values(&self.xml()?, place)?
                .iter()
                .map(|value| decoded(value))
                .collect(),
            "http" => self.http(place),
            "document" => self
                .document(place)
                .map(|value| value.into_iter().collect()),
            "parts" => Ok(self.package()?.map_or_else(Vec::new, |package| {
                package.parts.into_iter().map(|(id, _)| id).collect()
            })),
            "text" => Ok(vec![String::from_utf8_lossy(&self.bytes).into_owned()]),
            "size" => Ok(vec![self.bytes.len().to_string()]),
            "fact" => Ok(self.facts.get(place).cloned().into_iter().collect()),
            _ => Err(format!(
                "{selector:?} is no selector: see `ihe-conformance explain --selectors`"
            )),
        }
    }

    fn content_type(&self) -> &str {
        let head = self.head.as_ref();
        head.and_then(|head| head.header("content-type"))
            .unwrap_or_default()
    }

    fn package(&self) -> Result<Option<mtom::Package>, String> {
        match self.content_type() {
            multipart if multipart.starts_with("multipart/") => {
                mtom::read(multipart, &self.bytes).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The XML: the root of a package, or all there is; of a syslog record what follows its header.
    fn xml(&self) -> Result<String, String> {
        if let Some(package) = self.package()? {
            return Ok(package.envelope);
        }
        let text = std::str::from_utf8(&self.bytes).map_err(|_| "not UTF-8")?;
        match text.find('<') {
            // A priority is no element.
            Some(0) if text.as_bytes().get(1).is_some_and(u8::is_ascii_digit) => {
                let start = text[1..].find('<').ok_or("no XML in the record")?;
                Ok(text[start + 1..].to_owned())
            }
            _ => Ok(text.trim_start_matches('\u{feff}').to_owned()),
        }
    }

    fn http(&self, place: &str) -> Result<Vec<String>, String> {
        let head = self.head.as_ref().ok_or("this is no HTTP message")?;
        match place.split_once(' ') {
            None if place == "status" => Ok(vec![head.status().to_owned()]),
            None if place == "target" => Ok(vec![head.target().to_owned()]),
            Some(("header", name)) => Ok(head.headers(name).map(str::to_owned).collect()),
            _ => Err(format!(
                "{place:?}: `http status`, `http target` or `http header NAME`"
            )),
        }
    }

    fn document(&self, place: &str) -> Result<Option<String>, String> {
        let (number, what) = place
            .split_once(' ')
            .ok_or("`document N sha1`, `size` or `text`")?;
        let number: usize = number
            .parse()
            .map_err(|_| "`document N …`: N is no number")?;
        let Some(bytes) = mtom::documents(&self.xml()?, self.package()?.as_ref())?
            .into_iter()
            .nth(number.wrapping_sub(1))
        else {
            return Ok(None);
        };
        Ok(Some(match what {
            "sha1" => crate::sha1(&bytes),
            "size" => bytes.len().to_string(),
            "text" => String::from_utf8_lossy(&bytes).into_owned(),
            _ => return Err(format!("{what:?}: `document N sha1`, `size` or `text`")),
        }))
    }
}

fn decoded(value: &str) -> Result<String, String> {
    use base64::Engine;
    let bytes: Vec<u8> = value
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let decoded = base64::engine::general_purpose::STANDARD.decode(&bytes);
    let decoded = decoded.map_err(|error| format!("{value:?} is no base64: {error}"))?;
    Ok(String::from_utf8_lossy(&decoded).into_owned())
}
