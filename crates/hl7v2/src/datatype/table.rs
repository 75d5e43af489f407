//! The components of every composite data type, from `tables/datatypes.tsv` (HL7 v2.5 chapter 2A).

use std::collections::HashMap;
use std::sync::LazyLock;

const TABLE: &str = include_str!("../../tables/datatypes.tsv");

static TYPES: LazyLock<HashMap<&'static str, Vec<Element>>> = LazyLock::new(|| {
    let mut types: HashMap<&'static str, Vec<Element>> = HashMap::new();
    for (data_type, element) in TABLE.lines().filter_map(row) {
        types.entry(data_type).or_default().push(element);
    }
    types
});

/// Whether a component has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Optionality {
    /// R.
    Required,
    /// C: on a condition that the table does not tell.
    Conditional,
    /// O, and B: kept for older versions.
    Optional,
}

/// One component of a composite type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its place, from 1.
    pub number: usize,
    /// HL7's name of it.
    pub name: &'static str,
    /// The code of its data type; `varies` where the message says it.
    pub data_type: &'static str,
    /// Whether it has to be there.
    pub optionality: Optionality,
    /// The most characters version 2.5 allows; nobody keeps to it, and [`super::check`] does not ask.
    pub max_length: usize,
}

/// The components of a composite type, by its HL7 code; `None` for primitive and unknown types.
///
/// ```
/// let cx = hl7v2::datatype::elements("CX").unwrap();
/// assert_eq!((cx[3].name, cx[3].data_type), ("Assigning Authority", "HD"));
/// assert!(hl7v2::datatype::elements("ST").is_none());
/// ```
pub fn elements(data_type: &str) -> Option<&'static [Element]> {
    TYPES.get(data_type).map(Vec::as_slice)
}

fn row(line: &'static str) -> Option<(&'static str, Element)> {
    let mut columns = line.split('\t');
    let data_type = columns.next().filter(|text| !text.starts_with('#'))?;
    let number = columns.next()?.parse().ok()?;
    let name = columns.next()?;
    let element = Element {
        number,
        name,
        data_type: columns.next()?,
        optionality: match columns.next()? {
            "R" => Optionality::Required,
            "C" => Optionality::Conditional,
            _ => Optionality::Optional,
        },
        max_length: columns.next()?.parse().ok()?,
    };
    Some((data_type, element))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_component_and_they_are_numbered_without_a_gap() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(lines, TYPES.values().map(Vec::len).sum::<usize>());
        for (data_type, elements) in TYPES.iter() {
            let numbers = elements.iter().map(|element| element.number);
            assert!(numbers.eq(1..=elements.len()), "{data_type}");
        }
    }

    #[test]
    fn every_component_is_primitive_or_of_a_known_type_and_no_type_holds_itself() {
        let primitive = [
            "ST", "TX", "FT", "ID", "IS", "NM", "SI", "DT", "TM", "DTM", "GTS", "varies",
        ];
        fn depth(data_type: &str) -> usize {
            let elements = elements(data_type).unwrap_or_default().iter();
            let below = elements.map(|element| depth(element.data_type)).max();
            below.map_or(0, |below| below + 1)
        }
        for element in TYPES.values().flatten() {
            let known = primitive.contains(&element.data_type);
            assert!(
                known || TYPES.contains_key(element.data_type),
                "{element:?}"
            );
            assert!(depth(element.data_type) <= 3, "{element:?}");
        }
    }
}
