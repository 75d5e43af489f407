//! Cuts XML 1.0 into tags, attributes and text; checks that tags match. Every byte is looked at a fixed number of times.

use memchr::memchr;

use super::text::ends_in_the_middle;
use super::{Malformed, malformed, text};

/// One piece of a body.
pub(super) enum Token<'a> {
    /// `<name`; [`Tokens::attribute`] must be asked until it tells the end of the tag.
    Open(&'a str),
    /// `</name>`
    Close,
    /// Text with references in it
    Text(&'a str),
    /// What a CDATA section holds
    CData(&'a str),
    /// The end of the body
    End,
}

/// What a start tag goes on with.
pub(super) enum InTag<'a> {
    /// Name and raw value
    Attribute(&'a str, &'a str),
    /// `>`
    End,
    /// `/>`
    EndEmpty,
}

/// The rest of a body, and the names of the elements that are open in it.
#[derive(Debug)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    open: Vec<&'a str>,
    begun: bool,
    encoding: Option<&'a str>,
}

/// Letters, digits, `_`, `-`, `.`, `:` and all that is not ASCII.
const IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] =
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':') || b >= 0x80;
        byte += 1;
    }
    table
};

fn not_well_formed() -> Malformed {
    malformed("not well-formed XML")
}

impl<'a> Tokens<'a> {
    pub(super) fn of(body: &'a str) -> Self {
        Self {
            rest: body,
            open: Vec::new(),
            begun: false,
            encoding: None,
        }
    }

    /// Bytes not looked at yet.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// What the XML declaration says.
    pub(super) fn encoding(&self) -> Option<&'a str> {
        self.encoding
    }

    /// Number of open elements.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next piece. Comments and processing instructions are passed over, a DTD is refused.
    pub(super) fn next(&mut self) -> Result<Token<'a>, Malformed> {
        loop {
            let first = !std::mem::replace(&mut self.begun, true);
            match self.rest.as_bytes() {
                [b'<', b'/', ..] => return self.close(),
                [b'<', b'?', ..] => self.instruction(first)?,
                [b'<', b'!', b'-', b'-', ..] => self.comment()?,
                [b'<', b'!', ..] => return self.section(),
                [b'<', ..] => return self.open(),
                [] if self.open.is_empty() => return Ok(Token::End),
                [] => return Err(ends_in_the_middle()),
                bytes => {
                    let end = memchr(b'<', bytes).unwrap_or(bytes.len());
                    return self.take(end).map(Token::Text);
                }
            }
        }
    }

    /// The next `bytes` of the rest.
    fn take(&mut self, bytes: usize) -> Result<&'a str, Malformed> {
        let (taken, rest) = self
            .rest
            .split_at_checked(bytes)
            .ok_or_else(not_well_formed)?;
        self.rest = rest;
        Ok(taken)
    }

    /// What stands before a mark; both are taken.
    fn until(&mut self, mark: &str) -> Result<&'a str, Malformed> {
        let (before, after) = self.rest.split_once(mark).ok_or_else(ends_in_the_middle)?;
        self.rest = after;
        Ok(before)
    }

    /// Passes over white space that means nothing here.
    pub(super) fn skip_blanks(&mut self) {
        if matches!(
            self.rest.as_bytes().first(),
            Some(b' ' | b'\t' | b'\r' | b'\n')
        ) {
            self.rest = self.rest.trim_ascii_start();
        }
    }

    /// A name: what may stand in one, and not first what may not.
    fn name(&mut self) -> Result<&'a str, Malformed> {
        let bytes = self.rest.as_bytes();
        let end = bytes.iter().position(|b| !IN_NAME[usize::from(*b)]);
        match bytes.first() {
            None | Some(b'0'..=b'9' | b'-' | b'.' | b':') => Err(not_well_formed()),
            Some(_) if end == Some(0) => Err(not_well_formed()),
            Some(_) => self.take(end.unwrap_or(bytes.len())),
        }
    }

    fn open(&mut self) -> Result<Token<'a>, Malformed> {
        self.take("<".len())?;
        let name = self.name()?;
        self.open.push(name);
        Ok(Token::Open(name))
    }

    fn close(&mut self) -> Result<Token<'a>, Malformed> {
        self.take("</".len())?;
        let name = self.open.pop().ok_or_else(not_well_formed)?;
        self.rest = self.rest.strip_prefix(name).ok_or_else(not_well_formed)?;
        self.skip_blanks();
        match self.take(">".len())? {
            ">" => Ok(Token::Close),
            _ => Err(not_well_formed()),
        }
    }

    /// The next attribute of the tag that was just opened, or its end.
    pub(super) fn attribute(&mut self) -> Result<InTag<'a>, Malformed> {
        let before = self.rest.len();
        self.skip_blanks();
        match self.rest.as_bytes() {
            [b'>', ..] => {
                self.take(">".len())?;
                Ok(InTag::End)
            }
            [b'/', b'>', ..] => {
                self.take("/>".len())?;
                self.open.pop();
                Ok(InTag::EndEmpty)
            }
            [] => Err(ends_in_the_middle()),
            _ if self.rest.len() == before => Err(not_well_formed()),
            _ => {
                let name = self.name()?;
                self.skip_blanks();
                match self.take("=".len())? {
                    "=" => Ok(InTag::Attribute(name, self.quoted()?)),
                    _ => Err(malformed("an attribute is not well-formed")),
                }
            }
        }
    }

    fn quoted(&mut self) -> Result<&'a str, Malformed> {
        self.skip_blanks();
        let quote = match self.take("'".len())? {
            "'" => b'\'',
            "\"" => b'"',
            _ => return Err(malformed("an attribute is not well-formed")),
        };
        let end = memchr(quote, self.rest.as_bytes()).ok_or_else(ends_in_the_middle)?;
        let value = self.take(end)?;
        self.take("'".len())?;
        Ok(value)
    }

    /// `<?xml ?>` at the very beginning, or any other instruction anywhere.
    fn instruction(&mut self, first: bool) -> Result<(), Malformed> {
        self.take("<?".len())?;
        let target = self.name()?;
        if target.eq_ignore_ascii_case("xml") && !(first && target == "xml") {
            return Err(not_well_formed());
        }
        let said = self.until("?>")?;
        match target {
            "xml" => self.declaration(said),
            _ => Ok(()),
        }
    }

    /// What stands between `<?xml` and `?>`.
    fn declaration(&mut self, said: &'a str) -> Result<(), Malformed> {
        let mut inner = Tokens::of(said.trim_ascii_end());
        while inner.left() > 0 {
            match inner.attribute()? {
                InTag::Attribute("encoding", name) => self.encoding = Some(name),
                InTag::Attribute(..) => {}
                InTag::End | InTag::EndEmpty => return Err(not_well_formed()),
            }
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), Malformed> {
        self.take("<!--".len())?;
        self.until("--")?;
        match self.take(">".len())? {
            ">" => Ok(()),
            _ => Err(not_well_formed()),
        }
    }

    fn section(&mut self) -> Result<Token<'a>, Malformed> {
        match self.rest.strip_prefix("<![CDATA[") {
            Some(rest) if !self.open.is_empty() => {
                self.rest = rest;
                self.until("]]>").map(Token::CData)
            }
            Some(_) => Err(text::outside()),
            None if self.rest.starts_with("<!DOCTYPE") => Err(Malformed::Dtd),
            None => Err(not_well_formed()),
        }
    }
}
