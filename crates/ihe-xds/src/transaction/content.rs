//! Document content in a body: a reference to another part (XOP) or base64 in place (ITI TF-2 V.8.2, XDS-T-008).

use crate::ebrim::ns;
use crate::ebrim::xml::{Next, Reader, Writer};
use crate::error::Malformed;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;

/// Where the bytes of a document are.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// In the MIME part with this Content-ID, without angle brackets.
    Include {
        /// The Content-ID.
        content_id: String,
    },
    /// In the body itself.
    Inline(Vec<u8>),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Include { content_id } => write!(f, "Include({content_id})"),
            Self::Inline(bytes) => write!(f, "Inline({} bytes)", bytes.len()),
        }
    }
}

impl Content {
    /// The content of the element in hand.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (mut text, mut include) = (String::new(), None);
        loop {
            match reader.next()? {
                Next::Text(more) => text.push_str(&more),
                Next::End => break,
                Next::Eof => return Err(Malformed("ends in the middle".into())),
                Next::Start(child) if child.is(ns::XOP, "Include") && include.is_none() => {
                    include = Some(content_id(child.attribute("href").unwrap_or_default())?);
                    reader.skip()?;
                }
                Next::Start(_) => return Err(Malformed("a document holds an element".into())),
            }
        }
        let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        text.retain(|c| !blank(c));
        match (include, text.is_empty()) {
            (Some(content_id), true) => Ok(Self::Include { content_id }),
            (Some(_), false) => Err(Malformed("text beside xop:Include".into())),
            (None, _) => STANDARD
                .decode(text)
                .map(Self::Inline)
                .map_err(|_| Malformed("a document is not base64".into())),
        }
    }

    pub(super) fn write(&self, out: &mut Writer) {
        match self {
            Self::Include { content_id } => {
                let href = format!("cid:{}", percent_encoded(content_id));
                out.empty("xop:Include", &[("xmlns:xop", ns::XOP), ("href", &href)]);
            }
            Self::Inline(bytes) => out.raw(&STANDARD.encode(bytes)),
        }
    }
}

fn content_id(href: &str) -> Result<String, Malformed> {
    let wrong = || Malformed("xop:Include has no usable cid: reference".into());
    let id = href
        .strip_prefix("cid:")
        .and_then(percent_decoded)
        .ok_or_else(wrong)?;
    match id.is_empty() || id.chars().any(char::is_control) {
        true => Err(wrong()),
        false => Ok(id),
    }
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'@' | b'!' | b'$' | b'+' | b'=' | b':' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = tail.get(2..)?;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}
