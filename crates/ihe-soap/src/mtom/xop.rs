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
            // from_str_radix alone takes a sign
            let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            out.push(u8::from_str_radix(digits, 16).ok().filter(|_| hex)?);
            at += 3;
        } else {
            out.push(byte);
            at += 1;
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xds_t_008_a_content_id_survives_its_address_and_foreign_escapes_are_read() {
        for id in ["a@x", "a b", "50%", "<a>", "山@病院", "a+b/c?d#e", "%41"] {
            let xml = xop_include(id);
            let href = xml
                .split("href=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            assert_eq!(content_id_of(href.expect("href")).as_deref(), Some(id));
        }
        let read = |href: &str| content_id_of(href);
        assert_eq!(read(" CID:a%40x ").as_deref(), Some("a@x"));
        assert_eq!(read("cid:a%2fx%2F").as_deref(), Some("a/x/"));
        assert_eq!(read("cid:a+b").as_deref(), Some("a+b"));
        for bad in [
            "",
            "cid:",
            "a@x",
            "http://x/",
            "cid:a%4",
            "cid:a%zz",
            "cid:%ff",
            "cid:a%+1",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
