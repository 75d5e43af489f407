//! Addresses through groups: `PATIENT_RESULT(1).ORDER_OBSERVATION(2).OBX(3)-5.1`.

use crate::Segment;
use crate::path::Path;
use std::fmt;

/// Groups from the outside, then a [`Path`] inside the last of them. Numbers count from 1; an unwritten one is 1.
///
/// ```
/// use hl7v2::structure::GroupPath;
/// let path = GroupPath::parse("PATIENT_RESULT.ORDER_OBSERVATION(2).OBX(3)-5.1")?;
/// assert_eq!(path.groups, [("PATIENT_RESULT", 1), ("ORDER_OBSERVATION", 2)]);
/// assert_eq!((path.path.segment, path.path.occurrence, path.path.field), ("OBX", 3, 5));
/// assert_eq!(path.to_string(), "PATIENT_RESULT.ORDER_OBSERVATION(2).OBX(3)-5.1");
/// # Ok::<(), hl7v2::structure::InvalidGroupPath>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupPath<'a> {
    /// Name and repetition of each group.
    pub groups: Vec<(&'a str, usize)>,
    /// Segment, field and so on inside the last group.
    pub path: Path<'a>,
}

/// The text is no address through groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a path such as PATIENT_RESULT(1).ORDER_OBSERVATION(2).OBX(3)-5.1")]
pub struct InvalidGroupPath;

/// More groups than any structure has one inside the other.
const DEEPEST: usize = 12;

impl<'a> GroupPath<'a> {
    /// Reads an address without copying its names.
    pub fn parse(text: &'a str) -> Result<GroupPath<'a>, InvalidGroupPath> {
        let head = text.find('-').and_then(|end| text.get(..end));
        let cut = head.and_then(|head| head.rfind('.'));
        let (groups, path) = match cut.and_then(|cut| text.split_at_checked(cut)) {
            Some((groups, path)) => (Self::parse_groups(groups)?, path.get(1..)),
            None => (Vec::new(), Some(text)),
        };
        let path = Path::parse(path.unwrap_or_default()).map_err(|_| InvalidGroupPath)?;
        Ok(GroupPath { groups, path })
    }

    pub(super) fn parse_groups(text: &'a str) -> Result<Vec<(&'a str, usize)>, InvalidGroupPath> {
        let groups: Option<Vec<_>> = text.split('.').take(DEEPEST + 1).map(group).collect();
        groups
            .filter(|groups| groups.len() <= DEEPEST)
            .ok_or(InvalidGroupPath)
    }

    /// What stands there in the segment, as on the wire; nothing if absent or empty.
    pub(super) fn value<'m>(&self, segment: Segment<'m>) -> Option<&'m str> {
        let path = &self.path;
        let field = segment.field(path.field);
        let raw = match (path.repetition, path.component, path.subcomponent) {
            (None, None, _) => field.raw(),
            (repetition, component, subcomponent) => {
                let one = field.repetition(repetition.unwrap_or(1))?;
                match (component, subcomponent) {
                    (None, _) => one.raw(),
                    (Some(component), None) => one.component(component).raw(),
                    (Some(component), Some(n)) => one.component(component).subcomponent(n),
                }
            }
        };
        (!raw.is_empty()).then_some(raw)
    }
}

fn group(text: &str) -> Option<(&str, usize)> {
    let (name, number) = match text.split_once('(') {
        None => (text, 1),
        Some((name, rest)) => (name, number(rest.strip_suffix(')')?)?),
    };
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(word)).then_some((name, number))
}

fn number(digits: &str) -> Option<usize> {
    let plain = digits.len() <= 6 && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|number| *number > 0)
}

impl fmt::Display for GroupPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, number) in &self.groups {
            match number {
                1 => write!(f, "{name}.")?,
                _ => write!(f, "{name}({number}).")?,
            }
        }
        self.path.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupPath, InvalidGroupPath};
    use proptest::prelude::*;

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            ".",
            "A",
            "A.B",
            ".PID-3",
            "A..PID-3",
            "A(0).PID-3",
            "A(1.PID-3",
            "A B.PID-3",
            "A(x).PID-3",
        ] {
            assert_eq!(GroupPath::parse(text), Err(InvalidGroupPath), "{text}");
        }
        let deep = format!("{}PID-3", "A.".repeat(13));
        assert_eq!(GroupPath::parse(&deep), Err(InvalidGroupPath));
        assert!(GroupPath::parse("PID-3").unwrap().groups.is_empty());
    }

    proptest! {
        #[test]
        fn parse_never_panics(text in r"[A-Z0-9_().\-あ]{0,24}") {
            let _ = GroupPath::parse(&text);
        }

        #[test]
        fn display_and_parse_round_trip(
            groups in proptest::collection::vec(("[A-Z][A-Z0-9_]{0,8}", 1_usize..99), 0..4), field in 1_usize..99,
        ) {
            let path = GroupPath {
                groups: groups.iter().map(|(name, number)| (name.as_str(), *number)).collect(),
                path: crate::path::Path { segment: "OBX", occurrence: 2, field, repetition: None, component: None, subcomponent: None },
            };
            let text = path.to_string();
            prop_assert_eq!(GroupPath::parse(&text), Ok(path));
        }
    }
}
