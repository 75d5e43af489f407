//! Escaping text for XML 1.0 (XML 1.0, 2.4 and 3.3.3).

use std::borrow::Cow;

/// The text as element content: `&`, `<`, `>` and carriage return as references,
/// characters XML cannot hold as U+FFFD.
///
/// ```
/// assert_eq!(ihe_soap::xml::escape_text("a<b & c"), "a&lt;b &amp; c");
/// ```
pub fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '&' | '<' | '>' | '\r'))
}

/// The text as the value of an attribute in double quotes: as [`escape_text`], with quote, tab and line feed.
///
/// ```
/// assert_eq!(ihe_soap::xml::escape_attribute("say \"x\""), "say &quot;x&quot;");
/// ```
pub fn escape_attribute(text: &str) -> Cow<'_, str> {
    escape(text, |c| {
        matches!(c, '&' | '<' | '>' | '"' | '\r' | '\n' | '\t')
    })
}

fn escape(text: &str, special: impl Fn(char) -> bool) -> Cow<'_, str> {
    // U+FFFE and U+FFFF, which XML cannot hold, begin with 0xEF
    let odd = |b: u8| b < 0x20 || b == 0xEF || matches!(b, b'&' | b'<' | b'>' | b'"');
    let suspect = text.bytes().fold(false, |found, b| found | odd(b));
    if !suspect || !text.chars().any(|c| special(c) || !is_xml_char(c)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !is_xml_char(c) => out.push('\u{FFFD}'),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if special('"') => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if special('\n') => out.push_str("&#10;"),
            '\t' if special('\t') => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Whether XML 1.0 can hold the character (production 2, Char).
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_special_characters_is_borrowed() {
        assert!(matches!(escape_text("山田 \"太郎\""), Cow::Borrowed(_)));
    }

    #[test]
    fn control_characters_become_the_replacement_character() {
        assert_eq!(
            escape_text("a\u{0}b\u{FFFF}\rc"),
            "a\u{FFFD}b\u{FFFD}&#13;c"
        );
    }

    #[test]
    fn line_ends_survive_attribute_normalisation() {
        assert_eq!(escape_attribute("a\n\tb<"), "a&#10;&#9;b&lt;");
    }
}
