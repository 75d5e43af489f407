//! What a field must be: required, optional, not to be used, or by a condition on another field of its segment.

use super::tables::field_number;
use crate::Segment;

/// A line of a requirements table.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    /// `*`: every structure.
    pub(super) structure: String,
    pub(super) segment: String,
    pub(super) field: u16,
    pub(super) usage: Usage,
}

/// HL7 v2.5 section 2.5.3.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    Required,
    Optional,
    NotUsed,
    /// Required if it holds.
    If(Condition),
}

/// On a field of the same segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Valued(u16),
    Empty(u16),
    Is(u16, Vec<String>),
    Not(u16, Vec<String>),
}

impl Requirement {
    pub(super) fn read(row: &[&str]) -> Result<Requirement, &'static str> {
        let (&[structure, segment, field, usage], rest) =
            row.split_first_chunk().ok_or("four or five columns")?;
        let usage = match (usage, rest) {
            ("R", []) => Usage::Required,
            ("O", []) => Usage::Optional,
            ("X", []) => Usage::NotUsed,
            ("C", [condition]) => Usage::If(Condition::read(condition)?),
            _ => return Err("usage is R, O, X, or C with a condition"),
        };
        Ok(Requirement {
            structure: structure.to_owned(),
            segment: segment.to_owned(),
            field: field_number(field)?,
            usage,
        })
    }

    pub(super) fn is_for(&self, structure: &str, segment: &str) -> bool {
        self.segment == segment && (self.structure == "*" || self.structure == structure)
    }
}

impl Condition {
    fn read(text: &str) -> Result<Condition, &'static str> {
        let wrong = "a condition is valued N, empty N, is N A|B or not N A|B";
        let mut words = text.splitn(3, ' ');
        let (kind, field) = (words.next().unwrap_or_default(), words.next());
        let field = field_number(field.unwrap_or_default())?;
        let values = words
            .next()
            .map(|values| values.split('|').map(str::to_owned).collect::<Vec<_>>());
        match (kind, values) {
            ("valued", None) => Ok(Condition::Valued(field)),
            ("empty", None) => Ok(Condition::Empty(field)),
            ("is", Some(values)) => Ok(Condition::Is(field, values)),
            ("not", Some(values)) => Ok(Condition::Not(field, values)),
            _ => Err(wrong),
        }
    }

    pub(super) fn holds(&self, segment: Segment<'_>) -> bool {
        let empty = |field: u16| segment.field(usize::from(field)).is_empty();
        let among = |field: u16, values: &[String]| {
            let first = segment.field(usize::from(field)).repetition(1);
            first.is_some_and(|one| values.iter().any(|value| value == one.component(1).raw()))
        };
        match self {
            Condition::Valued(field) => !empty(*field),
            Condition::Empty(field) => empty(*field),
            Condition::Is(field, values) => among(*field, values),
            Condition::Not(field, values) => !among(*field, values),
        }
    }
}
