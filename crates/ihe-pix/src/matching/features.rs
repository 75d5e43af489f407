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
    /// Another family name in kana.
    pub(crate) more: bool,
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
        bytes.push(u8::from(more));
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
            more: more == [1],
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

fn year_kana(record: &PatientRecord) -> (u32, bool) {
    let kana = |letter: &char| matches!(letter, '\u{30A0}'..='\u{30FF}');
    let names = record
        .names
        .iter()
        .map(|name| super::normalise(&name.family));
    let starts = names.map(|name| name.chars().take(2).filter(kana).collect::<String>());
    let mut starts: Vec<String> = starts.filter(|name| name.chars().count() == 2).collect();
    starts.dedup();
    let year = record.birth_date.get(..4);
    let hash = match (starts.first(), year) {
        (Some(start), Some(year)) => hash(&format!("{year}{start}")) as u32,
        _ => 0,
    };
    (hash, starts.len() > 1)
}

impl Blocked for Features {
    const KINDS: usize = 3;

    fn is_more(&self) -> bool {
        self.more
    }

    fn block(&self, kind: usize) -> Option<u32> {
        match kind {
            0 => (self.birth != 0).then(|| self.birth.wrapping_mul(0x9E37_79B1)),
            1 => (self.name != 0).then_some(self.name as u32),
            _ => (self.year_kana != 0).then_some(self.year_kana),
        }
    }
}
