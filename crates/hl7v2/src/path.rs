//! Addresses inside a message: `PID-3(2).4.2`, also `PID(2)-3` for the second PID.

use std::fmt;

/// One parsed address. Numbers count from 1; a missing repetition or component is `None`.
///
/// ```
/// let path = hl7v2::path::Path::parse("OBX(3)-5(2).1.4")?;
/// assert_eq!((path.occurrence, path.field, path.repetition), (3, 5, Some(2)));
/// assert_eq!(path.to_string(), "OBX(3)-5(2).1.4");
/// # Ok::<(), hl7v2::path::InvalidPath>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Path<'a> {
    /// Segment name, e.g. `PID`.
    pub segment: &'a str,
    /// Which of the segments of that name; 1 if not written.
    pub occurrence: usize,
    /// Field number.
    pub field: usize,
    /// Repetition of the field.
    pub repetition: Option<usize>,
    /// Component number.
    pub component: Option<usize>,
    /// Subcomponent number; only with a component.
    pub subcomponent: Option<usize>,
}

/// The text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a message path such as PID-3(2).4.2")]
pub struct InvalidPath;

impl<'a> Path<'a> {
    /// Reads an address without copying its segment name.
    pub fn parse(text: &'a str) -> Result<Path<'a>, InvalidPath> {
        read(text).ok_or(InvalidPath)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.segment)?;
        if self.occurrence != 1 {
            write!(f, "({})", self.occurrence)?;
        }
        write!(f, "-{}", self.field)?;
        if let Some(repetition) = self.repetition {
            write!(f, "({repetition})")?;
        }
        for part in [self.component, self.subcomponent].into_iter().flatten() {
            write!(f, ".{part}")?;
        }
        Ok(())
    }
}

fn read(text: &str) -> Option<Path<'_>> {
    let (head, tail) = text.split_once('-')?;
    let (segment, occurrence) = numbered(head)?;
    let valid = segment.len() == 3
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let mut parts = tail.split('.');
    let (field, repetition) = numbered(parts.next()?)?;
    let component = parts
        .next()
        .map(number)
        .map_or(Some(None), |read| read.map(Some))?;
    let subcomponent = parts
        .next()
        .map(number)
        .map_or(Some(None), |read| read.map(Some))?;
    let path = Path {
        segment,
        occurrence: occurrence.unwrap_or(1),
        field: number(field)?,
        repetition,
        component,
        subcomponent,
    };
    (valid && parts.next().is_none()).then_some(path)
}

/// `PID(2)` into `PID` and 2.
fn numbered(text: &str) -> Option<(&str, Option<usize>)> {
    match text.split_once('(') {
        None => Some((text, None)),
        Some((name, rest)) => Some((name, Some(number(rest.strip_suffix(')')?)?))),
    }
}

fn number(digits: &str) -> Option<usize> {
    let plain = !digits.is_empty()
        && digits.len() <= 5
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    plain
        .then(|| digits.parse().ok())
        .flatten()
        .filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::{InvalidPath, Path};
    use proptest::prelude::*;

    #[test]
    fn the_occurrence_may_stand_with_the_segment() {
        let path = Path::parse("PID(2)-3").unwrap();
        assert_eq!(
            (path.segment, path.occurrence, path.field, path.repetition),
            ("PID", 2, 3, None)
        );
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "PID",
            "PID-",
            "PID-0",
            "PID-3(0)",
            "PID-3(",
            "PID-3.",
            "PID-3.1.2.3",
            "pid-3",
            "PIDX-3",
            "PID-3.x",
            "-3",
            "PID(-3",
        ] {
            assert_eq!(Path::parse(text), Err(InvalidPath), "{text}");
        }
    }

    proptest! {
        #[test]
        fn display_and_parse_round_trip(
            occurrence in 1_usize..99, field in 1_usize..99,
            repetition in proptest::option::of(1_usize..99), component in proptest::option::of(1_usize..99), sub in 1_usize..99,
        ) {
            let path = Path { segment: "ZZ9", occurrence, field, repetition, component, subcomponent: component.map(|_| sub) };
            let text = path.to_string();
            prop_assert_eq!(Path::parse(&text), Ok(path));
        }

        #[test]
        fn parse_never_panics(text in r"[A-Z0-9().\-]{0,16}") {
            let _ = Path::parse(&text);
        }
    }
}
