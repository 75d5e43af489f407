//! Writes XML without white space between elements.

use ihe_soap::xml::{escape_attribute, escape_text};

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
        self.out.push_str(&escape_text(text));
    }

    /// The value of an attribute, without its quotes.
    pub(crate) fn attribute(&mut self, value: &str) {
        self.out.push_str(&escape_attribute(value));
    }

    pub(crate) fn finish(self) -> String {
        self.out
    }
}
