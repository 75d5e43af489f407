//! What each outcome of a comparison adds to the score, and where the score leads: configuration, as a table.

use std::fmt;

use super::compare::Pattern;
use super::policy::Term;
use super::spelling::Spelling;
use super::table;

/// Outcomes of the field with the most of them.
pub(super) const OUTCOMES: usize = Spelling::OUTCOMES;

/// A field and its outcomes; the first of them is that nothing can be said.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) outcomes: &'static [&'static str],
}

const SPELLINGS: [&str; OUTCOMES] = [
    "missing",
    "kanji agree",
    "kanji agree in part",
    "kanji differ",
    "kana agree",
    "kana agree, kanji agree",
    "kana agree, kanji agree in part",
    "kana agree, kanji differ",
    "kana alike",
    "kana alike, kanji agree",
    "kana alike, kanji agree in part",
    "kana alike, kanji differ",
    "kana one sound off",
    "kana one sound off, kanji agree",
    "kana one sound off, kanji agree in part",
    "kana one sound off, kanji differ",
    "kana differ",
    "kana differ, kanji agree",
    "kana differ, kanji agree in part",
    "kana differ, kanji differ",
];

const SAME: [&str; 3] = ["missing", "agrees", "differs"];

/// All fields, in the order of [`outcomes`].
pub(super) const FIELDS: [Field; 10] = [
    Field {
        name: "family name",
        outcomes: &SPELLINGS,
    },
    Field {
        name: "given name",
        outcomes: &SPELLINGS,
    },
    Field {
        name: "order of names",
        outcomes: &["same", "changed places"],
    },
    Field {
        name: "frequency of family name",
        outcomes: &["usual", "common", "very common"],
    },
    Field {
        name: "birth date",
        outcomes: &[
            "missing",
            "agrees",
            "agrees as far as known",
            "one digit off",
            "day and month changed places",
            "year off",
            "two parts agree",
            "differs",
        ],
    },
    Field {
        name: "sex",
        outcomes: &SAME,
    },
    Field {
        name: "birth order",
        outcomes: &SAME,
    },
    Field {
        name: "phone",
        outcomes: &[
            "missing",
            "agrees",
            "one digit off",
            "last digits agree",
            "differs",
        ],
    },
    Field {
        name: "address",
        outcomes: &[
            "missing",
            "agrees",
            "agrees as far as known",
            "town agrees",
            "differs",
        ],
    },
    Field {
        name: "insurance number",
        outcomes: &[
            "missing",
            "agrees",
            "agrees as far as known",
            "branch differs",
            "differs",
        ],
    },
];

/// The outcome of each field.
pub(super) fn outcomes(pattern: &Pattern) -> [u8; FIELDS.len()] {
    [
        pattern.names.family.outcome() as u8,
        pattern.names.given.outcome() as u8,
        u8::from(pattern.names.swapped),
        pattern.common.min(2),
        pattern.birth as u8,
        pattern.sex as u8,
        pattern.order as u8,
        pattern.phone as u8,
        pattern.home as u8,
        pattern.insurance as u8,
    ]
}

/// Weights and thresholds of [`super::Probabilistic`], in log2 of odds.
///
/// As a table: three cells to a row, field, outcome and weight, between tabs; `#` starts a comment line. Rows
/// `threshold link`, `threshold review` and `prior any two records` besides the fields. [`Weights::parse`] takes rows in any
/// order and keeps the shipped weight of each that is not there; [`fmt::Display`] gives them all.
///
/// ```
/// use ihe_pix::matching::Weights;
/// let mine = Weights::parse("threshold\tlink\t9.5\nsex\tdiffers\t-4\n").expect("a table");
/// assert_eq!(mine.link(), 9.5);
/// assert_eq!(Weights::parse(&mine.to_string()), Ok(mine));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub(super) link: f32,
    pub(super) review: f32,
    pub(super) prior: f32,
    pub(super) fields: [[f32; OUTCOMES]; FIELDS.len()],
}

/// Why a table is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// Not field, outcome and a number between -100 and 100.
    #[error(
        "weights: line {0} is not a known field, its outcome and a number between -100 and 100"
    )]
    Row(usize),
    /// Whoever is linked would have to be reviewed.
    #[error("weights: the threshold of links is below that of reviews")]
    Thresholds,
}

impl Default for Weights {
    /// The shipped table, `src/matching/tables/weights.tsv`: it says where each number comes from.
    fn default() -> Weights {
        let mut weights = Weights {
            link: 0.0,
            review: 0.0,
            prior: 0.0,
            fields: [[0.0; OUTCOMES]; FIELDS.len()],
        };
        for row in table::rows(include_str!("tables/weights.tsv")) {
            weights.take(&row);
        }
        weights
    }
}

impl Weights {
    /// The shipped weights with these instead.
    ///
    /// # Errors
    /// The number of the first row that is not one, or thresholds in the wrong order.
    pub fn parse(text: &str) -> Result<Weights, WeightsError> {
        let mut weights = Weights::default();
        for (number, line) in text.lines().enumerate() {
            let comment = line.trim().is_empty() || line.starts_with('#');
            let row: Vec<&str> = line.split('\t').map(str::trim).collect();
            if !comment && weights.take(&row).is_none() {
                return Err(WeightsError::Row(number + 1));
            }
        }
        match weights.link >= weights.review {
            true => Ok(weights),
            false => Err(WeightsError::Thresholds),
        }
    }

    /// The score from which two records are linked, if the rules allow it.
    pub fn link(&self) -> f32 {
        self.link
    }

    /// The score from which two records are reviewed.
    pub fn review(&self) -> f32 {
        self.review
    }

    /// These weights with other thresholds.
    #[must_use]
    pub fn with_thresholds(self, link: f32, review: f32) -> Weights {
        Weights {
            link: link.max(review),
            review,
            ..self
        }
    }

    fn take(&mut self, row: &[&str]) -> Option<()> {
        let [field, outcome, number] = row.get(..3)?.try_into().ok()?;
        let number: f32 = str::parse(number)
            .ok()
            .filter(|number: &f32| number.abs() <= 100.0)?;
        *self.place(field, outcome)? = number;
        Some(())
    }

    fn place(&mut self, field: &str, outcome: &str) -> Option<&mut f32> {
        match (field, outcome) {
            ("threshold", "link") => Some(&mut self.link),
            ("threshold", "review") => Some(&mut self.review),
            ("prior", "any two records") => Some(&mut self.prior),
            _ => {
                let place = FIELDS.iter().position(|one| one.name == field)?;
                let outcomes = FIELDS.get(place)?.outcomes;
                let outcome = outcomes.iter().position(|one| *one == outcome)?;
                self.fields.get_mut(place)?.get_mut(outcome)
            }
        }
    }

    /// Log2 of the odds that two records with this pattern are one person.
    pub(super) fn score(&self, outcomes: &[u8; FIELDS.len()]) -> f32 {
        let weights = self.fields.iter().zip(outcomes);
        weights.fold(self.prior, |sum, (weights, outcome)| {
            sum + weights.get(usize::from(*outcome)).copied().unwrap_or(0.0)
        })
    }

    /// The score in words: its terms add up to it.
    pub(super) fn terms(&self, outcomes: &[u8; FIELDS.len()]) -> Vec<Term> {
        let prior = Term {
            what: "prior",
            outcome: "any two records",
            weight: self.prior,
        };
        let term = |((field, weights), outcome): ((&Field, &[f32; OUTCOMES]), &u8)| {
            let place = usize::from(*outcome);
            Some(Term {
                what: field.name,
                outcome: field.outcomes.get(place)?,
                weight: *weights.get(place)?,
            })
        };
        let fields = FIELDS.iter().zip(&self.fields).zip(outcomes);
        std::iter::once(prior)
            .chain(fields.filter_map(term))
            .collect()
    }
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "threshold\tlink\t{}", self.link)?;
        writeln!(f, "threshold\treview\t{}", self.review)?;
        writeln!(f, "prior\tany two records\t{}", self.prior)?;
        for (field, weights) in FIELDS.iter().zip(&self.fields) {
            for (outcome, weight) in field.outcomes.iter().zip(weights) {
                writeln!(f, "{}\t{outcome}\t{weight}", field.name)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_has_every_outcome_once() {
        let rows: Vec<_> = table::rows(include_str!("tables/weights.tsv")).collect();
        let all: usize = FIELDS.iter().map(|field| field.outcomes.len()).sum();
        assert_eq!(rows.len(), all + 3);
        let mut weights = Weights::default();
        let mut seen = std::collections::BTreeSet::new();
        for row in rows {
            assert!(weights.take(&row).is_some(), "{row:?}");
            assert!(seen.insert((row[0], row[1])), "{row:?}");
        }
    }

    #[test]
    fn a_table_that_is_not_one_is_refused_with_its_line() {
        assert_eq!(
            Weights::parse("# a comment\n\nsex\tagrees\tmuch\n"),
            Err(WeightsError::Row(3))
        );
        for row in [
            "sex\tperhaps\t1",
            "shoes\tagrees\t1",
            "sex\tagrees\tNaN",
            "sex\tagrees\t1e9",
            "sex",
        ] {
            assert_eq!(Weights::parse(row), Err(WeightsError::Row(1)), "{row}");
        }
        assert_eq!(
            Weights::parse("threshold\tlink\t-50"),
            Err(WeightsError::Thresholds)
        );
    }
}
