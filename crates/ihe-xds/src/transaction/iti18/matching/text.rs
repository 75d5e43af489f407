//! Comparison of texts, character by character in Unicode's form C (ITI TF-2 appendix F, XDS-T-046).

use std::borrow::Cow;
use std::str::Chars;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

fn composed(text: &str) -> Cow<'_, str> {
    match text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfc().collect()),
    }
}

/// Whether two texts are the same characters; case matters.
pub(super) fn same(one: &str, other: &str) -> bool {
    one == other || (!(one.is_ascii() && other.is_ascii()) && composed(one) == composed(other))
}

/// SQL LIKE: `%` any text, `_` any character; there is no escape, as the Framework names none.
///
/// Greedy with one point of return. A pattern has 256 characters at most, so the time grows with
/// the text alone.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (composed(pattern), composed(text));
    let (mut wanted, mut rest) = (pattern.chars(), text.chars());
    // After the last `%`: what is wanted, and the text it was last tried on.
    let mut back: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let left = rest.clone();
        match (wanted.next(), rest.next()) {
            (Some('%'), _) => {
                rest = left;
                back = Some((wanted.clone(), rest.clone()));
            }
            (Some(want), Some(have)) if want == '_' || want == have => {}
            (None, None) => return true,
            (_, None) => return false,
            _ => match &mut back {
                Some((after, from)) => {
                    from.next();
                    (wanted, rest) = (after.clone(), from.clone());
                }
                None => return false,
            },
        }
    }
}
