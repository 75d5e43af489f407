//! MTOM/XOP packages written and taken apart as bytes (ITI TF-2 V.8, RFC 2387): nothing clever, nothing forgiven.

/// What ends every part of a package of ours.
pub const BOUNDARY: &str = "MIMEBoundary_conformance";
const XDS: &str = "urn:ihe:iti:xds-b:2007";
const XOP: &str = "http://www.w3.org/2004/08/xop/include";
const ROOT: &str = "root@conformance.example";

/// What a package may look like and still mean the same.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// What stands between its parts.
    pub boundary: &'a str,
    /// The envelope comes after the documents.
    pub root_last: bool,
}

impl Default for Shape<'_> {
    fn default() -> Self {
        Shape {
            boundary: BOUNDARY,
            root_last: false,
        }
    }
}

/// The Content-Type and the body of a request whose MIME parts are given as (Content-ID, bytes).
pub fn write(action: &str, envelope: &str, parts: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    shaped(action, envelope, parts, Shape::default())
}

/// As [`write()`], of another shape.
pub fn shaped(
    action: &str,
    envelope: &str,
    parts: &[(&str, &[u8])],
    shape: Shape<'_>,
) -> (String, Vec<u8>) {
    let boundary = shape.boundary;
    let content_type = format!(
        "multipart/related; type=\"application/xop+xml\"; start=\"<{ROOT}>\"; \
         start-info=\"application/soap+xml\"; boundary=\"{boundary}\"; action=\"{action}\""
    );
    let root_type = "application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"";
    let mut all = vec![(root_type, ROOT, envelope.as_bytes())];
    all.extend(parts.iter().map(|(id, bytes)| ("text/plain", *id, *bytes)));
    if shape.root_last {
        all.rotate_left(1);
    }
    let mut body = Vec::new();
    for (at, (part_type, content_id, bytes)) in all.into_iter().enumerate() {
        let before = if at == 0 { "" } else { "\r\n" };
        let head = format!(
            "{before}--{boundary}\r\nContent-Type: {part_type}\r\nContent-Transfer-Encoding: binary\r\n\
             Content-ID: <{content_id}>\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (content_type, body)
}

/// An answer, taken apart.
#[derive(Debug)]
pub struct Package {
    /// The SOAP envelope.
    pub envelope: String,
    /// Content-ID without its brackets, and the raw bytes, in wire order.
    pub parts: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// The bytes of the part that `href` of an `xop:Include` names.
    pub fn included(&self, href: &str) -> Option<&[u8]> {
        let wanted = decoded(href.strip_prefix("cid:")?)?;
        let (_, bytes) = self.parts.iter().find(|(id, _)| *id == wanted)?;
        Some(bytes)
    }
}

/// Takes an answer apart and checks the headers that V.8 and XDS-T-007 ask for; says what is wrong.
pub fn read(content_type: &str, body: &[u8]) -> Result<Package, String> {
    expect(content_type.starts_with("multipart/related;"), content_type)?;
    for (name, value) in [
        ("type", "application/xop+xml"),
        ("start-info", "application/soap+xml"),
    ] {
        expect(parameter(content_type, name) == Some(value), content_type)?;
    }
    let boundary = parameter(content_type, "boundary").ok_or("no boundary")?;
    let mut parts = split(body, boundary)?.into_iter();
    let (head, root) = parts.next().ok_or("no root part")?;
    let root_type = header(&head, "content-type").unwrap_or_default();
    expect(root_type.starts_with("application/xop+xml;"), root_type)?;
    expect(
        parameter(root_type, "type") == Some("application/soap+xml"),
        root_type,
    )?;
    let start = parameter(content_type, "start").ok_or("no start")?;
    expect(header(&head, "content-id") == Some(start), start)?;
    let envelope = String::from_utf8(root).map_err(|_| "the envelope is not UTF-8")?;
    let parts = parts.map(|(head, bytes)| {
        let id = header(&head, "content-id").ok_or("a part without Content-ID")?;
        let id = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
        Ok((id.ok_or("a Content-ID without brackets")?.to_owned(), bytes))
    });
    let parts = parts.collect::<Result<_, String>>()?;
    Ok(Package { envelope, parts })
}

/// The bytes of every Document element, in order: of the part that its xop:Include names, or of its base64.
///
/// # Errors
/// An Include names no part, a part is named twice, or the content is neither.
pub fn documents(envelope: &str, package: Option<&Package>) -> Result<Vec<Vec<u8>>, String> {
    use base64::Engine;
    let tree = roxmltree::Document::parse(envelope).map_err(|error| format!("no XML: {error}"))?;
    let elements = tree
        .descendants()
        .filter(|node| node.has_tag_name((XDS, "Document")));
    let of = |node: roxmltree::Node<'_, '_>| {
        let include = node
            .children()
            .find(|child| child.has_tag_name((XOP, "Include")));
        if let Some(include) = include {
            let href = include.attribute("href").ok_or("an Include without href")?;
            let package = package.ok_or("an Include outside of a package")?;
            let bytes = package
                .included(href)
                .ok_or_else(|| format!("no part is {href}"))?;
            return Ok(bytes.to_vec());
        }
        let text: String = node
            .text()
            .unwrap_or_default()
            .split_ascii_whitespace()
            .collect();
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded.map_err(|error| format!("a Document is no base64: {error}"))
    };
    elements.map(of).collect()
}

/// A parameter of a Content-Type, without its quotes.
pub fn parameter<'a>(content_type: &'a str, name: &str) -> Option<&'a str> {
    let parameters = content_type.split(';').skip(1);
    let mut named = parameters.filter_map(|one| one.trim().split_once('='));
    let (_, value) = named.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.trim_matches('"'))
}

type RawPart = (String, Vec<u8>);

fn split(body: &[u8], boundary: &str) -> Result<Vec<RawPart>, String> {
    let first = format!("--{boundary}\r\n");
    let next = format!("\r\n--{boundary}");
    let mut rest = match body.strip_prefix(b"\r\n").unwrap_or(body) {
        body if body.starts_with(first.as_bytes()) => &body[first.len()..],
        _ => return Err("the body does not start with its boundary".to_owned()),
    };
    let mut parts = Vec::new();
    loop {
        let end = find(rest, next.as_bytes()).ok_or("a part does not end")?;
        let blank = find(&rest[..end], b"\r\n\r\n").ok_or("a part without headers")?;
        let head = String::from_utf8_lossy(&rest[..blank]).into_owned();
        parts.push((head, rest[blank + 4..end].to_vec()));
        rest = &rest[end + next.len()..];
        if rest.starts_with(b"--") {
            return Ok(parts);
        }
        rest = rest
            .strip_prefix(b"\r\n")
            .ok_or("a boundary without end of line")?;
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|at| at == wanted)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut pieces = text.split('%');
    bytes.extend_from_slice(pieces.next()?.as_bytes());
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2)?, 16).ok()?);
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).ok()
}

fn expect(right: bool, shown: &str) -> Result<(), String> {
    right.then_some(()).ok_or_else(|| format!("wrong: {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let document = b"\r\n--MIMEBoundary_conformanc\r\n\0\xff\r\n";
        let (content_type, body) = write("urn:x", "<e/>", &[("a b@c", document)]);
        let package = read(&content_type, &body).expect("a package");
        assert_eq!(package.envelope, "<e/>");
        assert_eq!(package.included("cid:a%20b@c"), Some(&document[..]));
        assert_eq!(package.included("a b@c"), None);
    }

    #[test]
    fn the_envelope_may_come_last_and_the_boundary_be_another() {
        let shape = Shape {
            boundary: "a b",
            root_last: true,
        };
        let (content_type, body) = shaped("urn:x", "<e/>", &[("1", b"x")], shape);
        assert!(content_type.contains("boundary=\"a b\""));
        let body = String::from_utf8(body).expect("text");
        assert!(body.find("\r\n\r\nx\r\n--a b\r\n") < body.find("<e/>\r\n--a b--"));
    }

    #[test]
    fn a_package_cut_short_or_with_the_wrong_type_is_an_error() {
        let (content_type, body) = write("urn:x", "<e/>", &[]);
        assert!(read(&content_type, &body[..body.len() - 8]).is_err());
        assert!(read(&content_type.replace("xop", "xml"), &body).is_err());
        assert!(read("application/soap+xml", &body).is_err());
    }
}
