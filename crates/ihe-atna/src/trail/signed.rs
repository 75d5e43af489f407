//! The end of every signed text: `key` and `signature`. What is signed is all before the line
//! `signature`.

use crate::trail::TrailError;
use crate::trail::hash::TrailHash;
use crate::trail::signer::{TrailKey, TrailSigner};
use crate::trail::text::{self, Lines};

/// A signed text as it was read or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    text: String,
    signed: usize,
    key: TrailHash,
    signature: String,
}

impl Signed {
    /// Signs the lines so far.
    pub(crate) fn sign(mut text: String, signer: &TrailSigner) -> Result<Signed, TrailError> {
        text::line(&mut text, "key", signer.id());
        let signed = text.len();
        let signature = signer.sign(&text)?;
        text::line(&mut text, "signature", &signature);
        Ok(Signed {
            text,
            signed,
            key: signer.id(),
            signature,
        })
    }

    /// Reads the last two lines.
    pub(crate) fn read(text: &str, mut lines: Lines<'_>) -> Result<Signed, TrailError> {
        let key = lines.hash("key")?;
        let signed = lines.read(text);
        let signature = lines.field("signature")?.to_owned();
        lines.end()?;
        Ok(Signed {
            text: text.to_owned(),
            signed,
            key,
            signature,
        })
    }

    pub(crate) fn check(&self, key: &TrailKey) -> Result<(), &'static str> {
        key.check(self.key, &self.text[..self.signed], &self.signature)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}
