//! The tables of the population, read once (`tables/synthetic/*.tsv`).

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Sex;
use super::random::Draws;

/// Birth decades of the era profiles: 1920s to 2020s.
const DECADES: usize = 11;
/// Of the weight of a reading, the part that goes to its rare kanji: one of this many.
const RARE: u32 = 8;

/// A surname and how it is read.
pub(super) struct Surname {
    pub(super) kanji: &'static str,
    pub(super) kana: &'static str,
}

/// A given name and how it is read.
pub(super) struct GivenName {
    pub(super) sex: Sex,
    pub(super) kanji: &'static str,
    pub(super) kana: &'static str,
}

/// A town: what all its addresses share.
pub(super) struct Town {
    pub(super) postcode: &'static str,
    pub(super) prefecture: &'static str,
    pub(super) city: &'static str,
    pub(super) town: &'static str,
    /// Number of 丁目; 0: the town has none.
    pub(super) chome: u32,
}

/// A kind of household.
pub(super) struct HouseholdKind {
    pub(super) ages: (u32, u32),
    pub(super) woman_per_cent: u32,
    pub(super) spouse: bool,
    pub(super) children: u32,
    pub(super) grandparents: u32,
}

impl HouseholdKind {
    pub(super) fn size(&self) -> u32 {
        1 + u32::from(self.spouse) + self.children + self.grandparents
    }
}

/// Buckets of [`Weighted`]: two to this power.
const GUIDE_BITS: u32 = 10;

/// Items drawn by weight: cumulative sums, and where in them the first draw of each bucket of words falls.
#[derive(Default)]
pub(super) struct Weighted {
    sums: Vec<u32>,
    items: Vec<u16>,
    guide: Vec<u16>,
}

impl Weighted {
    fn push(&mut self, item: usize, weight: u32) {
        if weight > 0 {
            self.sums.push(self.total() + weight);
            self.items
                .push(u16::try_from(item).expect("a table of less than 65,536 lines"));
        }
    }

    fn total(&self) -> u32 {
        self.sums.last().copied().unwrap_or_default()
    }

    /// Makes the guide, after the last item.
    fn guided(mut self) -> Weighted {
        let words = (0..=1_u64 << GUIDE_BITS).map(|bucket| bucket << (32 - GUIDE_BITS));
        let places = words.map(|word| {
            let point = (word * u64::from(self.total())) >> 32;
            let place = self.sums.partition_point(|sum| u64::from(*sum) <= point);
            u16::try_from(place).expect("a table of less than 65,536 lines")
        });
        self.guide = places.collect();
        self
    }

    pub(super) fn draw(&self, draws: &mut Draws) -> usize {
        let word = draws.word();
        let point = (u64::from(word) * u64::from(self.total())) >> 32;
        let bucket = (word >> (32 - GUIDE_BITS)) as usize;
        let (from, to) = (self.guide[bucket].into(), self.guide[bucket + 1].into());
        let within = self.sums.get(from..to).unwrap_or_default();
        let place = from + within.partition_point(|sum| u64::from(*sum) <= point);
        self.items.get(place).copied().unwrap_or_default().into()
    }
}

/// Which lines have this key.
pub(super) type Index<K> = HashMap<K, Vec<u16>>;

pub(super) struct Tables {
    pub(super) surnames: Vec<Surname>,
    pub(super) surname_weights: Weighted,
    pub(super) surnames_by_kana: Index<&'static str>,
    pub(super) surnames_by_kanji: Index<&'static str>,
    pub(super) given: Vec<GivenName>,
    given_weights: [Vec<Weighted>; 2],
    pub(super) given_by_kana: Index<(Sex, &'static str)>,
    pub(super) given_by_kanji: Index<(Sex, &'static str)>,
    pub(super) given_by_first: Index<(Sex, char)>,
    pub(super) towns: Vec<Town>,
    pub(super) town_weights: Weighted,
    pub(super) buildings: Vec<&'static str>,
    pub(super) households: Vec<HouseholdKind>,
    pub(super) household_weights: Weighted,
    pub(super) variants: HashMap<char, Vec<char>>,
    /// Kana to Hepburn and Kunrei.
    pub(super) roman: HashMap<&'static str, [&'static str; 2]>,
}

/// The lines of a table without comments, split at tabs.
pub(super) fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
}

fn number(text: &str) -> u32 {
    text.parse().expect("a number in our table")
}

impl Tables {
    pub(super) fn shared() -> &'static Tables {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(Tables::read)
    }

    fn read() -> Tables {
        let (surnames, surname_weights) = surnames();
        let given: Vec<GivenName> = given_lines().flat_map(|line| line.names()).collect();
        let (towns, town_weights) = towns();
        let (households, household_weights) = households();
        Tables {
            surnames_by_kana: index(surnames.iter().map(|name| name.kana)),
            surnames_by_kanji: index(surnames.iter().map(|name| name.kanji)),
            given_weights: [Sex::Male, Sex::Female].map(given_weights),
            given_by_kana: index(given.iter().map(|name| (name.sex, name.kana))),
            given_by_kanji: index(given.iter().map(|name| (name.sex, name.kanji))),
            given_by_first: index(given.iter().map(GivenName::first)),
            surnames,
            surname_weights,
            given,
            towns,
            town_weights,
            buildings: lines(include_str!("../../tables/synthetic/buildings.tsv"))
                .map(|cells| cells[0])
                .collect(),
            households,
            household_weights,
            variants: variants(),
            roman: lines(include_str!("../../tables/synthetic/roman.tsv"))
                .map(|cells| (cells[0], [cells[1], cells[2]]))
                .collect(),
        }
    }

    /// A given name as given in this year.
    pub(super) fn given_name(&self, draws: &mut Draws, sex: Sex, year: i32) -> usize {
        let decade = usize::try_from((year - 1920) / 10).unwrap_or_default();
        let weights = &self.given_weights[sex as usize];
        weights[decade.min(DECADES - 1)].draw(draws)
    }
}

impl GivenName {
    fn first(&self) -> (Sex, char) {
        (self.sex, self.kanji.chars().next().unwrap_or_default())
    }
}

fn index<K: std::hash::Hash + Eq>(keys: impl Iterator<Item = K>) -> Index<K> {
    let mut index = Index::new();
    for (line, key) in (0..).zip(keys) {
        index.entry(key).or_insert_with(Vec::new).push(line);
    }
    index
}

fn surnames() -> (Vec<Surname>, Weighted) {
    let mut weights = Weighted::default();
    let table = lines(include_str!("../../tables/synthetic/surnames.tsv")).enumerate();
    let list = table.map(|(line, cells)| {
        weights.push(line, number(cells[2]));
        Surname {
            kanji: cells[0],
            kana: cells[1],
        }
    });
    (list.collect(), weights.guided())
}

/// One line of `given_names.tsv`: a reading.
struct Reading {
    sex: Sex,
    kana: &'static str,
    profile: &'static [u8],
    usual: Vec<&'static str>,
    rare: Vec<&'static str>,
}

fn given_lines() -> impl Iterator<Item = Reading> {
    lines(include_str!("../../tables/synthetic/given_names.tsv")).map(|cells| Reading {
        sex: if cells[0] == "F" {
            Sex::Female
        } else {
            Sex::Male
        },
        kana: cells[1],
        profile: cells[2].as_bytes(),
        usual: cells[3].split_whitespace().collect(),
        rare: cells[4].split_whitespace().collect(),
    })
}

impl Reading {
    fn names(&self) -> Vec<GivenName> {
        let all = self.usual.iter().chain(&self.rare);
        all.map(|kanji| GivenName {
            sex: self.sex,
            kanji,
            kana: self.kana,
        })
        .collect()
    }

    /// Usual kanji share by 1/rank; rare kanji share one [`RARE`]th of the reading, or all of it.
    fn weights(&self, decade: usize) -> Vec<u32> {
        let digit = u32::from(self.profile[decade] - b'0');
        let whole = digit * digit * 2_520;
        let rare = if self.usual.is_empty() {
            whole
        } else {
            whole / RARE
        };
        let harmonic: u32 = (1..).take(self.usual.len()).map(|rank| 2_520 / rank).sum();
        let usual = (1..)
            .take(self.usual.len())
            .map(|rank| (whole - rare) * (2_520 / rank) / harmonic);
        let each = rare / u32::try_from(self.rare.len().max(1)).unwrap_or(1);
        usual.chain(self.rare.iter().map(|_| each)).collect()
    }
}

fn given_weights(sex: Sex) -> Vec<Weighted> {
    let mut result: Vec<Weighted> = (0..DECADES).map(|_| Weighted::default()).collect();
    let mut line = 0;
    for reading in given_lines() {
        let count = reading.usual.len() + reading.rare.len();
        for (decade, weighted) in result.iter_mut().enumerate() {
            if reading.sex == sex {
                for (offset, weight) in reading.weights(decade).into_iter().enumerate() {
                    weighted.push(line + offset, weight);
                }
            }
        }
        line += count;
    }
    result.into_iter().map(Weighted::guided).collect()
}

fn towns() -> (Vec<Town>, Weighted) {
    let mut weights = Weighted::default();
    let table = lines(include_str!("../../tables/synthetic/towns.tsv")).enumerate();
    let list = table.map(|(line, cells)| {
        weights.push(line, number(cells[4]));
        Town {
            postcode: cells[0],
            prefecture: cells[1],
            city: cells[2],
            town: cells[3],
            chome: number(cells[5]),
        }
    });
    (list.collect(), weights.guided())
}

fn households() -> (Vec<HouseholdKind>, Weighted) {
    let mut weights = Weighted::default();
    let table = lines(include_str!("../../tables/synthetic/households.tsv")).enumerate();
    let list = table.map(|(line, cells)| {
        weights.push(line, number(cells[1]));
        HouseholdKind {
            ages: (number(cells[2]), number(cells[3])),
            woman_per_cent: number(cells[4]),
            spouse: cells[5] == "1",
            children: number(cells[6]),
            grandparents: number(cells[7]),
        }
    });
    (list.collect(), weights.guided())
}

fn variants() -> HashMap<char, Vec<char>> {
    let mut result = HashMap::new();
    for cells in lines(include_str!("../../tables/synthetic/variants.tsv")) {
        let group: Vec<char> = cells.iter().flat_map(|cell| cell.chars()).collect();
        for letter in &group {
            let others = group.iter().filter(|other| *other != letter);
            result.insert(*letter, others.copied().collect());
        }
    }
    result
}
