//! Media types and their parameters (RFC 9110 8.3.1, RFC 2387).

/// A media type: essence in lower case, parameters in order with lower-case names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ContentType {
    pub(crate) essence: String,
    parameters: Vec<(String, String)>,
}

impl ContentType {
    /// Reads a header value. Never fails: what is not understood has no parameters.
    pub(crate) fn parse(value: &str) -> ContentType {
        let mut pieces = split_unquoted(value).into_iter();
        let essence = pieces
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let parameters = pieces.filter_map(parameter).collect();
        ContentType {
            essence,
            parameters,
        }
    }

    /// The first parameter of that (lower-case) name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the charset is absent or one we read.
    pub(crate) fn is_utf8(&self) -> bool {
        self.parameter("charset").is_none_or(is_utf8_name)
    }
}

/// Whether a charset name means UTF-8 or a subset of it.
pub(crate) fn is_utf8_name(name: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"]
        .iter()
        .any(|known| name.trim().eq_ignore_ascii_case(known))
}

fn split_unquoted(value: &str) -> Vec<&str> {
    let (mut pieces, mut rest) = (Vec::new(), value);
    while let Some((piece, after)) = unquoted_semicolon(rest) {
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// What stands before and after the first `;` that is not in quotes.
fn unquoted_semicolon(value: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    let at = value.bytes().position(|b| {
        let found = b == b';' && !quoted;
        quoted ^= b == b'"' && !escaped;
        escaped = quoted && b == b'\\' && !escaped;
        found
    })?;
    Some((value.get(..at)?, value.get(at + 1..)?))
}

fn parameter(piece: &str) -> Option<(String, String)> {
    let (name, value) = piece.split_once('=')?;
    Some((name.trim().to_ascii_lowercase(), unquote(value.trim())))
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

/// A parameter value in quotes, for a header we write.
pub(crate) fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_unquoted_and_names_are_case_insensitive() {
        let t = ContentType::parse(
            "Multipart/Related; Boundary=\"a;b\\\"c\"; type=\"application/xop+xml\";start=<r@x>",
        );
        assert_eq!(t.essence, "multipart/related");
        assert_eq!(t.parameter("boundary"), Some("a;b\"c"));
        assert_eq!(t.parameter("type"), Some("application/xop+xml"));
        assert_eq!(t.parameter("start"), Some("<r@x>"));
    }

    #[test]
    fn other_charsets_are_recognised() {
        assert!(ContentType::parse("application/soap+xml").is_utf8());
        assert!(ContentType::parse("application/soap+xml; charset=\"UTF-8\"").is_utf8());
        assert!(!ContentType::parse("application/soap+xml; charset=shift_jis").is_utf8());
    }

    #[test]
    fn quote_round_trips() {
        let value = "a\"b\\c;d";
        let t = ContentType::parse(&format!("x/y; p={}", quote(value)));
        assert_eq!(t.parameter("p"), Some(value));
    }
}
