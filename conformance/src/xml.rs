//! Just enough of XML to judge an answer: start tags by local name, attributes, text, prefixes.
//! Made for the answers of servers under test, not for hostile input.

/// The start tags with that local name, in order, as text between `<` and `>`.
pub fn tags<'a>(document: &'a str, local: &str) -> Vec<&'a str> {
    let starts = document.split('<').skip(1);
    starts
        .filter_map(|piece| {
            piece
                .split_once('>')
                .map(|(tag, _)| tag.trim_end_matches('/'))
        })
        .filter(|tag| local_name(name_of(tag)) == local && !tag.starts_with(['/', '!', '?']))
        .collect()
}

/// The value of an attribute of a start tag, by its name as written; entities as on the wire.
pub fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (at, _) = tag.match_indices(name).find(|(at, _)| {
        let before = tag[..*at].chars().next_back();
        let after = tag[at + name.len()..].trim_start();
        before.is_some_and(char::is_whitespace) && after.starts_with('=')
    })?;
    let value = tag[at + name.len()..]
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

/// The text directly after the first start tag with that local name, up to the next tag, trimmed.
pub fn text<'a>(document: &'a str, local: &str) -> Option<&'a str> {
    texts(document, local).into_iter().next()
}

/// As [`text`], for all such elements.
pub fn texts<'a>(document: &'a str, local: &str) -> Vec<&'a str> {
    let pieces = document
        .split('<')
        .skip(1)
        .filter_map(|piece| piece.split_once('>'));
    pieces
        .filter(|(tag, _)| local_name(name_of(tag)) == local && !tag.starts_with('/'))
        .map(|(_, text)| text.trim())
        .collect()
}

/// A qualified name in content (`wsa:ActionNotSupported`) as `{namespace}local`, by any declaration of the prefix.
pub fn expand(document: &str, qualified: &str) -> String {
    let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
    let declaration = if prefix.is_empty() {
        "xmlns".to_owned()
    } else {
        format!("xmlns:{prefix}")
    };
    let mut tags = document
        .split('<')
        .skip(1)
        .filter_map(|piece| piece.split('>').next());
    let namespace = tags
        .find_map(|tag| attribute(tag, &declaration))
        .unwrap_or("?");
    format!("{{{namespace}}}{local}")
}

fn name_of(tag: &str) -> &str {
    tag.split(|c: char| c.is_whitespace() || c == '/')
        .find(|part| !part.is_empty())
        .unwrap_or_default()
}

fn local_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"<?xml version="1.0"?><e:Envelope xmlns:e="urn:e" xmlns:w='urn:w'><e:Value> w:No </e:Value><Error errorCode="X" location=""/></e:Envelope>"#;

    #[test]
    fn tags_attributes_texts_and_prefixes_are_found() {
        assert_eq!(
            tags(SAMPLE, "Error"),
            [r#"Error errorCode="X" location="""#]
        );
        assert_eq!(attribute(tags(SAMPLE, "Error")[0], "errorCode"), Some("X"));
        assert_eq!(attribute(tags(SAMPLE, "Error")[0], "Code"), None);
        assert_eq!(text(SAMPLE, "Value"), Some("w:No"));
        assert_eq!(expand(SAMPLE, "w:No"), "{urn:w}No");
        assert_eq!(
            tags(SAMPLE, "Envelope").len(),
            1,
            "an end tag is no start tag"
        );
    }
}
