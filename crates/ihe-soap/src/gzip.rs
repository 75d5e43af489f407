//! Content-Encoding gzip, off unless asked for (RFC 9110 8.4.1.3, RFC 1952), with a bound on inflation.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};

use crate::error::Error;
use crate::limits::Limits;

/// Input taken at a time: what it can become at once is bounded (deflate inflates 1032 times at most).
const STEP: usize = 1 << 10;
/// Below this size anything may be said in few bytes.
const FREE: u64 = 1 << 20;
/// Messages below this size are not worth it.
pub(crate) const WORTHWHILE: usize = 1 << 10;

/// Inflates one body, chunk by chunk.
pub(crate) struct Gunzip {
    decoder: GzDecoder<Vec<u8>>,
    taken: u64,
    given: u64,
    inflation: u64,
    message: u64,
}

impl Gunzip {
    pub(crate) fn new(limits: &Limits) -> Gunzip {
        Gunzip {
            decoder: GzDecoder::new(Vec::new()),
            taken: 0,
            given: 0,
            inflation: limits.inflation,
            message: limits.message,
        }
    }

    /// The octets of one chunk and what is left of the chunk; few octets at a time.
    pub(crate) fn inflate(&mut self, chunk: &mut Bytes) -> Result<Bytes, Error> {
        let step = chunk.split_to(chunk.len().min(STEP));
        let mut rest: &[u8] = &step;
        while !rest.is_empty() {
            match self.decoder.write(rest) {
                Ok(0) => return Err(malformed("bytes after its end")),
                Ok(count) => rest = rest.get(count..).unwrap_or_default(),
                Err(_) => return Err(malformed("its data")),
            }
        }
        self.taken += step.len() as u64;
        Ok(self.decoder.get_mut().split_off(0).into()).and_then(|out: Bytes| self.count(out))
    }

    /// The last octets; the stream must be complete.
    pub(crate) fn finish(&mut self) -> Result<Bytes, Error> {
        if self.decoder.try_finish().is_err() {
            return Err(malformed("it ends early"));
        }
        let out = std::mem::take(self.decoder.get_mut());
        self.count(out.into())
    }

    fn count(&mut self, out: Bytes) -> Result<Bytes, Error> {
        self.given += out.len() as u64;
        if self.given > self.message {
            return Err(Error::Limit("message size".into()));
        }
        if self.given > FREE && self.given > self.taken.saturating_mul(self.inflation) {
            return Err(Error::Limit("inflation by gzip".into()));
        }
        Ok(out)
    }
}

fn malformed(what: &str) -> Error {
    Error::Malformed(format!("gzip: {what}"))
}

/// The whole of a message, deflated.
pub(crate) fn deflate(octets: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(octets.len() / 4), Compression::fast());
    encoder.write_all(octets)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate(wire: &[u8], size: usize, limits: &Limits) -> Result<Vec<u8>, Error> {
        let mut gunzip = Gunzip::new(limits);
        let mut out = Vec::new();
        for chunk in wire.chunks(size) {
            let mut chunk = Bytes::copy_from_slice(chunk);
            while !chunk.is_empty() {
                out.extend_from_slice(&gunzip.inflate(&mut chunk)?);
            }
        }
        out.extend_from_slice(&gunzip.finish()?);
        Ok(out)
    }

    #[test]
    fn what_is_deflated_is_inflated_in_chunks_of_any_size() {
        let text: Vec<u8> = (0..50_000u32)
            .flat_map(|n| (n % 997).to_le_bytes())
            .collect();
        let wire = deflate(&text).expect("deflated");
        for size in [1, 7, 1023, 1024, 1025, 1 << 20] {
            assert_eq!(
                inflate(&wire, size, &Limits::default()).expect("inflated"),
                text
            );
        }
    }

    #[test]
    fn a_bomb_is_refused_while_it_is_small() {
        let wire = deflate(&vec![0; 64 << 20]).expect("deflated");
        let bomb = inflate(&wire, 1 << 20, &Limits::default());
        assert!(matches!(bomb, Err(Error::Limit(what)) if what.contains("inflation")));
        let limits = Limits {
            message: 1000,
            ..Limits::default()
        };
        let large = inflate(&deflate(&[7; 2000]).expect("deflated"), 99, &limits);
        assert!(matches!(large, Err(Error::Limit(what)) if what.contains("message")));
    }

    #[test]
    fn what_is_cut_garbled_or_followed_is_malformed() {
        let wire = deflate(b"hello").expect("deflated");
        for end in 0..wire.len() {
            let cut = inflate(&wire[..end], 5, &Limits::default());
            assert!(matches!(cut, Err(Error::Malformed(_))), "{end}");
        }
        let followed = [wire.as_slice(), b"x"].concat();
        assert!(inflate(&followed, 5, &Limits::default()).is_err());
        let mut garbled = wire.clone();
        garbled[12] ^= 0xFF;
        assert!(inflate(&garbled, 5, &Limits::default()).is_err());
    }
}
