//! Addresses inside a message: `PID-3(2).4.2`, also `PID(2)-3` for the second PID, and patterns of them: `OBX(*)-5(*).1`.

#[cfg(test)]
mod tests;

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
    /// Reads an address without copying its segment name. Numbers have at most five digits.
    pub fn parse(text: &'a str) -> Result<Path<'a>, InvalidPath> {
        let pattern = Pattern::parse(text)?;
        let one = |which: Option<Which>| which.map_or(Ok(None), |which| which.one().map(Some));
        Ok(Path {
            segment: pattern.segment,
            occurrence: pattern.occurrence.one()?,
            field: pattern.field.one()?,
            repetition: one(pattern.repetition)?,
            component: one(pattern.component)?,
            subcomponent: one(pattern.subcomponent)?,
        })
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

/// One number of a pattern.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    One(usize),
    Any,
}

impl Which {
    fn one(self) -> Result<usize, InvalidPath> {
        match self {
            Which::One(n) => Ok(n),
            Which::Any => Err(InvalidPath),
        }
    }

    /// How many to skip and how many to take.
    pub(crate) fn window(self) -> (usize, usize) {
        match self {
            Which::One(n) => (n.saturating_sub(1), 1),
            Which::Any => (0, usize::MAX),
        }
    }
}

/// A path in which any number may be `*`.
#[derive(Clone, Copy)]
pub(crate) struct Pattern<'a> {
    pub(crate) segment: &'a str,
    pub(crate) occurrence: Which,
    pub(crate) field: Which,
    pub(crate) repetition: Option<Which>,
    pub(crate) component: Option<Which>,
    pub(crate) subcomponent: Option<Which>,
}

impl<'a> Pattern<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Pattern<'a>, InvalidPath> {
        read(text).ok_or(InvalidPath)
    }
}

fn read(text: &str) -> Option<Pattern<'_>> {
    let (segment, _) = text.split_at_checked(3)?;
    let named = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if !segment.bytes().all(named) {
        return None;
    }
    let mut rest = text.as_bytes().get(3..)?;
    let occurrence = in_brackets(&mut rest)?.unwrap_or(Which::One(1));
    take(&mut rest, b'-').then_some(())?;
    let field = number(&mut rest)?;
    let repetition = in_brackets(&mut rest)?;
    let component = after_dot(&mut rest)?;
    let subcomponent = after_dot(&mut rest)?;
    rest.is_empty().then_some(Pattern {
        segment,
        occurrence,
        field,
        repetition,
        component,
        subcomponent,
    })
}

fn take(rest: &mut &[u8], wanted: u8) -> bool {
    match rest {
        [first, tail @ ..] if *first == wanted => {
            *rest = tail;
            true
        }
        _ => false,
    }
}

/// `(2)` or nothing. The outer `None` is an error.
fn in_brackets(rest: &mut &[u8]) -> Option<Option<Which>> {
    if !take(rest, b'(') {
        return Some(None);
    }
    let which = number(rest)?;
    take(rest, b')').then_some(Some(which))
}

/// `.2` or nothing. The outer `None` is an error.
fn after_dot(rest: &mut &[u8]) -> Option<Option<Which>> {
    if !take(rest, b'.') {
        return Some(None);
    }
    number(rest).map(Some)
}

/// One to five digits that are not zero together, or a star.
fn number(rest: &mut &[u8]) -> Option<Which> {
    if take(rest, b'*') {
        return Some(Which::Any);
    }
    let (mut value, mut digits) = (0_usize, 0);
    while let [digit @ b'0'..=b'9', tail @ ..] = rest {
        value = value * 10 + usize::from(digit - b'0');
        digits += 1;
        *rest = tail;
        if digits == 5 {
            break;
        }
    }
    (value > 0).then_some(Which::One(value))
}
