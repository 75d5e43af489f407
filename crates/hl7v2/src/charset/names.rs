//! MSH-18 names to character sets: HL7 table 0211 and what senders write instead, as data.

use super::{Charset, Mixture, Repertoire, UnknownCharset};
use std::collections::HashMap;
use std::sync::LazyLock;

/// One name of HL7 table 0211, or one that senders use although the table does not have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedCharset {
    /// The name as table 0211 writes it.
    pub name: &'static str,
    /// The set it is read as; `None` if it is refused.
    pub charset: Option<Charset>,
    /// Whether table 0211 has it.
    pub standard: bool,
    /// Other names it is known by.
    pub aliases: Vec<&'static str>,
    /// What it is, or why it is refused.
    pub meaning: &'static str,
}

/// What MSH-18 says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The set, or mixture of sets.
    pub charset: Charset,
    /// Every repetition is empty or a name of table 0211 letter by letter.
    pub standard: bool,
}

static ROWS: LazyLock<Vec<NamedCharset>> = LazyLock::new(|| {
    include_str!("../../tables/charset_0211.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(row)
        .collect()
});

static BY_KEY: LazyLock<HashMap<String, usize>> = LazyLock::new(|| {
    let names = |row: &NamedCharset| {
        let mut all = row.aliases.clone();
        all.push(row.name);
        all
    };
    ROWS.iter()
        .enumerate()
        .flat_map(|(at, row)| names(row).into_iter().map(move |name| (key(name), at)))
        .collect()
});

fn row(line: &'static str) -> Option<NamedCharset> {
    let mut columns = line.split('\t');
    let name = columns.next()?;
    let reads_as = columns.next()?;
    let standing = columns.next()?;
    let aliases = columns.next()?.split(';').filter(|alias| !alias.is_empty());
    Some(NamedCharset {
        name,
        charset: Charset::SINGLE
            .into_iter()
            .find(|one| one.name() == reads_as),
        standard: standing != "tolerated",
        aliases: aliases.collect(),
        meaning: columns.next()?,
    })
}

/// The letters and digits of a name, without case.
fn key(name: &str) -> String {
    name.bytes()
        .filter(u8::is_ascii_alphanumeric)
        .map(|byte| char::from(byte.to_ascii_uppercase()))
        .collect()
}

/// All names this crate knows, those of table 0211 first, refused ones with the reason.
///
/// ```
/// let refused: Vec<_> = hl7v2::charset::table().iter().filter(|row| row.charset.is_none()).collect();
/// assert_eq!(refused.len(), 1);
/// assert_eq!(refused[0].name, "CNS 11643-1992");
/// ```
pub fn table() -> &'static [NamedCharset] {
    &ROWS
}

/// One repetition of MSH-18.
fn one(name: &str) -> Result<Declared, UnknownCharset> {
    let exact = |charset| Declared {
        charset,
        standard: true,
    };
    match name {
        "" | "ASCII" => return Ok(exact(Charset::Ascii)),
        "UNICODE UTF-8" => return Ok(exact(Charset::Utf8)),
        "ISO IR87" => return Ok(exact(Charset::Iso2022Jp)),
        _ => {}
    }
    let key = key(name);
    if key.is_empty() && name.trim().is_empty() {
        return Ok(exact(Charset::Ascii));
    }
    let row = BY_KEY.get(&key).and_then(|at| ROWS.get(*at));
    let row = row.ok_or(UnknownCharset)?;
    Ok(Declared {
        charset: row.charset.ok_or(UnknownCharset)?,
        standard: row.standard && row.name == name,
    })
}

/// The repetitions of MSH-18: the first is the default, the others are switched to by escape sequences (ISO 2022).
pub(super) fn declared(names: &[&str]) -> Result<Declared, UnknownCharset> {
    let mut standard = true;
    let mut sets: Vec<Charset> = Vec::new();
    for name in names {
        let declared = one(name)?;
        standard &= declared.standard;
        if !sets.contains(&declared.charset) {
            sets.push(declared.charset);
        }
    }
    let charset = combined(&sets)?;
    Ok(Declared { charset, standard })
}

fn combined(sets: &[Charset]) -> Result<Charset, UnknownCharset> {
    match sets {
        [] => Ok(Charset::Ascii),
        [one] => Ok(*one),
        // Sets that hold ASCII and cannot be switched to: ASCII beside them adds nothing.
        [Charset::Ascii, other] | [other, Charset::Ascii] if other.repertoires().is_none() => {
            Ok(*other)
        }
        [first, rest @ ..] => mixture(*first, rest).ok_or(UnknownCharset),
    }
}

fn mixture(first: Charset, rest: &[Charset]) -> Option<Charset> {
    let mut mixture = Mixture::new(first)?;
    for charset in rest {
        for repertoire in charset.repertoires()? {
            mixture.add(*repertoire);
        }
    }
    Some(mixture.simplest())
}

impl Charset {
    /// What can be designated by escape sequences of this set; `None` if it takes no part in ISO 2022.
    pub(super) fn repertoires(self) -> Option<&'static [Repertoire]> {
        Some(match self {
            Charset::Ascii => &[],
            Charset::Iso2022Jp => &[Repertoire::Kanji],
            Charset::Iso2022Jp1 => &[Repertoire::Kanji, Repertoire::Supplement],
            Charset::JisX0201 => &[Repertoire::Katakana],
            Charset::KsX1001 => &[Repertoire::Korean],
            Charset::Latin1 => &[Repertoire::Latin1],
            Charset::Latin2 => &[Repertoire::Latin2],
            Charset::Latin3 => &[Repertoire::Latin3],
            Charset::Latin4 => &[Repertoire::Latin4],
            Charset::Cyrillic => &[Repertoire::Cyrillic],
            Charset::Arabic => &[Repertoire::Arabic],
            Charset::Greek => &[Repertoire::Greek],
            Charset::Hebrew => &[Repertoire::Hebrew],
            Charset::Latin5 => &[Repertoire::Latin5],
            Charset::Latin9 => &[Repertoire::Latin9],
            _ => return None,
        })
    }
}
