//! Counting the city: what arises by itself.

use super::{City, Role, Sex, Tie};

/// What a city is made of. People are counted without noise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// People.
    pub people: u64,
    /// Women.
    pub women: u64,
    /// People by age in tens of years on 1 April 2026, the last 100 and over.
    pub ages: [u64; 11],
    /// Children who live with a parent.
    pub children: u64,
    /// Pairs of twins who live with a parent.
    pub twins: u64,
    /// People who live alone and are the twin of somebody else.
    pub twins_apart: u64,
    /// People made the lookalike of a stranger: same name, sex and birth date.
    pub lookalikes: u64,
    /// Pairs of people with the same kanji name, sex and birth date, those made so included.
    pub same_kanji: u64,
    /// As [`Self::same_kanji`], by kana.
    pub same_kana: u64,
}

impl City {
    /// Counts everybody. Takes 24 bytes for each person while it runs.
    pub fn census(&self) -> Census {
        let mut census = Census::default();
        let mut keys = Vec::new();
        for number in 0..self.people() {
            let (person, _) = self.person_at_home(number);
            census.count(&person);
            let (surname, given) = (person.surname, person.given);
            let (year, month, day) = person.birth;
            let date = u64::from(year.unsigned_abs()) * 500 + u64::from(month * 32 + day);
            let surname_kana = self.first_with(surname, true);
            let given_kana = self.first_with(given, false);
            let sex = person.sex as u64;
            let kanji = self.kanji_key(surname, given);
            keys.push((
                kanji * 2 + sex,
                (surname_kana << 16 | given_kana) * 2 + sex,
                date,
            ));
        }
        census.same_kanji = pairs(
            keys.iter()
                .map(|(kanji, _, date)| (*kanji, *date))
                .collect(),
        );
        census.same_kana = pairs(keys.iter().map(|(_, kana, date)| (*kana, *date)).collect());
        census
    }

    /// The first line with the same kana: stands for the reading.
    fn first_with(&self, index: usize, surname: bool) -> u64 {
        let list = if surname {
            let kana = self.tables.surnames[index].kana;
            self.tables.surnames_by_kana.get(kana)
        } else {
            let name = &self.tables.given[index];
            self.tables.given_by_kana.get(&(name.sex, name.kana))
        };
        list.and_then(|list| list.first())
            .map_or(0, |first| u64::from(*first))
    }

    /// Stands for the written name, whatever its reading.
    fn kanji_key(&self, surname: usize, given: usize) -> u64 {
        let kanji = self.tables.surnames[surname].kanji;
        let surname = self.tables.surnames_by_kanji.get(kanji);
        let name = &self.tables.given[given];
        let given = self.tables.given_by_kanji.get(&(name.sex, name.kanji));
        let first =
            |list: Option<&Vec<u16>>| list.and_then(|l| l.first()).map_or(0, |f| u64::from(*f));
        first(surname) << 16 | first(given)
    }
}

impl Census {
    fn count(&mut self, person: &super::Person) {
        let (year, month, _) = person.birth;
        let age = super::REFERENCE_YEAR - year - i32::from(month > 3);
        let band = usize::try_from(age / 10).unwrap_or_default().min(10);
        self.people += 1;
        self.ages[band] += 1;
        self.women += u64::from(person.sex == Sex::Female);
        self.children += u64::from(person.role == Role::Child);
        match person.tie {
            Some(Tie::LookalikeOf(_)) => self.lookalikes += 1,
            Some(Tie::TwinOf(_)) if person.role == Role::Child => self.twins += 1,
            Some(Tie::TwinOf(_)) => self.twins_apart += 1,
            None => {}
        }
    }
}

/// Pairs of equal keys.
fn pairs(mut keys: Vec<(u64, u64)>) -> u64 {
    keys.sort_unstable();
    let runs = keys.chunk_by(|a, b| a == b);
    runs.map(|run| run.len() as u64 * (run.len() as u64 - 1) / 2)
        .sum()
}
