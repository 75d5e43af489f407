//! From the recommended delimiters to others.

use crate::Separators;
use crate::escape::{Scope, respelled};

/// A message with its MSH, segments ended by CR.
pub(super) fn message(text: &str, to: &Separators) -> String {
    let from = &Separators::DEFAULT;
    let Some(fields) = text.strip_prefix(r"MSH|^~\&") else {
        return respelled(text, from, to, Scope::Segments).into_owned();
    };
    let field = char::from(to.field);
    let encoding = to.encoding_characters();
    let fields = respelled(fields, from, to, Scope::Segments);
    format!("MSH{field}{encoding}{fields}")
}
