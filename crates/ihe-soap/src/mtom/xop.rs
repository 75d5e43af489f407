//! The `xop:Include` element and its `cid:` address (XOP 1.0 2.1, RFC 2392).

use crate::ns::XOP;

/// The `xop:Include` element for an attachment, self-contained; the only child of the element it stands for.
///
/// ```
/// assert!(ihe_soap::xop_include("a b@c").contains("href=\"cid:a%20b@c\""));
/// ```
pub fn xop_include(content_id: &str) -> String {
    format!(
        "<xop:Include xmlns:xop=\"{XOP}\" href=\"cid:{}\"/>",
        percent_encode(content_id)
    )
}

/// The content id a `cid:` address names, percent-decoded; `None` if it is no such address.
///
/// ```
/// assert_eq!(ihe_soap::content_id_of("cid:a%20b@c").as_deref(), Some("a b@c"));
/// ```
pub fn content_id_of(href: &str) -> Option<String> {
    let (scheme, rest) = href.trim().split_once(':')?;
    if !scheme.eq_ignore_ascii_case("cid") || rest.is_empty() {
        return None;
    }
    percent_decode(rest)
}

fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            let digits = text.get(at + 1..at + 3)?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}
