//! Just enough of XPath to judge an answer, over roxmltree (which refuses DTDs): `/a/b`, `//b`, `*`, prefixes of the table
//! below, `[@name='value']`, `[name='text']`, `[name/@name='value']`, `[2]`; at the end an element (its text), `@attribute`, or `name()`.

use roxmltree::{Document, Node};

/// The prefixes that paths may use. A name without prefix is of any namespace.
pub const PREFIXES: [(&str, &str); 10] = [
    ("soap", "http://www.w3.org/2003/05/soap-envelope"),
    ("wsa", "http://www.w3.org/2005/08/addressing"),
    ("rs", "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"),
    ("rim", "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"),
    ("lcm", "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"),
    ("query", "urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"),
    ("xds", "urn:ihe:iti:xds-b:2007"),
    ("xop", "http://www.w3.org/2004/08/xop/include"),
    ("xml", "http://www.w3.org/XML/1998/namespace"),
    ("hl7", "urn:hl7-org:v3"),
];

/// The values at a path, in document order.
///
/// # Errors
/// The text is no XML, or the path is none.
pub fn values(text: &str, path: &str) -> Result<Vec<String>, String> {
    let document = Document::parse(text).map_err(|error| format!("no XML: {error}"))?;
    let mut found = Vec::new();
    for path in path.split(" | ") {
        found.extend(at_path(&document, path)?);
    }
    Ok(found)
}

fn at_path(document: &Document<'_>, path: &str) -> Result<Vec<String>, String> {
    let (mut nodes, mut rest) = (vec![document.root()], path);
    while !rest.is_empty() {
        let deep = rest.starts_with("//");
        rest = rest
            .strip_prefix(if deep { "//" } else { "/" })
            .ok_or_else(|| wrong(path))?;
        let (step, after) = rest.split_at(end_of_step(rest));
        rest = after;
        if let Some(attribute) = step.strip_prefix('@') {
            let found = nodes
                .iter()
                .filter_map(|node| attribute_of(node, attribute));
            return Ok(found.collect());
        }
        if step == "name()" {
            let names = nodes.iter().map(|node| node.tag_name().name().to_owned());
            return Ok(names.collect());
        }
        nodes = stepped(&nodes, deep, step).ok_or_else(|| wrong(path))?;
    }
    Ok(nodes.iter().map(text_of).collect())
}

fn wrong(path: &str) -> String {
    format!("{path:?} is no path: see `ihe-conformance explain --selectors`")
}

/// A step ends at a `/` outside of brackets and quotes.
fn end_of_step(rest: &str) -> usize {
    let (mut inside, mut quoted) = (false, false);
    for (at, c) in rest.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '[' if !quoted => inside = true,
            ']' if !quoted => inside = false,
            '/' if !quoted && !inside => return at,
            _ => {}
        }
    }
    rest.len()
}

fn stepped<'a, 'i>(nodes: &[Node<'a, 'i>], deep: bool, step: &str) -> Option<Vec<Node<'a, 'i>>> {
    let (name, mut predicates) = step.split_at(step.find('[').unwrap_or(step.len()));
    let mut found: Vec<Node<'a, 'i>> = Vec::new();
    for node in nodes {
        let named = |child: &Node<'_, '_>| child.is_element() && is_named(child, name);
        if deep {
            found.extend(
                node.descendants()
                    .filter(|child| child != node)
                    .filter(named),
            );
        } else {
            found.extend(node.children().filter(named));
        }
    }
    while !predicates.is_empty() {
        let inside = predicates.strip_prefix('[')?;
        let end = end_of_predicate(inside)?;
        found = kept(found, &inside[..end])?;
        predicates = &inside[end + 1..];
    }
    (!name.is_empty()).then_some(found)
}

fn end_of_predicate(inside: &str) -> Option<usize> {
    let mut quoted = false;
    inside.char_indices().find_map(|(at, c)| {
        quoted ^= c == '\'';
        (c == ']' && !quoted).then_some(at)
    })
}

fn kept<'a, 'i>(nodes: Vec<Node<'a, 'i>>, predicate: &str) -> Option<Vec<Node<'a, 'i>>> {
    if let Ok(position) = predicate.parse::<usize>() {
        return Some(
            nodes
                .into_iter()
                .skip(position.checked_sub(1)?)
                .take(1)
                .collect(),
        );
    }
    let (left, right) = predicate.split_once('=')?;
    let wanted = right.strip_prefix('\'')?.strip_suffix('\'')?;
    let holds = |node: &Node<'_, '_>| match left.split_once('@') {
        Some(("", name)) => attribute_of(node, name).as_deref() == Some(wanted),
        Some((inner, name)) => node.children().any(|child| {
            is_named(&child, inner.trim_end_matches('/'))
                && attribute_of(&child, name).as_deref() == Some(wanted)
        }),
        None => node
            .children()
            .any(|child| is_named(&child, left) && text_of(&child) == wanted),
    };
    Some(nodes.into_iter().filter(holds).collect())
}

fn is_named(node: &Node<'_, '_>, name: &str) -> bool {
    match name.split_once(':') {
        _ if name == "*" => true,
        Some((prefix, local)) => {
            let known = PREFIXES.iter().find(|(known, _)| *known == prefix);
            known.is_some_and(|(_, namespace)| node.has_tag_name((*namespace, local)))
        }
        None => node.tag_name().name() == name,
    }
}

fn attribute_of(node: &Node<'_, '_>, name: &str) -> Option<String> {
    let local = name.split(':').next_back()?;
    let found = node
        .attributes()
        .find(|attribute| attribute.name() == local);
    found.map(|attribute| attribute.value().to_owned())
}

/// All the text inside, trimmed. A qualified name such as a fault's code is given as `{namespace}local`.
fn text_of(node: &Node<'_, '_>) -> String {
    let text: String = node
        .descendants()
        .filter_map(|inner| inner.text().filter(|_| inner.is_text()))
        .collect();
    let text = text.trim();
    let is_code =
        node.tag_name().namespace() == Some(PREFIXES[0].1) && node.tag_name().name() == "Value";
    match text.split_once(':').filter(|_| is_code) {
        Some((prefix, local)) => {
            let namespace = node.lookup_namespace_uri(Some(prefix)).unwrap_or("?");
            format!("{{{namespace}}}{local}")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:w="urn:w"><s:Body>
        <r:Response xmlns:r="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0" status="x:Failure"><E code="1" at="a/b">one</E><E code="2"><N>two</N></E></r:Response>
        <s:Value> w:No </s:Value></s:Body></s:Envelope>"#;

    fn found(path: &str) -> Vec<String> {
        values(ANSWER, path).expect("a path")
    }

    #[test]
    fn elements_attributes_and_predicates_are_found() {
        assert_eq!(found("//rs:Response/@status"), ["x:Failure"]);
        assert_eq!(
            found("/soap:Envelope/soap:Body/Response/E/@code"),
            ["1", "2"]
        );
        assert_eq!(found("//E[@at='a/b']"), ["one"]);
        assert_eq!(found("//E[N='two']/@code"), ["2"]);
        assert_eq!(found("//Response[E/@code='2']/@status"), ["x:Failure"]);
        assert_eq!(found("//E[2]/N"), ["two"]);
        assert_eq!(found("//lcm:Response"), Vec::<String>::new());
        assert_eq!(found("//N | //E[1]"), ["two", "one"]);
        assert_eq!(found("//soap:Value"), ["{urn:w}No"]);
        assert_eq!(
            found("/soap:Envelope/soap:Body/*/name()"),
            ["Response", "Value"]
        );
    }

    #[test]
    fn what_is_no_path_or_no_xml_is_an_error() {
        for wrong in ["E", "//E[", "//E[x]", "///E", "//E[@a=b]"] {
            assert!(values(ANSWER, wrong).is_err(), "{wrong}");
        }
        assert!(values("<a>", "//a").is_err());
        assert!(values("<!DOCTYPE a><a/>", "//a").is_err());
    }
}
