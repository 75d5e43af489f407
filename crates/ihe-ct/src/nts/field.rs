//! Extension fields of NTP (RFC 7822) as NTS uses them (RFC 8915 section 5).

use super::{open, random, seal};
use crate::packet::LEN;

pub(super) const UNIQUE_IDENTIFIER: u16 = 0x0104;
pub(super) const COOKIE: u16 = 0x0204;
pub(super) const PLACEHOLDER: u16 = 0x0304;
pub(super) const AUTHENTICATOR: u16 = 0x0404;

/// Fields of one packet that are looked at.
const MOST: usize = 32;

/// One field where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) kind: u16,
    pub(super) body: &'a [u8],
    /// Where it begins in what was read.
    pub(super) at: usize,
}

/// The fields of `bytes` from `start` on; `None` when they do not fill it exactly.
pub(super) fn fields(bytes: &[u8], start: usize) -> Option<Vec<Field<'_>>> {
    let (mut at, mut found) = (start, Vec::new());
    while at < bytes.len() {
        let [a, b, c, d] = *bytes.get(at..)?.first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([c, d]));
        if length < 4 || !length.is_multiple_of(4) || found.len() >= MOST {
            return None;
        }
        found.push(Field {
            kind: u16::from_be_bytes([a, b]),
            body: bytes.get(at + 4..at + length)?,
            at,
        });
        at += length;
    }
    Some(found)
}

/// Appends a field, its body filled up to a multiple of four and to sixteen bytes in all.
pub(super) fn append(out: &mut Vec<u8>, kind: u16, body: &[u8]) {
    let length = (body.len() + 4).next_multiple_of(4).max(16);
    out.extend(kind.to_be_bytes());
    out.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    out.extend(body);
    out.resize(out.len() + (length - 4 - body.len()), 0);
}

/// Appends the authenticator of everything before it, and what it encrypts.
pub(super) fn authenticate(out: &mut Vec<u8>, key: &[u8; 32], plain: &[u8]) -> std::io::Result<()> {
    let nonce: [u8; 16] = random()?;
    let sealed = seal(key, out, &nonce, plain)
        .ok_or_else(|| std::io::Error::other("the packet cannot be sealed"))?;
    let mut body = Vec::with_capacity(24 + sealed.len());
    body.extend([0, 16]);
    body.extend(
        u16::try_from(sealed.len())
            .unwrap_or(u16::MAX)
            .to_be_bytes(),
    );
    body.extend(nonce);
    body.extend(&sealed);
    append(out, AUTHENTICATOR, &body);
    Ok(())
}

/// What a packet protects: its unique identifier, the fields that are authenticated, and what was encrypted.
pub(super) struct Authentic<'a> {
    pub(super) fields: Vec<Field<'a>>,
    pub(super) plain: Vec<u8>,
}

/// The authenticator and the fields before it; those after it are not authentic and are left out.
pub(super) fn split<'a>(fields: &[Field<'a>]) -> Option<(Vec<Field<'a>>, Field<'a>)> {
    let at = fields
        .iter()
        .position(|field| field.kind == AUTHENTICATOR)?;
    Some((fields.get(..at)?.to_vec(), *fields.get(at)?))
}

/// Checks the authenticator of a datagram.
pub(super) fn verify<'a>(datagram: &'a [u8], key: &[u8; 32]) -> Option<Authentic<'a>> {
    let (before, authenticator) = split(&fields(datagram, LEN)?)?;
    let (lengths, rest) = authenticator.body.split_first_chunk::<4>()?;
    let [a, b, c, d] = *lengths;
    let nonce_length = usize::from(u16::from_be_bytes([a, b]));
    let sealed_length = usize::from(u16::from_be_bytes([c, d]));
    let nonce = rest.get(..nonce_length)?;
    let sealed = rest
        .get(nonce_length.next_multiple_of(4)..)?
        .get(..sealed_length)?;
    let aad = datagram.get(..authenticator.at)?;
    let plain = open(key, aad, nonce, sealed)?;
    Some(Authentic {
        fields: before,
        plain,
    })
}

/// The body of the one field of this kind; `None` when there is none or more than one.
pub(super) fn only<'a>(fields: &[Field<'a>], kind: u16) -> Option<&'a [u8]> {
    let mut of_kind = fields.iter().filter(|field| field.kind == kind);
    let first = of_kind.next()?;
    of_kind.next().is_none().then_some(first.body)
}
