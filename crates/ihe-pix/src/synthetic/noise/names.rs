//! Noise in names.

use super::{Draft, Draws, Person, kana, replace};
use crate::synthetic::draft::Name;
use crate::synthetic::roman::{Style, roman as write_roman};

/// The maiden surname in both scripts.
pub(super) fn before_marriage(draft: &mut Draft, person: &Person) -> bool {
    let Some(maiden) = person.maiden_surname else {
        return false;
    };
    let maiden = &draft.tables.surnames[maiden];
    let kanji = draft
        .kanji
        .as_mut()
        .is_some_and(|n| replace(&mut n.family, maiden.kanji.into()));
    let kana = draft
        .kana
        .as_mut()
        .is_some_and(|n| replace(&mut n.family, maiden.kana.into()));
    kanji || kana
}

/// The maiden surname and the parents' address; not on top of [`before_marriage`].
pub(super) fn before_marriage_and_moved(draft: &mut Draft, person: &Person) -> bool {
    if !before_marriage(draft, person) {
        return false;
    }
    if let Some(address) = &mut draft.address {
        *address = person.parents_address.clone();
    }
    true
}

/// One kanji of the name in another form.
pub(super) fn variant(draft: &mut Draft, draws: &mut Draws) -> bool {
    let Some(name) = &mut draft.kanji else {
        return false;
    };
    let family = name.family.chars().count();
    let mut letters: Vec<char> = name.family.chars().chain(name.given.chars()).collect();
    let variants = &draft.tables.variants;
    let mut fits = letters
        .iter_mut()
        .filter(|letter| variants.contains_key(letter));
    let count = fits.by_ref().count();
    let chosen = draws.index(count);
    let mut fits = letters
        .iter_mut()
        .filter(|letter| variants.contains_key(letter));
    let Some(letter) = fits.nth(chosen) else {
        return false;
    };
    let Some(other) = variants.get(letter).and_then(|others| draws.one_of(others)) else {
        return false;
    };
    *letter = *other;
    name.family = letters.iter().take(family).collect();
    name.given = letters.iter().skip(family).collect();
    true
}

/// Other kanji with the same reading, for the given name (two of three) or the surname.
pub(super) fn homophone(draft: &mut Draft, person: &Person, draws: &mut Draws) -> bool {
    let tables = draft.tables;
    let Some(name) = &mut draft.kanji else {
        return false;
    };
    if draws.chance(6_667) {
        let own = &tables.given[person.given];
        let alike = tables.given_by_kana.get(&(own.sex, own.kana));
        let other = alike.and_then(|list| draws.one_of(list));
        let other = other.map(|index| tables.given[usize::from(*index)].kanji);
        return other.is_some_and(|other| replace(&mut name.given, other.to_owned()));
    }
    let own = tables.surnames[person.surname].kana;
    let other = tables
        .surnames_by_kana
        .get(own)
        .and_then(|list| draws.one_of(list));
    let other = other.map(|index| tables.surnames[usize::from(*index)].kanji);
    other.is_some_and(|other| replace(&mut name.family, other.to_owned()))
}

/// Another reading of the same kanji, of the given name or else of the surname.
pub(super) fn other_reading(draft: &mut Draft, person: &Person, draws: &mut Draws) -> bool {
    let tables = draft.tables;
    let Some(name) = &mut draft.kana else {
        return false;
    };
    let own = &tables.given[person.given];
    let alike = tables.given_by_kanji.get(&(own.sex, own.kanji));
    let other = alike.and_then(|list| draws.one_of(list));
    let other = other.map(|index| tables.given[usize::from(*index)].kana);
    if other.is_some_and(|other| replace(&mut name.given, other.to_owned())) {
        return true;
    }
    let own = tables.surnames[person.surname].kanji;
    let other = tables
        .surnames_by_kanji
        .get(own)
        .and_then(|list| draws.one_of(list));
    let other = other.map(|index| tables.surnames[usize::from(*index)].kana);
    other.is_some_and(|other| replace(&mut name.family, other.to_owned()))
}

/// One kanji and two kana of the given name.
pub(super) fn abbreviated(draft: &mut Draft) -> bool {
    let shorten = |name: &mut Option<Name>, letters: usize| {
        name.as_mut().is_some_and(|name| {
            let short = name.given.chars().take(letters).collect();
            replace(&mut name.given, short)
        })
    };
    let kanji = shorten(&mut draft.kanji, 1);
    shorten(&mut draft.kana, 2) || kanji
}

pub(super) fn swapped(draft: &mut Draft) -> bool {
    for name in draft.kanji.iter_mut().chain(&mut draft.kana) {
        std::mem::swap(&mut name.family, &mut name.given);
    }
    draft.kanji.is_some() || draft.kana.is_some()
}

/// A space, full or half, before, in or after one of the parts.
pub(super) fn spaces(draft: &mut Draft, draws: &mut Draws) -> bool {
    let names = draft.kanji.iter_mut().chain(&mut draft.kana);
    let mut parts: Vec<&mut String> = names.flat_map(|n| [&mut n.family, &mut n.given]).collect();
    let chosen = draws.index(parts.len());
    let Some(part) = parts.get_mut(chosen) else {
        return false;
    };
    let mut letters: Vec<char> = part.chars().collect();
    let space = if draws.chance(7_000) { '\u{3000}' } else { ' ' };
    letters.insert(draws.index(letters.len() + 1), space);
    **part = letters.into_iter().collect();
    true
}

/// Both in the place of the surname, with a full space, a half space or nothing between.
pub(super) fn one_field(draft: &mut Draft, draws: &mut Draws) -> bool {
    let between = ["\u{3000}", " ", "\u{3000}", ""];
    let between = draws.one_of(&between).copied().unwrap_or_default();
    for name in draft.kanji.iter_mut().chain(&mut draft.kana) {
        name.family.push_str(between);
        name.family.push_str(&std::mem::take(&mut name.given));
    }
    draft.kanji.is_some() || draft.kana.is_some()
}

/// Adds a Roman name; of the kana as sent if they are clean, else of the person.
pub(super) fn roman(draft: &mut Draft, person: &Person, style: Style) -> bool {
    let tables = draft.tables;
    let surname = tables.surnames[person.surname].kana;
    let given = tables.given[person.given].kana;
    let sent = draft
        .kana
        .as_ref()
        .map(|name| [name.family.as_str(), name.given.as_str()]);
    let clean = |text: &str| !text.is_empty() && text.chars().all(kana::is_plain);
    let parts = sent.filter(|parts| parts.iter().all(|part| clean(part)));
    let [family, given] = parts.unwrap_or([surname, given]);
    let name = Name {
        family: write_roman(tables, family, style),
        given: write_roman(tables, given, style),
    };
    draft.roman.is_none() && replace(&mut draft.roman, Some(name))
}
