//! How two names agree, by sound and by letter.

use super::features::{Features, KANJI_JOINED, ROMAN, SOUNDS_JOINED};
use super::sound::{self, SOUNDS};

/// How two parts of a name sound.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Sound {
    Missing,
    Equal,
    /// But for long vowels and voiced marks.
    Folded,
    /// But for one sound more, less or other, or two that changed places.
    Edit,
    Differs,
}

/// How two parts of a name are written in kanji.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kanji {
    Missing,
    Equal,
    /// They begin or end alike.
    Part,
    Differs,
}

/// Family or given name: sound and kanji are one piece of evidence, not two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Spelling {
    pub(super) sound: Sound,
    pub(super) kanji: Kanji,
}

impl Spelling {
    /// Sounds times kanji.
    pub(super) const OUTCOMES: usize = 20;

    pub(super) fn outcome(self) -> usize {
        self.sound as usize * 4 + self.kanji as usize
    }

    /// One name, as far as one can tell.
    pub(super) fn agrees(self) -> bool {
        match (self.sound, self.kanji) {
            (Sound::Equal, _) | (_, Kanji::Equal) => true,
            (Sound::Folded, kanji) => kanji == Kanji::Missing,
            _ => false,
        }
    }

    /// Surely another name. One that shares a letter in kanji may be a slip when nothing is known of its sound.
    pub(super) fn contradicts(self) -> bool {
        match (self.sound, self.kanji) {
            (_, Kanji::Equal) | (Sound::Equal | Sound::Folded, _) => false,
            (Sound::Differs, _) => true,
            (Sound::Edit, kanji) => kanji != Kanji::Missing,
            (Sound::Missing, kanji) => kanji == Kanji::Differs,
        }
    }

    pub(super) fn is_missing(self) -> bool {
        self.sound == Sound::Missing && self.kanji == Kanji::Missing
    }

    /// Read otherwise though written alike, or with another letter though one letter and the sound are the same: a slip, or
    /// twins, who often share a letter.
    pub(super) fn is_doubtful(self) -> bool {
        matches!(
            (self.sound, self.kanji),
            (Sound::Differs, Kanji::Equal) | (Sound::Equal, Kanji::Part)
        )
    }

    fn worse(self, other: Spelling) -> Spelling {
        Spelling {
            sound: self.sound.max(other.sound),
            kanji: self.kanji.max(other.kanji),
        }
    }
}

/// Family name, given name, and whether the two have changed places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Names {
    pub(super) family: Spelling,
    pub(super) given: Spelling,
    pub(super) swapped: bool,
    /// One given name is the beginning of the other, in all that is known of both.
    pub(super) shortened: bool,
}

impl Names {
    /// Both agree in every script that both are known in.
    pub(super) fn are_exact(self) -> bool {
        let exact = |part: Spelling| {
            let spoken = matches!(part.sound, Sound::Missing | Sound::Equal);
            spoken && matches!(part.kanji, Kanji::Missing | Kanji::Equal) && !part.is_missing()
        };
        exact(self.family) && exact(self.given)
    }
}

pub(super) fn compare(a: &Features, b: &Features) -> Names {
    let (sounds, kanji) = (spoken(a, b), written(a, b));
    let straight = Names {
        family: Spelling {
            sound: sounds[0],
            kanji: kanji[0],
        },
        given: Spelling {
            sound: sounds[1],
            kanji: kanji[1],
        },
        swapped: false,
        shortened: shortened(a, b),
    };
    if straight.family.agrees() || straight.given.agrees() {
        return straight;
    }
    crossed(a, b).unwrap_or(straight)
}

/// Both parts agree when family and given name of one change places.
fn crossed(a: &Features, b: &Features) -> Option<Names> {
    if (a.flags | b.flags) & (SOUNDS_JOINED | KANJI_JOINED) != 0 {
        return None;
    }
    let loose = a.is(ROMAN) || b.is(ROMAN);
    let part = |a: (&[u8], usize), b: (&[u8], usize), x: &Features, y: &Features| Spelling {
        sound: sounds(a.0, b.0, loose),
        kanji: halves(half(x, a.1), half(y, b.1)),
    };
    let first = part((&a.family, 0), (&b.given, 2), a, b);
    let second = part((&a.given, 2), (&b.family, 0), a, b);
    let spelling = first.worse(second);
    let alike = first.agrees() && second.agrees() && spelling.agrees();
    alike.then_some(Names {
        family: spelling,
        given: spelling,
        swapped: true,
        shortened: false,
    })
}

fn shortened(a: &Features, b: &Features) -> bool {
    if (a.flags | b.flags) & (SOUNDS_JOINED | KANJI_JOINED) != 0 {
        return false;
    }
    let begins = |a: &[u8], b: &[u8]| {
        a.iter()
            .zip(b)
            .all(|(a, b)| sound::plain(*a) == sound::plain(*b))
    };
    let (kanji, other) = (half(a, 2), half(b, 2));
    let written = kanji[0] == other[0];
    let spoken = begins(known(&a.given), known(&b.given));
    match (
        kanji[0] != 0 && other[0] != 0,
        a.given[0] != 0 && b.given[0] != 0,
    ) {
        (true, true) => written && spoken,
        (false, true) => spoken,
        (true, false) => written && (kanji[1] == 0 || other[1] == 0),
        (false, false) => false,
    }
}

fn half(features: &Features, place: usize) -> [u16; 2] {
    let at = |place: usize| features.kanji.get(place).copied().unwrap_or(0);
    [at(place), at(place + 1)]
}

fn spoken(a: &Features, b: &Features) -> [Sound; 2] {
    let loose = a.is(ROMAN) || b.is(ROMAN);
    match (a.is(SOUNDS_JOINED), b.is(SOUNDS_JOINED)) {
        (false, false) if letters_and_kana(a, b) => same_letters(a, b),
        (false, false) => [
            sounds(&a.family, &b.family, loose),
            sounds(&a.given, &b.given, loose),
        ],
        (true, true) => joined(&both(a), &both(b), loose),
        (true, false) => divided(&both(a), b, loose),
        (false, true) => divided(&both(b), a, loose),
    }
}

fn letters_and_kana(a: &Features, b: &Features) -> bool {
    let letters =
        |one: &Features| sound::are_letters(&one.family) || sound::are_letters(&one.given);
    letters(a) != letters(b)
}

/// Letters that cannot be read are compared with kana by what else is known in letters.
fn same_letters(a: &Features, b: &Features) -> [Sound; 2] {
    match a.roman != 0 && a.roman == b.roman {
        true => [Sound::Equal; 2],
        false => [Sound::Missing; 2],
    }
}

/// Family and given name one after the other.
fn both(one: &Features) -> [u8; 2 * SOUNDS] {
    let known = one
        .family
        .iter()
        .chain(&one.given)
        .filter(|sound| **sound != 0);
    let mut both = [0; 2 * SOUNDS];
    both.iter_mut()
        .zip(known)
        .for_each(|(place, sound)| *place = *sound);
    both
}

/// Two names of which nobody knows where the family name ends.
fn joined(a: &[u8], b: &[u8], loose: bool) -> [Sound; 2] {
    match sounds(a, b, loose) {
        Sound::Edit => [Sound::Equal, Sound::Edit],
        Sound::Differs if alike_at_first(a, b) => [Sound::Folded, Sound::Differs],
        whole => [whole, whole],
    }
}

fn alike_at_first(a: &[u8], b: &[u8]) -> bool {
    a.iter()
        .zip(b)
        .take(3)
        .all(|(a, b)| *a != 0 && sound::plain(*a) == sound::plain(*b))
}

/// A joined name and one in parts.
fn divided(whole: &[u8], parts: &Features, loose: bool) -> [Sound; 2] {
    if parts.given[0] != 0 || parts.family[0] == 0 {
        let alike = sounds(whole, &both(parts), loose);
        match alike {
            Sound::Differs => {}
            Sound::Edit => return [Sound::Equal, Sound::Edit],
            _ => return [alike, alike],
        }
    }
    let family = known(&parts.family);
    let start = whole.get(..family.len()).unwrap_or_default();
    let rest = whole.get(family.len()..).unwrap_or_default();
    match sounds(start, family, loose) {
        alike @ (Sound::Equal | Sound::Folded) => [alike, sounds(rest, &parts.given, loose)],
        Sound::Missing => [Sound::Missing; 2],
        _ => [Sound::Differs; 2],
    }
}

fn known(sounds: &[u8]) -> &[u8] {
    let length = sounds.iter().position(|sound| *sound == 0);
    sounds
        .get(..length.unwrap_or(sounds.len()))
        .unwrap_or_default()
}

/// Two rows of sounds. Of names of one or two sounds, one other is another name.
pub(super) fn sounds(a: &[u8], b: &[u8], loose: bool) -> Sound {
    let (a, b) = (known(a), known(b));
    let alike =
        |by: fn(u8) -> u8| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| by(*a) == by(*b));
    if a.is_empty() || b.is_empty() {
        return Sound::Missing;
    }
    if a == b || (loose && alike(sound::short)) {
        return Sound::Equal;
    }
    if alike(sound::plain) {
        return Sound::Folded;
    }
    match a.len().max(b.len()) > 2 && one_edit(a, b) {
        true => Sound::Edit,
        false => Sound::Differs,
    }
}

/// Whether one sound more, less or other, or two neighbours that changed places, make one of the other.
fn one_edit(a: &[u8], b: &[u8]) -> bool {
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = |(a, b): &(&u8, &u8)| sound::plain(**a) == sound::plain(**b);
    let start = a.iter().zip(b).take_while(same).count();
    let (a, b) = (
        a.get(start..).unwrap_or_default(),
        b.get(start..).unwrap_or_default(),
    );
    let end = a.iter().rev().zip(b.iter().rev()).take_while(same).count();
    let (a, b) = (&a[..a.len() - end], &b[..b.len() - end]);
    match (a, b) {
        ([] | [_], [] | [_]) => true,
        ([a, b], [c, d]) => {
            sound::plain(*a) == sound::plain(*d) && sound::plain(*b) == sound::plain(*c)
        }
        _ => false,
    }
}

fn written(a: &Features, b: &Features) -> [Kanji; 2] {
    if !a.is(KANJI_JOINED) && !b.is(KANJI_JOINED) {
        return [
            halves(half(a, 0), half(b, 0)),
            halves(half(a, 2), half(b, 2)),
        ];
    }
    if a.kanji[0] == 0 || b.kanji[0] == 0 {
        return [Kanji::Missing; 2];
    }
    let sum = |one: &Features| {
        one.kanji
            .iter()
            .fold(0_u16, |sum, half| sum.wrapping_add(*half))
    };
    match (sum(a) == sum(b), a.kanji[0] == b.kanji[0]) {
        (true, _) => [Kanji::Equal; 2],
        (false, true) => [Kanji::Part, Kanji::Differs],
        (false, false) => [Kanji::Differs; 2],
    }
}

fn halves(a: [u16; 2], b: [u16; 2]) -> Kanji {
    match () {
        () if a[0] == 0 || b[0] == 0 => Kanji::Missing,
        () if a == b => Kanji::Equal,
        () if a[0] == b[0] || (a[1] != 0 && a[1] == b[1]) => Kanji::Part,
        () => Kanji::Differs,
    }
}
