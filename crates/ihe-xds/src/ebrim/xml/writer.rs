//! Writes XML without white space between elements.

use super::text::is_xml_char;
use std::borrow::Cow;

/// Writes into one text; whoever writes much makes room first.
#[derive(Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Makes room for this many bytes more.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.out.reserve(bytes);
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
        self.raw("<");
        self.raw(name);
        for (key, value) in attributes {
            self.raw(" ");
            self.raw(key);
            self.raw("=\"");
            self.attribute(value);
            self.raw("\"");
        }
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        self.open(name, &[]);
        self.content(text);
        self.close(name);
    }

    /// XML that is already written.
    pub(crate) fn raw(&mut self, xml: &str) {
        self.out.push_str(xml);
    }

    /// Text between tags.
    pub(crate) fn content(&mut self, text: &str) {
        self.out.push_str(&content(text));
    }

    /// The value of an attribute, without its quotes.
    pub(crate) fn attribute(&mut self, value: &str) {
        self.out.push_str(&attribute(value));
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}

/// Text as it stands between tags. What XML has no way to say becomes U+FFFD.
fn content(text: &str) -> Cow<'_, str> {
    // 0xEF begins U+FFFE and U+FFFF.
    let plain = |b: u8| {
        b != b'&' && b != b'<' && b != b'>' && b != 0xef && (b >= b' ' || b == b'\t' || b == b'\n')
    };
    match text.bytes().fold(true, |all, b| all & plain(b)) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(escaped(text, false)),
    }
}

/// Text as it stands in an attribute: line ends and tabulators survive as references.
pub(crate) fn attribute(text: &str) -> Cow<'_, str> {
    let plain = |b: u8| b != b'&' && b != b'<' && b != b'>' && b != b'"' && b != 0xef && b >= b' ';
    match text.bytes().fold(true, |all, b| all & plain(b)) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(escaped(text, true)),
    }
}

fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#9;"),
            c if is_xml_char(c) => out.push(c),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}
