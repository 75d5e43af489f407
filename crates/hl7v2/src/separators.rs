//! The five delimiter characters of a message (HL7 v2.5 section 2.5.4), announced in MSH-1 and MSH-2.

use crate::escape::{Scope, respelled};

/// The delimiters of one message; each is one ASCII punctuation character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Separators {
    /// Between fields (MSH-1), usually `|`.
    pub field: u8,
    /// Between components (first of MSH-2), usually `^`.
    pub component: u8,
    /// Between repetitions (second of MSH-2), usually `~`.
    pub repetition: u8,
    /// Around escape sequences (third of MSH-2), usually `\`.
    pub escape: u8,
    /// Between subcomponents (fourth of MSH-2), usually `&`.
    pub subcomponent: u8,
}

impl Separators {
    /// The recommended `|` and `^~\&`.
    pub const DEFAULT: Separators = Separators {
        field: b'|',
        component: b'^',
        repetition: b'~',
        escape: b'\\',
        subcomponent: b'&',
    };

    /// MSH-2 as written on the wire: component, repetition, escape, subcomponent.
    ///
    /// ```
    /// assert_eq!(hl7v2::Separators::DEFAULT.encoding_characters(), "^~\\&");
    /// ```
    pub fn encoding_characters(&self) -> String {
        [
            self.component,
            self.repetition,
            self.escape,
            self.subcomponent,
        ]
        .map(char::from)
        .iter()
        .collect()
    }

    /// Reads MSH-1 and MSH-2. Characters that MSH-2 leaves out take their recommended value; a fifth (truncation,
    /// HL7 v2.7) is ignored. `None` if a character is not ASCII punctuation or two are the same. The flag says whether
    /// some were left out.
    pub(crate) fn read(field: u8, encoding: &[u8]) -> Option<(Separators, bool)> {
        if encoding.is_empty() || encoding.len() > 5 {
            return None;
        }
        let or = |n: usize, usual: u8| encoding.get(n).copied().unwrap_or(usual);
        let read = Separators {
            field,
            component: or(0, b'^'),
            repetition: or(1, b'~'),
            escape: or(2, b'\\'),
            subcomponent: or(3, b'&'),
        };
        read.is_sound().then_some((read, encoding.len() < 4))
    }

    fn is_sound(&self) -> bool {
        let all = [
            self.field,
            self.component,
            self.repetition,
            self.escape,
            self.subcomponent,
        ];
        let punctuation = all.iter().all(u8::is_ascii_punctuation);
        let distinct = all
            .iter()
            .enumerate()
            .all(|(n, one)| !all[..n].contains(one));
        punctuation && distinct
    }

    /// A field written with these delimiters, in the recommended ones.
    pub(crate) fn to_default(self, raw: &str) -> String {
        respelled(raw, &self, &Self::DEFAULT, Scope::Field).into_owned()
    }
}

impl Default for Separators {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::Separators;

    #[test]
    fn short_encoding_characters_take_the_recommended_ones() {
        let (read, short) = Separators::read(b'|', b"^~").unwrap();
        assert_eq!(read, Separators::DEFAULT);
        assert!(short);
    }

    #[test]
    fn doubled_or_alphanumeric_delimiters_are_refused() {
        assert!(Separators::read(b'|', b"^~\\|").is_none());
        assert!(Separators::read(b'|', b"^~A&").is_none());
        assert!(Separators::read(b'|', b"").is_none());
        assert!(Separators::read(b'|', b"^~\\&#!").is_none());
    }

    #[test]
    fn a_truncation_character_is_ignored() {
        assert_eq!(
            Separators::read(b'|', b"^~\\&#").unwrap(),
            (Separators::DEFAULT, false)
        );
    }
}
