//! Writing MTOM: the pieces of a multipart body, files named but not read (XDS-T-007, ITI TF-2 V.8).

use bytes::Bytes;

use crate::content_type::quote;
use crate::error::Error;
use crate::message::{Attachment, Source};

/// The Content-Type header and the pieces of the body, in order.
pub(crate) fn package(
    envelope: Bytes,
    action: &str,
    attachments: &[Attachment],
) -> Result<(String, Vec<Source>), Error> {
    let (boundary, root) = names();
    let mut pieces = vec![
        Source::Bytes(root_header(&boundary, &root)),
        Source::Bytes(envelope),
    ];
    for attachment in attachments {
        pieces.push(Source::Bytes(part_header(&boundary, attachment)?));
        pieces.push(attachment.source.clone());
    }
    pieces.push(end(&boundary));
    Ok((content_type(&boundary, &root, action), pieces))
}

/// The same for an envelope alone.
#[cfg(feature = "server")]
pub(crate) fn package_envelope(envelope: Bytes, action: &str) -> (String, Vec<Source>) {
    let (boundary, root) = names();
    (
        content_type(&boundary, &root, action),
        vec![
            Source::Bytes(root_header(&boundary, &root)),
            Source::Bytes(envelope),
            end(&boundary),
        ],
    )
}

fn names() -> (String, String) {
    let unique = || uuid::Uuid::new_v4().simple();
    (
        format!("MIMEBoundary_{}", unique()),
        format!("root.{}@renkei", unique()),
    )
}

fn end(boundary: &str) -> Source {
    Source::Bytes(format!("\r\n--{boundary}--\r\n").into())
}

fn content_type(boundary: &str, root: &str, action: &str) -> String {
    format!(
        "multipart/related; boundary=\"{boundary}\"; type=\"application/xop+xml\"; start=\"<{root}>\"; \
         start-info=\"application/soap+xml\"; action={}",
        quote(action)
    )
}

fn root_header(boundary: &str, root: &str) -> Bytes {
    format!(
        "--{boundary}\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"application/soap+xml\"\r\n\
         Content-Transfer-Encoding: binary\r\nContent-ID: <{root}>\r\n\r\n"
    )
    .into()
}

fn part_header(boundary: &str, attachment: &Attachment) -> Result<Bytes, Error> {
    let id = &attachment.content_id;
    if id.is_empty()
        || id.len() > 512
        || id
            .bytes()
            .any(|b| !b.is_ascii_graphic() || b"<>".contains(&b))
    {
        return Err(Error::Misuse("content id of an attachment".into()));
    }
    let content_type = if is_plain(&attachment.content_type) {
        &attachment.content_type
    } else {
        "application/octet-stream"
    };
    Ok(format!(
        "\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <{id}>\r\n\r\n"
    )
    .into())
}

fn is_plain(content_type: &str) -> bool {
    content_type.contains('/')
        && content_type.len() <= 512
        && content_type.bytes().all(|b| (b' '..=b'~').contains(&b))
}
