//! What is compared of a record, in few bytes.

use crate::PatientRecord;
use crate::index::Blocked;

/// PROVISIONAL in this branch: the matcher's own comes with the matcher.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    pub(crate) birth: u32,
    pub(crate) sex: u8,
    pub(crate) order: u8,
    pub(crate) name: u64,
    pub(crate) phone: u32,
    /// Birth year and the first two kana of the family name; 0: not both known.
    pub(crate) year_kana: u32,
    /// Another family name in kana: 1 and the birth year.
    pub(crate) more: u32,
}

impl std::fmt::Debug for Features {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Features")
    }
}

fn hash(text: &str) -> u64 {
    let all = text.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    (all ^ all >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Features {
    /// Kinds of blocks that matching uses: the first ones.
    pub(crate) const MATCHING: usize = 2;

    /// Changes whenever the same record gives other features.
    pub(crate) const VERSION: u32 = 2;

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let Features {
            birth,
            sex,
            order,
            name,
            phone,
            year_kana,
            more,
        } = self;
        let mut bytes = vec![sex, order];
        bytes.extend(birth.to_le_bytes());
        bytes.extend(name.to_le_bytes());
        bytes.extend(phone.to_le_bytes());
        bytes.extend(year_kana.to_le_bytes());
        bytes.extend(more.to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Features> {
        let (front, rest) = bytes.split_first_chunk::<2>()?;
        let (birth, rest) = rest.split_first_chunk::<4>()?;
        let (name, rest) = rest.split_first_chunk::<8>()?;
        let (phone, rest) = rest.split_first_chunk::<4>()?;
        let (year_kana, more) = rest.split_first_chunk::<4>()?;
        Some(Features {
            sex: front[0],
            order: front[1],
            birth: u32::from_le_bytes(*birth),
            name: u64::from_le_bytes(*name),
            phone: u32::from_le_bytes(*phone),
            year_kana: u32::from_le_bytes(*year_kana),
            more: u32::from_le_bytes(more.try_into().ok()?),
        })
    }

    /// What of this record is compared.
    pub fn of(record: &PatientRecord) -> Features {
        let name = record.names.first().map(|name| {
            format!(
                "{}\t{}",
                super::normalise(&name.family),
                super::normalise(&name.given)
            )
        });
        let (year_kana, more) = year_kana(record);
        Features {
            year_kana,
            more,
            birth: record
                .birth_date
                .get(..8)
                .and_then(|day| day.parse().ok())
                .unwrap_or(0),
            sex: record.sex.bytes().next().unwrap_or(0),
            order: record.birth_order.bytes().next().unwrap_or(0),
            name: name.map_or(0, |name| hash(&name)),
            phone: if record.phone_home.is_empty() {
                0
            } else {
                hash(&record.phone_home) as u32
            },
        }
    }
}

/// The first two kana of each family name in kana, with what stands for the year.
fn year_kana(record: &PatientRecord) -> (u32, u32) {
    let names = record.names.iter().map(|name| start(&name.family));
    let starts: Vec<String> = names.flatten().collect();
    let year: Option<u16> = record
        .birth_date
        .get(..4)
        .and_then(|year| year.parse().ok());
    let hash = match (starts.first(), year) {
        (Some(start), Some(year)) => search(year, start),
        _ => 0,
    };
    let other = starts.iter().any(|one| Some(one) != starts.first());
    (hash, u32::from(other) << 16 | u32::from(year.unwrap_or(0)))
}

fn search(year: u16, start: &str) -> u32 {
    (hash(&format!("{year}{start}")) as u32).max(1)
}

/// The first two letters of a name in kana, or the only one.
fn start(family: &str) -> Option<String> {
    let kana = |letter: char| matches!(letter, '\u{30A0}'..='\u{30FF}');
    let name = super::normalise(family);
    let is_kana = !name.is_empty() && name.chars().all(kana);
    is_kana.then(|| name.chars().take(2).collect())
}

impl Features {
    /// The kind of block by which patients are looked for.
    pub(crate) const SEARCH: usize = 2;

    /// The blocks in which all are who were born in this year and whose family name is, or begins with, this one;
    /// `None`: the name is in no block, look at everybody.
    pub(crate) fn search_blocks(year: u16, family: &str, prefix: bool) -> Option<Vec<u32>> {
        let start = start(family)?;
        let told = !prefix || start.chars().count() == 2;
        told.then(|| vec![search(year, &start)])
    }
}

impl Blocked for Features {
    const KINDS: usize = 3;

    fn more(&self) -> Option<u16> {
        (self.more > 0xFFFF).then_some(self.more as u16)
    }

    fn block(&self, kind: usize) -> Option<u32> {
        match kind {
            0 => (self.birth != 0).then(|| self.birth.wrapping_mul(0x9E37_79B1)),
            1 => (self.name != 0).then_some(self.name as u32),
            _ => (self.year_kana != 0).then_some(self.year_kana),
        }
    }
}
