//! Who could be meant, from what is in memory.

use std::collections::BTreeSet;
use std::ops::Range;

use hl7v2::datatype::Xpn;

use super::head;
use crate::PatientRecord;
use crate::identity::{NamePattern, PatientQuery};
use crate::index::Blocked;
use crate::matching::{Features, normalise};
use crate::store::engine::Engine;

/// Rows of one block that are counted to find the smallest block.
const COUNTED: usize = 100_000;

/// One identity of a candidate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) row: u32,
    /// The last entry of the journal about it: who has the highest was fed last.
    pub(super) journal: u32,
    /// Whether its demographics count (see [`PatientQuery::source`]).
    pub(super) counts: bool,
}

/// Candidates not yet looked at.
pub(super) struct Candidates {
    rows: Rows,
    source: Vec<u16>,
    everywhere: bool,
}

enum Rows {
    /// The oldest row of each person, from the last to the first.
    Some(Vec<u32>),
    /// Everybody.
    All(Range<u32>),
}

impl Candidates {
    /// People of whom some may be meant, and all who are, after this number.
    pub(super) fn of(engine: &Engine, query: &PatientQuery, after: u64) -> Candidates {
        let first = u32::try_from(after).unwrap_or(u32::MAX);
        let rows = match (query.ids.first(), smallest(engine, query)) {
            (Some(_), _) => Rows::Some(by_ids(engine, query)),
            (None, Some((kind, hash))) => Rows::Some(of_block(engine, kind, hash)),
            (None, None) => Rows::All(first..u32::try_from(engine.index.len()).unwrap_or(u32::MAX)),
        };
        let rows = match rows {
            Rows::Some(mut heads) => {
                heads.retain(|row| *row >= first);
                Rows::Some(heads)
            }
            all => all,
        };
        let source = query.source.iter();
        Candidates {
            rows,
            source: source
                .filter_map(|domain| engine.domains.number(domain))
                .collect(),
            everywhere: query.source.is_empty(),
        }
    }

    /// The identities of the next people, the oldest of each first; nobody: there are no more.
    pub(super) fn next(&mut self, engine: &Engine, limit: usize) -> Vec<Vec<Member>> {
        let mut batch = Vec::new();
        while batch.len() < limit {
            let row = match &mut self.rows {
                Rows::Some(heads) => heads.pop(),
                Rows::All(rows) => {
                    rows.find(|row| engine.is_active(*row) && head(engine, *row) == *row)
                }
            };
            let Some(row) = row else {
                break;
            };
            // What was a person when the block was read may be part of another by now.
            if engine.is_active(row) && head(engine, row) == row {
                batch.push(self.members(engine, row));
            }
        }
        batch
    }

    fn members(&self, engine: &Engine, row: u32) -> Vec<Member> {
        let member = |row| Member {
            row,
            journal: engine.index.journal(row),
            counts: self.everywhere || self.source.contains(&engine.index.id(row).0),
        };
        engine.set(row).into_iter().map(member).collect()
    }
}

/// The person who has all of these ids.
fn by_ids(engine: &Engine, query: &PatientQuery) -> Vec<u32> {
    let mut heads = query.ids.iter().map(|id| {
        let row = engine.active(id)?;
        Some(head(engine, row))
    });
    match heads.next() {
        Some(Some(first)) if heads.all(|head| head == Some(first)) => vec![first],
        _ => Vec::new(),
    }
}

/// The people of a block, and those that blocks do not tell everything of.
fn of_block(engine: &Engine, kind: usize, hash: u32) -> Vec<u32> {
    let rows = engine.index.block(kind, hash).chain(engine.index.more());
    let heads: BTreeSet<u32> = rows.map(|row| head(engine, row)).collect();
    heads.into_iter().rev().collect()
}

/// The block with the fewest rows among those that every answer is in.
fn smallest(engine: &Engine, query: &PatientQuery) -> Option<(usize, u32)> {
    let blocks = blocks(query).into_iter();
    let counted = |(kind, hash): &(usize, u32)| {
        let rows = engine.index.block(*kind, *hash);
        rows.take(COUNTED).count()
    };
    blocks
        .map(|block| (counted(&block), block))
        .min_by_key(|(rows, _)| *rows)
        .map(|(_, block)| block)
}

/// Blocks that every answer is in: what is the same for records that agree in what is asked for and differ in everything
/// else. Which block is made of what is the matcher's business.
fn blocks(query: &PatientQuery) -> Vec<(usize, u32)> {
    let records = answers(query);
    let features: Vec<Features> = records.iter().map(Features::of).collect();
    let shared = |kind: usize| {
        let mut hashes = features.iter().map(|one| one.block(kind));
        let first = hashes.next()??;
        hashes
            .all(|hash| hash == Some(first))
            .then_some((kind, first))
    };
    (0..Features::KINDS).filter_map(shared).collect()
}

/// What a record may hold where the query says nothing.
struct Rest {
    /// Family and given name in kana, kanji and Roman letters.
    names: [(&'static str, &'static str); 3],
    day: &'static str,
    sex: &'static str,
    address: &'static str,
    phone: &'static str,
    number: &'static str,
    order: &'static str,
}

/// Nothing, and three patients who share nothing.
const RESTS: [Rest; 4] = [
    Rest {
        names: [("", ""); 3],
        day: "",
        sex: "",
        address: "",
        phone: "",
        number: "",
        order: "",
    },
    Rest {
        names: [("アオキ", "ハナコ"), ("青木", "花子"), ("AOKI", "HANAKO")],
        day: "19580312",
        sex: "F",
        address: "1-2-3^^新宿区^東京都^1600001",
        phone: "0312345678",
        number: "12345678",
        order: "1",
    },
    Rest {
        names: [
            ("ミヤモト", "ツヨシ"),
            ("宮本", "剛"),
            ("MIYAMOTO", "TSUYOSHI"),
        ],
        day: "20011130",
        sex: "M",
        address: "9-8-7^^函館市^北海道^0400002",
        phone: "0138765432",
        number: "87654321",
        order: "2",
    },
    Rest {
        names: [("ングギ", "リサ"), ("東風平", "理沙"), ("NGUGI", "LISA")],
        day: "19990101",
        sex: "O",
        address: "東町^^那覇市^沖縄県^9000034",
        phone: "0988887777",
        number: "A-1",
        order: "3",
    },
];

/// Which of the names of a [`Rest`] is in the script of this text.
fn script(text: &str) -> usize {
    let folded = normalise(text);
    let kana = |letter: char| matches!(letter, '\u{30A0}'..='\u{30FF}');
    match () {
        () if folded.chars().all(kana) => 0,
        () if folded.is_ascii() => 2,
        () => 1,
    }
}

/// Records that all answer the query and have nothing else in common. A second name in the script of the one asked for is
/// what [`Blocked::is_more`] is for.
fn answers(query: &PatientQuery) -> Vec<PatientRecord> {
    RESTS.iter().map(|rest| answer(query, rest)).collect()
}

fn answer(query: &PatientQuery, rest: &Rest) -> PatientRecord {
    let or = |said: &str, rest: &str| match said {
        "" => rest.to_owned(),
        said => said.to_owned(),
    };
    PatientRecord {
        names: names(query, rest),
        birth_date: begun(&query.birth_date, rest.day),
        sex: or(&query.sex, rest.sex),
        address: rest.address.to_owned(),
        phone_home: or(&query.phone, rest.phone),
        phone_business: rest.phone.to_owned(),
        ssn: rest.number.to_owned(),
        account_number: or(&query.account_number, rest.number),
        birth_order: rest.order.to_owned(),
        ..PatientRecord::default()
    }
}

/// Names in other scripts first, then those asked for: both parts in one name when they are of one script.
fn names(query: &PatientQuery, rest: &Rest) -> Vec<Xpn> {
    let said = |pattern: &Option<NamePattern>| pattern.as_ref().map(|p| script(&p.text));
    let (family, given) = (said(&query.family), said(&query.given));
    let part = |pattern: &Option<NamePattern>, rest: &str| match pattern {
        None => rest.to_owned(),
        Some(pattern) if pattern.prefix => format!("{}{rest}", pattern.text),
        Some(pattern) => pattern.text.clone(),
    };
    let mut names = Vec::new();
    for (script, other) in rest.names.iter().enumerate().rev() {
        let asked = [family, given].contains(&Some(script));
        let of = |said: Option<usize>, pattern, other| match said == Some(script) {
            true => part(pattern, other),
            false => other.to_owned(),
        };
        let name = Xpn::new(
            of(family, &query.family, other.0),
            of(given, &query.given, other.1),
        );
        match asked {
            true => names.push(name),
            false if other.0.is_empty() => {}
            false => names.insert(0, name),
        }
    }
    names
}

/// A day that begins with what is asked for.
fn begun(asked: &str, day: &str) -> String {
    match day.get(asked.len()..) {
        Some(end) => format!("{asked}{end}"),
        None => asked.to_owned(),
    }
}
