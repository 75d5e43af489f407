//! The names of a record by script, each in two parts or as one.

use std::collections::HashSet;
use std::sync::LazyLock;

use hl7v2::datatype::Xpn;

use super::{normalise, roman, sound, table};

static PLACEHOLDERS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let rows = table::pairs(include_str!("tables/placeholders.tsv"));
    rows.filter(|(kind, _)| *kind == "name")
        .map(|(_, name)| name)
        .collect()
});

/// Letters read of one part of a name.
const LETTERS: usize = 64;
/// Repetitions of PID-5 that are looked at.
const NAMES: usize = 16;

/// XPN-8, how a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Ideographic,
    Phonetic,
    Alphabetic,
}

/// A name as it is compared. Joined: both parts are in `family`, and nobody knows where one ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) family: String,
    pub(super) given: String,
    pub(super) joined: bool,
}

/// The sounds of a name.
#[derive(Clone, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) family: Vec<u8>,
    pub(super) given: Vec<u8>,
    pub(super) joined: bool,
    /// Read from Roman letters: how long the vowels are is not known.
    pub(super) roman: bool,
}

/// The legal name in this script; the first if none is marked legal.
pub(super) fn of(names: &[Xpn], script: Script) -> Option<Name> {
    let mut written = names
        .iter()
        .take(NAMES)
        .filter(|name| !name.family.is_empty() || !name.given.is_empty())
        .filter(|name| script_of(name) == script);
    let first = written.clone().next()?;
    let legal = written.find(|name| matches!(name.name_type_code.as_str(), "L" | ""));
    let name = parts(legal.unwrap_or(first));
    (!name.family.is_empty() || !name.given.is_empty()).then_some(name)
}

/// Family and given name. Both in one field are divided where there is a space.
fn parts(name: &Xpn) -> Name {
    let (family, given) = (known_text(&name.family), known_text(&name.given));
    let one = match (family.is_empty(), given.is_empty()) {
        (false, true) if name.given.is_empty() => family,
        (true, false) if name.family.is_empty() => given,
        _ => {
            return Name {
                family: part(family),
                given: part(given),
                joined: false,
            };
        }
    };
    let space = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、');
    match one.trim_matches(space).split_once(space) {
        Some((family, given)) => Name {
            family: part(family),
            given: part(given),
            joined: false,
        },
        None => Name {
            family: part(one),
            given: String::new(),
            joined: true,
        },
    }
}

/// The text before anything in brackets.
fn known_text(text: &str) -> &str {
    text.split(['(', '（', '[', '［'])
        .next()
        .unwrap_or_default()
}

fn part(text: &str) -> String {
    let short: String = text.chars().take(LETTERS).collect();
    let part = normalise(&short);
    if PLACEHOLDERS.contains(part.as_str()) {
        String::new()
    } else {
        part
    }
}

/// XPN-8, or judged by the letters when it is not said.
fn script_of(name: &Xpn) -> Script {
    match name.representation.as_str() {
        "I" => Script::Ideographic,
        "P" => Script::Phonetic,
        "A" => Script::Alphabetic,
        _ => of_letters(&name.family, &name.given),
    }
}

fn of_letters(family: &str, given: &str) -> Script {
    let letters = || family.chars().chain(given.chars()).take(LETTERS);
    let normal = normalise(&letters().collect::<String>());
    let latin = normal.chars().all(|c| u32::from(c) < 0x0250);
    let kana = normal
        .chars()
        .all(|c| matches!(c, '\u{30A1}'..='\u{30FF}' | '-'));
    match (latin, kana) {
        (true, _) => Script::Alphabetic,
        (_, true) => Script::Phonetic,
        _ => Script::Ideographic,
    }
}

/// How a record's name sounds: its kana, or else its Roman letters, or else what of its ideographic name is kana.
pub(super) fn spoken(
    phonetic: Option<&Name>,
    roman: Option<&Name>,
    written: Option<&Name>,
) -> Spoken {
    let best = phonetic.or(roman).or(written);
    let Some(name) = best else {
        return Spoken::default();
    };
    let (family, family_roman) = sounds(&name.family);
    let (given, given_roman) = sounds(&name.given);
    Spoken {
        family,
        given,
        joined: name.joined,
        roman: family_roman || given_roman,
    }
}

/// The sounds of one part, and whether they come from Roman letters.
fn sounds(part: &str) -> (Vec<u8>, bool) {
    if let Some(sounds) = sound::of_kana(part) {
        return (sounds, false);
    }
    let read = roman::kana(part).and_then(|kana| sound::of_kana(&kana));
    match read {
        Some(sounds) => (sounds.into_iter().map(sound::short).collect(), true),
        None if part.is_ascii() => (sound::of_letters(part), true),
        None => (Vec::new(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(family: &str, given: &str) -> Name {
        parts(&Xpn::new(family, given))
    }

    #[test]
    fn a_name_without_representation_is_judged_by_its_letters() {
        assert_eq!(of_letters("山田", "花子"), Script::Ideographic);
        assert_eq!(of_letters("ﾔﾏﾀﾞ", "はなこ"), Script::Phonetic);
        assert_eq!(of_letters("ＹＡＭＡＤＡ", "Hanako"), Script::Alphabetic);
    }

    #[test]
    fn both_parts_in_one_field_are_divided_at_a_space() {
        for one in [
            name("山田　花子", ""),
            name(" 山田 花子 ", ""),
            name("", "山田 花子"),
            name("山田", "花子"),
        ] {
            assert_eq!(
                (one.family.as_str(), one.given.as_str(), one.joined),
                ("山田", "花子", false)
            );
        }
        assert!(name("山田花子", "").joined);
        assert_eq!(name("YAMADA,HANAKO", ""), name("YAMADA", "HANAKO"));
    }

    #[test]
    fn what_is_typed_when_nothing_is_known_is_missing() {
        let one = name("山田", "ベビー");
        assert_eq!((one.given.as_str(), one.joined), ("", false));
        assert_eq!(of(&[Xpn::new("不明", "不明")], Script::Ideographic), None);
        assert_eq!(name("山田(佐藤)", "花子").family, "山田");
    }

    #[test]
    fn the_legal_name_is_taken() {
        let mut maiden = Xpn::new("佐藤", "花子");
        maiden.name_type_code = "M".into();
        let legal = Xpn::new("山田", "花子");
        let found = of(&[maiden.clone(), legal], Script::Ideographic).unwrap();
        assert_eq!(found.family, "山田");
        assert_eq!(of(&[maiden], Script::Ideographic).unwrap().family, "佐藤");
    }

    #[test]
    fn a_name_in_hiragana_is_spoken_as_it_is_written() {
        let written = of(&[Xpn::new("山田", "あゆみ")], Script::Ideographic);
        let spoken = spoken(None, None, written.as_ref());
        assert!(spoken.family.is_empty() && spoken.given.len() == 3);
    }
}
