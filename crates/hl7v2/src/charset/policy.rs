//! What to do with characters a set does not have, and the report of what was done.

use super::{Charset, Unencodable, substitute};
use std::borrow::Cow;
use std::fmt;

/// How to write characters the set does not have. What no step covers is an error.
///
/// Whoever changes a name tells somebody: every change is in [`Encoded::substitutions`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Spell out by the table of the National Hospital Organization for SS-MIX2: ① becomes (1), ㈱ becomes (株),
    /// half-width katakana becomes full-width.
    pub spell: bool,
    /// Write the common variant of a kanji: 髙 becomes 高. Off in the presets, because it changes how a name is written.
    pub kanji_variants: bool,
    /// At last write this character, if the set has it.
    pub replacement: Option<char>,
}

impl Policy {
    /// Change nothing: a character the set does not have is an error.
    pub const REFUSE: Policy = Policy {
        spell: false,
        kanji_variants: false,
        replacement: None,
    };
    /// Spell out what has a spelling; the rest is an error.
    pub const SPELL: Policy = Policy {
        spell: true,
        ..Policy::REFUSE
    };
    /// The rules of the National Hospital Organization for SS-MIX2: spell out, the rest becomes ■.
    pub const NHO: Policy = Policy {
        spell: true,
        kanji_variants: false,
        replacement: Some('■'),
    };
}

/// One change. The characters are patient data: `Debug` shows the place only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Substitution {
    /// Offset in the original text, in bytes.
    pub at: usize,
    /// Length in the original text, in bytes: of one character, or of a half-width katakana and its mark.
    pub length: usize,
    /// The character at that place.
    pub from: char,
    /// What is written instead, if it comes from a table.
    to: Instead,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    Spelled(&'static str),
    One(char),
}

impl Substitution {
    /// What is written instead.
    pub fn to(&self) -> Cow<'static, str> {
        match self.to {
            Instead::Spelled(text) => text.into(),
            Instead::One(character) => character.to_string().into(),
        }
    }
}

impl fmt::Debug for Substitution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Substitution")
            .field("at", &self.at)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Text a set has all characters of, and what was changed to get it. At most 40 bytes of report for every byte of text.
#[derive(Clone, PartialEq, Eq)]
pub struct Substituted<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// What was changed, in the order of the text.
    pub substitutions: Vec<Substitution>,
}

impl fmt::Debug for Substituted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Substituted")
            .field("bytes", &self.text.len())
            .field("substitutions", &self.substitutions)
            .finish()
    }
}

/// Bytes, and what was changed to be able to write them.
#[derive(Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What was changed, in the order of the text.
    pub substitutions: Vec<Substitution>,
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("bytes", &self.bytes.len())
            .field("substitutions", &self.substitutions)
            .finish()
    }
}

impl Charset {
    /// Text with every character the set does not have replaced by the rules of the policy; the error is the first that
    /// they do not cover.
    ///
    /// ```
    /// use hl7v2::charset::{Charset, Policy};
    /// let changed = Charset::Iso2022Jp.substitute("ﾔﾏﾀﾞ①㈱", &Policy::SPELL)?;
    /// assert_eq!(changed.text, "ヤマダ(1)(株)");
    /// assert_eq!(changed.substitutions.len(), 5);
    /// assert!(Charset::Iso2022Jp.substitute("髙田", &Policy::SPELL).is_err());
    /// assert_eq!(Charset::Iso2022Jp.substitute("髙田", &Policy::NHO)?.text, "■田");
    /// # Ok::<(), hl7v2::charset::Unencodable>(())
    /// ```
    pub fn substitute<'a>(
        &self,
        text: &'a str,
        policy: &Policy,
    ) -> Result<Substituted<'a>, Unencodable> {
        let mut out = String::new();
        let mut substitutions = Vec::new();
        let mut copied = 0;
        let mut past = 0;
        for (at, from) in text.char_indices() {
            if at < past || self.has(from) {
                continue;
            }
            let (to, length) = self
                .instead(text.get(at..).unwrap_or_default(), from, policy)
                .ok_or(Unencodable {
                    offset: at,
                    charset: *self,
                })?;
            out.push_str(text.get(copied..at).unwrap_or_default());
            match to {
                Instead::Spelled(spelled) => out.push_str(spelled),
                Instead::One(character) => out.push(character),
            }
            past = at + length;
            copied = past;
            substitutions.push(Substitution {
                at,
                length,
                from,
                to,
            });
        }
        if substitutions.is_empty() {
            return Ok(Substituted {
                text: text.into(),
                substitutions,
            });
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        Ok(Substituted {
            text: out.into(),
            substitutions,
        })
    }

    /// What to write instead of the first character of `rest`, and how many bytes of `rest` that covers.
    fn instead(&self, rest: &str, from: char, policy: &Policy) -> Option<(Instead, usize)> {
        let one = from.len_utf8();
        if policy.spell {
            if let Some((wide, length)) = substitute::wide_katakana(rest)
                && self.has(wide)
            {
                return Some((Instead::One(wide), length));
            }
            if let Some(spelled) = substitute::spelled(from)
                && spelled.chars().all(|character| self.has(character))
            {
                return Some((Instead::Spelled(spelled), one));
            }
        }
        let variant = substitute::variant(from).filter(|_| policy.kanji_variants);
        variant
            .into_iter()
            .chain(policy.replacement)
            .find(|character| self.has(*character))
            .map(|character| (Instead::One(character), one))
    }

    /// Text to bytes under a policy, with a report of every change.
    ///
    /// ```
    /// use hl7v2::charset::{Charset, Policy};
    /// let encoded = Charset::Iso2022Jp.encode_with("髙田", &Policy::NHO)?;
    /// assert_eq!(encoded.bytes, b"\x1b$B\x22\x23\x45\x44\x1b(B");
    /// assert_eq!((encoded.substitutions[0].at, encoded.substitutions[0].from), (0, '髙'));
    /// assert_eq!(encoded.substitutions[0].to(), "■");
    /// # Ok::<(), hl7v2::charset::Unencodable>(())
    /// ```
    pub fn encode_with(&self, text: &str, policy: &Policy) -> Result<Encoded, Unencodable> {
        if let Ok(bytes) = self.encode(text) {
            return Ok(Encoded {
                bytes,
                substitutions: Vec::new(),
            });
        }
        let changed = self.substitute(text, policy)?;
        Ok(Encoded {
            bytes: self.encode(&changed.text)?,
            substitutions: changed.substitutions,
        })
    }

    /// Text to bytes; what the set does not have becomes a substitute, at worst `?` (in Japanese text `■`).
    pub fn encode_lossy(&self, text: &str) -> Vec<u8> {
        let replacement = if self.has('■') { '■' } else { '?' };
        let policy = Policy {
            spell: self.has('ア'),
            kanji_variants: false,
            replacement: Some(replacement),
        };
        self.encode_with(text, &policy)
            .map(|encoded| encoded.bytes)
            .unwrap_or_default()
    }
}
