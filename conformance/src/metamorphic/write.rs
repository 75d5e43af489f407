//! Writes an XML document again, in a manner of its own.

use roxmltree::{Attribute, Document, Node};
use std::fmt::Write;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XOP: &str = "http://www.w3.org/2004/08/xop/include";

/// What is done otherwise than in the document.
pub(super) struct Manner {
    /// Prefixes are this and a number; empty: as they are.
    pub(super) prefix: &'static str,
    /// Attributes in reverse order.
    pub(super) attributes_reversed: bool,
    /// The children in another order.
    pub(super) children: for<'a, 'i> fn(Vec<Node<'a, 'i>>) -> Vec<Node<'a, 'i>>,
    /// White space put between elements, where it means nothing.
    pub(super) between: &'static str,
    /// A text said otherwise.
    pub(super) text: fn(&Node<'_, '_>) -> String,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            prefix: "",
            attributes_reversed: false,
            children: |children| children,
            between: "",
            text: |node| node.text().unwrap_or_default().to_owned(),
        }
    }
}

/// The document without its comments and processing instructions.
pub(super) fn document(document: &Document<'_>, manner: &Manner) -> String {
    let mut namespaces: Vec<String> = Vec::new();
    if !manner.prefix.is_empty() {
        for node in document.descendants() {
            let own = node.tag_name().namespace();
            let of_attributes = node.attributes().filter_map(|one| one.namespace());
            for uri in own.into_iter().chain(of_attributes) {
                if uri != XML && !namespaces.iter().any(|known| known == uri) {
                    namespaces.push(uri.to_owned());
                }
            }
        }
    }
    let mut writer = Writer {
        manner,
        namespaces,
        text: String::new(),
    };
    writer.element(document.root_element());
    writer.text
}

struct Writer<'m> {
    manner: &'m Manner,
    /// New prefixes: the manner's, and the place here.
    namespaces: Vec<String>,
    text: String,
}

impl Writer<'_> {
    fn element(&mut self, node: Node<'_, '_>) {
        let name = self.name(node, node.tag_name().namespace(), node.tag_name().name());
        self.text.push('<');
        self.text.push_str(&name);
        self.attributes(node);
        let children = (self.manner.children)(kept(node));
        if children.is_empty() {
            self.text.push_str("/>");
            return;
        }
        self.text.push('>');
        let between = match only_elements(&children) {
            true => self.manner.between,
            false => "",
        };
        for child in children {
            self.text.push_str(between);
            match child.is_element() {
                true => self.element(child),
                false => self.text_of(&child),
            }
        }
        self.text.push_str(between);
        _ = write!(self.text, "</{name}>");
    }

    fn attributes(&mut self, node: Node<'_, '_>) {
        let mut said: Vec<String> = node
            .attributes()
            .map(|one| {
                format!(
                    "{}=\"{}\"",
                    self.attribute_name(node, &one),
                    attribute(one.value())
                )
            })
            .collect();
        if self.manner.attributes_reversed {
            said.reverse();
        }
        let declared = match self.manner.prefix {
            "" => declared_here(node),
            _ if node.parent_element().is_some() => Vec::new(),
            prefix => {
                let declared = self.namespaces.iter().enumerate();
                declared
                    .map(|(at, uri)| format!("xmlns:{prefix}{at}=\"{}\"", attribute(uri)))
                    .collect()
            }
        };
        for one in declared.into_iter().chain(said) {
            _ = write!(self.text, " {one}");
        }
    }

    fn attribute_name(&self, node: Node<'_, '_>, one: &Attribute<'_, '_>) -> String {
        match one.namespace() {
            None => one.name().to_owned(),
            Some(XML) => format!("xml:{}", one.name()),
            Some(uri) if self.manner.prefix.is_empty() => {
                let found = node
                    .namespaces()
                    .find(|known| known.uri() == uri && known.name().is_some());
                let prefix = found.and_then(|known| known.name()).unwrap_or_default();
                format!("{prefix}:{}", one.name())
            }
            uri => self.name(node, uri, one.name()),
        }
    }

    fn name(&self, node: Node<'_, '_>, uri: Option<&str>, local: &str) -> String {
        let Some(uri) = uri else {
            return local.to_owned();
        };
        if self.manner.prefix.is_empty() {
            return match node.lookup_prefix(uri) {
                Some(prefix) => format!("{prefix}:{local}"),
                None => local.to_owned(),
            };
        }
        let at = self.namespaces.iter().position(|known| known == uri);
        format!("{}{}:{local}", self.manner.prefix, at.unwrap_or_default())
    }

    fn text_of(&mut self, node: &Node<'_, '_>) {
        for c in (self.manner.text)(node).chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '\r' => self.text.push_str("&#13;"),
                other => self.text.push(other),
            }
        }
    }
}

/// The children that say something: elements, and text unless it is white space between elements.
fn kept<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    let blank = |node: &Node<'_, '_>| node.text().is_none_or(|text| text.trim().is_empty());
    let elements = node.children().any(|child| child.is_element());
    let texts = node
        .children()
        .any(|child| child.is_text() && !blank(&child));
    let children = node.children();
    children
        .filter(|child| child.is_element() || child.is_text() && (texts || !elements))
        .collect()
}

/// White space between these means nothing. Beside xop:Include there is none (XOP 2.1).
fn only_elements(children: &[Node<'_, '_>]) -> bool {
    children
        .iter()
        .all(|child| child.is_element() && !child.has_tag_name((XOP, "Include")))
}

/// The declarations that the element itself has and its parent has not.
fn declared_here(node: Node<'_, '_>) -> Vec<String> {
    let above = |name: Option<&str>, uri: &str| {
        let parent = node.parent_element();
        parent.is_some_and(|parent| {
            parent
                .namespaces()
                .any(|known| known.name() == name && known.uri() == uri)
        })
    };
    let new = node
        .namespaces()
        .filter(|one| one.name() != Some("xml") && !above(one.name(), one.uri()));
    new.map(|one| match one.name() {
        Some(prefix) => format!("xmlns:{prefix}=\"{}\"", attribute(one.uri())),
        None => format!("xmlns=\"{}\"", attribute(one.uri())),
    })
    .collect()
}

fn attribute(value: &str) -> String {
    let mut said = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => said.push_str("&amp;"),
            '<' => said.push_str("&lt;"),
            '"' => said.push_str("&quot;"),
            '\t' => said.push_str("&#9;"),
            '\n' => said.push_str("&#10;"),
            '\r' => said.push_str("&#13;"),
            other => said.push(other),
        }
    }
    said
}
