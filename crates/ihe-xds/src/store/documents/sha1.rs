//! SHA-1 as XDS wants it (ITI TF-3 4.2.3.2.10): for comparison only, never to find a document by.

use aws_lc_rs::digest;

/// SHA-1 in pieces.
pub(crate) struct Sha1(digest::Context);

impl Sha1 {
    pub(crate) fn new() -> Self {
        Self(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY))
    }

    /// Of bytes that are all there.
    pub(crate) fn of(bytes: &[u8]) -> String {
        let mut sha1 = Self::new();
        sha1.update(bytes);
        sha1.finish()
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// 40 lower case hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(self.0.finish().as_ref())
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(Sha1::of(b"abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }
}
