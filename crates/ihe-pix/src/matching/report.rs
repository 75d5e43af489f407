//! How good a policy is, where the truth is known: precision, recall, reviews, and what each kind of noise costs.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use hl7v2::datatype::{Cx, Hd};

use super::policy::{Decision, MatchPolicy};
use crate::PatientRecord;
use crate::identity::{Action, By};
use crate::index::Blocked;
use crate::matching::Features;
use crate::store::ApplyError;
use crate::store::engine::{Engine, Records, Write};

/// Records of one person of which each missed pair is looked into.
const LOOKED_INTO: usize = 64;

/// A record of which one knows whose it is.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// Who it is.
    pub person: u64,
    /// What was fed; ids do not matter, each record is an identity of its own.
    pub record: PatientRecord,
    /// What was done to it.
    pub tags: Vec<&'static str>,
}

/// What one kind of noise costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Records that bear the tag.
    pub records: u64,
    /// Of their pairs with a record of the same person, as many were not linked.
    pub missed: u64,
    /// With as many records of others they were linked.
    pub wrong: u64,
}

/// Reviews that one rule opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Of pairs of one person.
    pub one: u64,
    /// Of pairs of two.
    pub two: u64,
}

/// The outcome of a linkage. Pairs are pairs of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Records linked.
    pub records: u64,
    /// Persons they are of.
    pub people: u64,
    /// Pairs of one person.
    pub pairs: u64,
    /// Pairs linked.
    pub linked: u64,
    /// Pairs of one person that are linked.
    pub correct: u64,
    /// Reviews opened.
    pub reviews: u64,
    /// Reviews opened of pairs of one person.
    pub true_reviews: u64,
    /// Reviews that later records have answered: both are of one set at the end.
    pub answered: u64,
    /// Reviews by the rule that opened them.
    pub asked: BTreeMap<&'static str, Asked>,
    /// By tag; a pair with two tags counts for both.
    pub tags: BTreeMap<&'static str, Cost>,
    /// Why pairs of one person were not linked: how many of each.
    pub missed: BTreeMap<&'static str, u64>,
}

impl Report {
    /// The share of links that are right.
    pub fn precision(&self) -> f64 {
        share(self.correct, self.linked)
    }

    /// The share of pairs of one person that are linked.
    pub fn recall(&self) -> f64 {
        share(self.correct, self.pairs)
    }

    /// Reviews for each record.
    pub fn reviews_per_record(&self) -> f64 {
        share(self.reviews, self.records.max(1))
    }

    /// Reviews for each person.
    pub fn reviews_per_person(&self) -> f64 {
        share(self.reviews, self.people.max(1))
    }
}

/// Nothing of nothing is all of it.
fn share(part: u64, all: u64) -> f64 {
    if all == 0 {
        1.0
    } else {
        part as f64 / all as f64
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "records {}, people {}", self.records, self.people)?;
        writeln!(
            f,
            "precision {:.5} ({} wrong of {} pairs linked)",
            self.precision(),
            self.linked - self.correct,
            self.linked
        )?;
        writeln!(
            f,
            "recall {:.5} ({} missed of {} pairs)",
            self.recall(),
            self.pairs - self.correct,
            self.pairs
        )?;
        writeln!(
            f,
            "reviews {} ({:.4} a record, {:.4} a person; {} of one person; {} answered by later records)",
            self.reviews,
            self.reviews_per_record(),
            self.reviews_per_person(),
            self.true_reviews,
            self.answered
        )?;
        for (rule, asked) in &self.asked {
            let Asked { one, two } = asked;
            writeln!(f, "asked\t{rule}\t{one} of one person\t{two} of two")?;
        }
        for (why, pairs) in &self.missed {
            writeln!(f, "missed\t{why}\t{pairs}")?;
        }
        writeln!(f, "tag\trecords\tmissed\twrong")?;
        for (tag, cost) in &self.tags {
            writeln!(
                f,
                "{tag}\t{}\t{}\t{}",
                cost.records, cost.missed, cost.wrong
            )?;
        }
        Ok(())
    }
}

/// Links all records in memory, in their order and by the rules of a store, and compares with the truth. Takes some hundred
/// bytes for each record.
///
/// # Errors
/// When there are more records than a store can hold.
pub fn report(
    policy: Arc<dyn MatchPolicy>,
    records: impl IntoIterator<Item = Labelled>,
) -> Result<Report, ApplyError> {
    let mut linkage = Linkage {
        engine: Engine::new(policy),
        people: Vec::new(),
        tags: Vec::new(),
        questions: Vec::new(),
        report: Report::default(),
    };
    for one in records {
        linkage.take(one)?;
    }
    linkage.count();
    linkage.look_into_misses();
    Ok(linkage.report)
}

/// Nothing is read again: each record is an identity of its own.
struct Nothing;

impl Records for Nothing {
    fn record(&mut self, _row: u32) -> Result<PatientRecord, crate::store::StoreError> {
        Ok(PatientRecord::default())
    }
}

struct Linkage {
    engine: Engine,
    /// Whose each row is.
    people: Vec<u64>,
    tags: Vec<Vec<&'static str>>,
    questions: Vec<(u32, u32)>,
    report: Report,
}

impl Linkage {
    fn take(&mut self, one: Labelled) -> Result<(), ApplyError> {
        let id = Cx::new(self.people.len().to_string(), Hd::oid("1"));
        let patient = PatientRecord {
            ids: vec![id],
            ..one.record
        };
        self.people.push(one.person);
        self.tags.push(one.tags);
        let action = Action::Register { patient };
        let writes = self.engine.apply(
            &action,
            &By::default(),
            DateTime::<Utc>::UNIX_EPOCH,
            &mut Nothing,
        )?;
        for write in writes {
            if let Write::Review { pair, .. } = write {
                self.ask(pair.a, pair.b);
            }
        }
        Ok(())
    }

    fn ask(&mut self, a: u32, b: u32) {
        let one_person = self.person(a) == self.person(b);
        let index = &self.engine.index;
        let rule = match (index.features(a), index.features(b)) {
            (Some(one), Some(other)) => self.engine.policy().rule(one, other),
            _ => "",
        };
        let asked = self.report.asked.entry(rule).or_default();
        self.questions.push((a, b));
        asked.one += u64::from(one_person);
        asked.two += u64::from(!one_person);
        self.report.reviews += 1;
        self.report.true_reviews += u64::from(one_person);
    }

    fn person(&self, row: u32) -> Option<u64> {
        self.people.get(row as usize).copied()
    }

    fn rows(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        (0_u32..).zip(self.people.iter().copied())
    }

    /// The oldest row of each row's set.
    fn sets(&self) -> Vec<u32> {
        let rows = self.people.len() as u32;
        let mut sets: Vec<Option<u32>> = vec![None; self.people.len()];
        for row in 0..rows {
            if sets.get(row as usize).is_some_and(Option::is_none) {
                for member in self.engine.index.members(row) {
                    if let Some(set) = sets.get_mut(member as usize) {
                        *set = Some(row);
                    }
                }
            }
        }
        sets.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// Each record's pairs are those of its cell (set and person), its set and its person, without itself.
    fn count(&mut self) {
        let sets = self.sets();
        let (mut cells, mut by_set, mut by_person) =
            (HashMap::new(), HashMap::new(), HashMap::new());
        for ((_, person), set) in self.rows().zip(&sets) {
            *cells.entry((*set, person)).or_insert(0_u64) += 1;
            *by_set.entry(*set).or_insert(0_u64) += 1;
            *by_person.entry(person).or_insert(0_u64) += 1;
        }
        let mut costs: BTreeMap<&'static str, Cost> = BTreeMap::new();
        let of = |size: Option<&u64>| size.copied().unwrap_or(0);
        for (((_, person), set), tags) in self.rows().zip(&sets).zip(&self.tags) {
            let cell = of(cells.get(&(*set, person)));
            for tag in tags {
                let cost = costs.entry(tag).or_default();
                cost.records += 1;
                cost.missed += of(by_person.get(&person)) - cell;
                cost.wrong += of(by_set.get(set)) - cell;
            }
        }
        let pairs =
            |sizes: &mut dyn Iterator<Item = u64>| sizes.map(|size| size * (size - 1) / 2).sum();
        let set = |row: u32| sets.get(row as usize);
        let answered = self.questions.iter().filter(|(a, b)| set(*a) == set(*b));
        self.report.answered = answered.count() as u64;
        self.report.tags = costs;
        self.report.records = self.people.len() as u64;
        self.report.people = by_person.len() as u64;
        self.report.pairs = pairs(&mut by_person.into_values());
        self.report.linked = pairs(&mut by_set.into_values());
        self.report.correct = pairs(&mut cells.into_values());
    }

    fn look_into_misses(&mut self) {
        let sets = self.sets();
        let mut rows: Vec<(u64, u32)> = self.rows().map(|(row, person)| (person, row)).collect();
        rows.sort_unstable();
        let mut missed: BTreeMap<&'static str, u64> = BTreeMap::new();
        for person in rows
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|rows| rows.len() <= LOOKED_INTO)
        {
            for (place, (_, one)) in person.iter().enumerate() {
                for (_, other) in person.iter().skip(place + 1) {
                    if sets.get(*one as usize) != sets.get(*other as usize) {
                        *missed.entry(self.why_not(*one, *other)).or_default() += 1;
                    }
                }
            }
        }
        self.report.missed = missed;
    }

    fn why_not(&self, one: u32, other: u32) -> &'static str {
        let index = &self.engine.index;
        let (Some(one), Some(other)) = (index.features(one), index.features(other)) else {
            return "unknown";
        };
        let meet = |kind| one.block(kind).is_some() && one.block(kind) == other.block(kind);
        match self.engine.policy().judge(one, other).decision {
            Decision::Link if !(0..Features::MATCHING).any(meet) => "link, but they share no block",
            Decision::Link => "link, but a member of the set contradicts",
            Decision::Review => "review",
            Decision::Conflict => "conflict",
            Decision::Nothing => "too little agrees",
        }
    }
}

#[cfg(test)]
mod tests {
    use hl7v2::datatype::Xpn;

    use super::*;
    use crate::matching::Probabilistic;

    fn labelled(person: u64, given: &str, phone: &str, tag: &'static str) -> Labelled {
        let record = PatientRecord {
            names: vec![Xpn::new("ヤマダ", given)],
            birth_date: "19980312".into(),
            sex: "F".into(),
            phone_home: phone.into(),
            ..PatientRecord::default()
        };
        Labelled {
            person,
            record,
            tags: vec![tag],
        }
    }

    #[test]
    fn links_misses_and_reviews_are_counted_by_tag() {
        let records = [
            labelled(1, "ハナコ", "03-2234-5678", "clean"),
            labelled(1, "ハナコ", "03-2234-5678", "clean"),
            labelled(1, "ハナコ", "", "no phone"),
            labelled(2, "ツキコ", "03-2234-5678", "twin"),
            labelled(3, "ハナコ", "03-2234-5678", "wrong"),
        ];
        let report = report(Arc::new(Probabilistic::default()), records).unwrap();
        assert_eq!((report.records, report.people, report.pairs), (5, 3, 3));
        assert_eq!((report.linked, report.correct), (3, 1));
        // One question about two people is asked once.
        assert_eq!((report.reviews, report.true_reviews), (1, 1));
        assert_eq!(report.answered, 0);
        let rule = "no phone, address or insurance number agrees";
        assert_eq!(
            report.asked,
            BTreeMap::from([(rule, Asked { one: 1, two: 0 })])
        );
        assert_eq!(report.missed, BTreeMap::from([("review", 2)]));
        let cost = |records, missed, wrong| Cost {
            records,
            missed,
            wrong,
        };
        assert_eq!(report.tags["clean"], cost(2, 2, 2));
        assert_eq!(report.tags["no phone"], cost(1, 2, 0));
        assert_eq!(report.tags["twin"], cost(1, 0, 0));
        assert_eq!(report.tags["wrong"], cost(1, 0, 2));
        assert!(report.to_string().contains("precision 0.33333"));
    }
}
