//! XML 1.0 with namespaces, as messages need it: one limited pull reader, and the escaping of text.
//!
//! The reader borrows from the text, resolves prefixes, refuses DTDs and looks at every byte a fixed number of times.
//! The envelope is read by it, and so are the bodies of the profiles.
//!
//! ```
//! use ihe_soap::xml::{Limits, Next, Reader};
//!
//! let mut reader = Reader::new("<p:a xmlns:p='urn:x' b='1'>text</p:a>", &["urn:x"], &Limits::default())?;
//! let root = reader.root("urn:x", "a")?;
//! assert_eq!(root.attribute("b"), Some("1"));
//! assert_eq!(reader.text()?, "text");
//! reader.end()?;
//! # Ok::<(), ihe_soap::xml::Malformed>(())
//! ```

mod element;
mod escape;
mod reader;
mod scope;
mod text;
mod tokens;

pub use element::Element;
pub use escape::{escape_attribute, escape_text, is_xml_char};
pub use reader::{Next, Reader};

/// How much one text may ask of a [`Reader`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Depth of elements. Default 24.
    pub depth: usize,
    /// Number of elements. Default 1 000 000.
    pub elements: usize,
    /// Attributes of one element, declarations of namespaces among them; also the declarations in force at once.
    /// Default 64.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            depth: 24,
            elements: 1_000_000,
            attributes: 64,
        }
    }
}

/// Why a text is not read on. Says what is wrong, never a part of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not well-formed (XML 1.0, Namespaces in XML 1.0), or not what was asked for.
    #[error("{0}")]
    Syntax(&'static str),
    /// A document type declaration: refused before it is read.
    #[error("a DTD is not allowed")]
    Dtd,
    /// The root element has another name than this.
    #[error("the root element is not {0}")]
    Root(&'static str),
    /// One of [`Limits`] was passed: depth, elements, attributes or declarations.
    #[error("more {0} than the limit")]
    Limit(&'static str),
}

fn malformed(what: &'static str) -> Malformed {
    Malformed::Syntax(what)
}

#[cfg(test)]
mod tests;
