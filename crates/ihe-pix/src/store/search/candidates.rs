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
            (None, Some(block)) => Rows::Some(of_block(engine, &block, query)),
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

/// Where all answers are: the kind of a block, and one or several of its blocks.
struct Blocks {
    kind: usize,
    hashes: Vec<u32>,
}

impl Blocks {
    fn rows<'a>(&'a self, engine: &'a Engine) -> impl Iterator<Item = u32> + 'a {
        let hashes = self.hashes.iter();
        hashes.flat_map(|hash| engine.index.block(self.kind, *hash))
    }
}

/// The people of these blocks, and those that blocks do not tell everything of.
fn of_block(engine: &Engine, blocks: &Blocks, query: &PatientQuery) -> Vec<u32> {
    let rows = blocks.rows(engine);
    let more = match year(query) {
        Some(year) => engine.index.more(year..=year),
        None => engine.index.more(1..=u16::MAX),
    };
    let rows = rows.chain(more).chain(engine.index.more(0..=0));
    let heads: BTreeSet<u32> = rows.map(|row| head(engine, row)).collect();
    heads.into_iter().rev().collect()
}

/// Those with the fewest rows among the blocks that every answer is in.
fn smallest(engine: &Engine, query: &PatientQuery) -> Option<Blocks> {
    let mut all = shared(query);
    all.extend(by_name(query));
    all.into_iter()
        .min_by_key(|blocks| blocks.rows(engine).take(COUNTED).count())
}

fn year(query: &PatientQuery) -> Option<u16> {
    query.birth_date.get(..4)?.parse().ok()
}

/// Birth year and a family name in kana.
fn by_name(query: &PatientQuery) -> Option<Blocks> {
    let family = query.family.as_ref()?;
    let asked = Some(script(&family.text)).filter(|script| *script == KANA);
    let hashes = Features::search_blocks(year(query)?, &family.text, family.prefix)?;
    asked.map(|_| Blocks {
        kind: Features::SEARCH,
        hashes,
    })
}

/// Blocks of what is the same for records that agree in what is asked for and differ in everything else, for each sex
/// they may have. Which block is made of what is the matcher's business; that of names has rules of its own.
fn shared(query: &PatientQuery) -> Vec<Blocks> {
    let sexes: &[&str] = match query.sex.is_empty() {
        true => &["", "F", "M", "O", "U", "A", "N"],
        false => &[&query.sex],
    };
    let of_sex = |sex: &&str| -> Vec<Features> {
        let records = RESTS.iter().map(|rest| answer(query, rest, sex));
        records.map(|record| Features::of(&record)).collect()
    };
    let features: Vec<Vec<Features>> = sexes.iter().map(of_sex).collect();
    let kinds = (0..Features::KINDS).filter(|kind| *kind != Features::SEARCH);
    let blocks = kinds.filter_map(|kind| {
        let of_sex = |one: &Vec<Features>| same(one.iter().map(|one| one.block(kind)));
        let mut hashes = features.iter().map(of_sex).collect::<Option<Vec<u32>>>()?;
        hashes.sort_unstable();
        hashes.dedup();
        Some(Blocks { kind, hashes })
    });
    blocks.collect()
}

/// The one hash that all have.
fn same(mut hashes: impl Iterator<Item = Option<u32>>) -> Option<u32> {
    let first = hashes.next()??;
    hashes.all(|hash| hash == Some(first)).then_some(first)
}

/// What a record may hold where the query says nothing.
struct Rest {
    /// Family and given name in kana, kanji and Roman letters.
    names: [(&'static str, &'static str); 3],
    day: &'static str,
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
        address: "",
        phone: "",
        number: "",
        order: "",
    },
    Rest {
        names: [("アオキ", "ハナコ"), ("青木", "花子"), ("AOKI", "HANAKO")],
        day: "19580312",
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
        day: "200111300915",
        address: "9-8-7^^函館市^北海道^0400002",
        phone: "09087654321",
        number: "87654321",
        order: "2",
    },
    Rest {
        names: [("ングギ", "リサ"), ("東風平", "理沙"), ("NGUGI", "LISA")],
        day: "19990101",
        address: "東町^^那覇市^沖縄県^9000034",
        phone: "+81-80-8888-7777",
        number: "A-1",
        order: "3",
    },
];

/// The place of kana among the names of a [`Rest`].
const KANA: usize = 0;

/// Which of the names of a [`Rest`] is in the script of this text.
fn script(text: &str) -> usize {
    let folded = normalise(text);
    let kana = |letter: char| matches!(letter, '\u{30A0}'..='\u{30FF}');
    match () {
        () if folded.chars().all(kana) => KANA,
        () if folded.is_ascii() => 2,
        () => 1,
    }
}

/// A record that answers the query. A second name in the script of the one asked for is what [`Blocked::more`] is for.
fn answer(query: &PatientQuery, rest: &Rest, sex: &str) -> PatientRecord {
    let or = |said: &str, rest: &str| match said {
        "" => rest.to_owned(),
        said => said.to_owned(),
    };
    PatientRecord {
        names: names(query, rest),
        birth_date: begun(&query.birth_date, rest.day),
        sex: sex.to_owned(),
        address: rest.address.to_owned(),
        phone_home: format!("{}~{}", rest.phone, query.phone),
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
