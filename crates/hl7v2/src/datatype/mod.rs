//! The data types that identify and name people (HL7 v2.5 chapter 2A), owned and without their escapes.

mod check;
mod cx;
mod hd;
#[cfg(test)]
mod tests;
mod xpn;

pub use check::{Fault, check};
pub use cx::{Cx, InvalidCx};
pub use hd::Hd;
pub use xpn::Xpn;

use crate::{Separators, escape};

/// The n parts of a raw value, unescaped; absent ones empty, further ones ignored.
fn parts<const N: usize>(raw: &str, separator: u8, separators: &Separators) -> [String; N] {
    let mut parts = raw.split(char::from(separator));
    std::array::from_fn(|_| {
        parts.next().map_or(String::new(), |part| {
            escape::unescape(part, separators).into_owned()
        })
    })
}

/// Joins parts that are already escaped and leaves off the empty ones at the end.
fn joined(parts: &[&str], separator: char) -> String {
    let used = parts
        .iter()
        .rposition(|part| !part.is_empty())
        .map_or(0, |last| last + 1);
    let mut out = String::new();
    for (n, part) in parts[..used].iter().enumerate() {
        if n > 0 {
            out.push(separator);
        }
        out.push_str(part);
    }
    out
}

fn escaped(value: &str) -> std::borrow::Cow<'_, str> {
    escape::escape(value, &Separators::DEFAULT)
}
