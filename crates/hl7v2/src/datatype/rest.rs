//! What a sender wrote beyond the values a type names: kept, so that what came in can be written again.

use super::composite::Level;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// The components after the last one a type names, and how unusual values were spelled (an escape sequence we do not
/// interpret, a subcomponent where none is defined). Two `Rest`s are equal when the components are: spelling is no value.
/// `Debug` shows sizes only.
///
/// ```
/// use hl7v2::{Separators, datatype::Hd};
/// let hd = Hd::parse_field("A^1.2^ISO^x^y", &Separators::DEFAULT);
/// assert_eq!(hd.rest.components().collect::<Vec<_>>(), ["x", "y"]);
/// assert_eq!(hd.to_field(), "A^1.2^ISO^x^y");
/// ```
#[derive(Clone, Default)]
pub struct Rest {
    kept: Option<Box<Kept>>,
}

#[derive(Clone, Default)]
struct Kept {
    /// Further components with recommended delimiters, `^` between them whatever the level.
    tail: String,
    /// Place of the leaf, and its text as sent; only where escaping the value gives another text.
    spelling: Vec<(usize, String)>,
}

impl Rest {
    /// Components to follow the named ones, as HL7 text with the recommended delimiters.
    ///
    /// ```
    /// use hl7v2::datatype::{Hd, Rest};
    /// let hd = Hd { rest: Rest::new("x"), ..Hd::oid("1.2") };
    /// assert_eq!(hd.to_string(), "&1.2&ISO&x");
    /// ```
    pub fn new(raw: &str) -> Rest {
        let mut rest = Rest::default();
        rest.keep_tail(raw, Level::Field);
        rest
    }

    /// The further components as HL7 text with the recommended delimiters.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        let tail = Some(self.tail()).filter(|tail| !tail.is_empty());
        tail.into_iter().flat_map(|tail| tail.split('^'))
    }

    /// No further component.
    pub fn is_empty(&self) -> bool {
        self.tail().is_empty()
    }

    /// A further component, or a spelling.
    pub(super) fn keeps_something(&self) -> bool {
        self.kept.is_some()
    }

    fn tail(&self) -> &str {
        self.kept.as_ref().map_or("", |kept| &kept.tail)
    }

    pub(super) fn keep_tail(&mut self, raw: &str, level: Level) {
        let raw = raw.trim_end_matches(level.separator());
        if raw.is_empty() {
            return;
        }
        let tail = match level {
            Level::Field => guarded(raw, &['|', '~']),
            Level::Component => guarded(raw, &['|', '~', '^']).replace('&', "^"),
        };
        self.kept.get_or_insert_default().tail = tail;
    }

    /// The further components as they are to be written at this level, separators included.
    pub(super) fn tail_at(&self, level: Level) -> String {
        match level {
            Level::Field => self.tail().to_owned(),
            Level::Component => guarded(self.tail(), &['&']).replace('^', "&"),
        }
    }

    pub(super) fn keep_spelling(&mut self, leaf: usize, raw: &str) {
        let spelling = &mut self.kept.get_or_insert_default().spelling;
        spelling.push((leaf, raw.to_owned()));
    }

    /// How this leaf was spelled, if it was unusual and may stand at this level.
    pub(super) fn spelling(&self, leaf: usize, level: Level) -> Option<&str> {
        let spelling = &self.kept.as_ref()?.spelling;
        let (_, raw) = spelling.iter().find(|(place, _)| *place == leaf)?;
        may_stand(raw, level).then_some(raw)
    }
}

/// Whether the text can be written without ending its place or its segment.
pub(super) fn may_stand(raw: &str, level: Level) -> bool {
    let ends = |c: char| {
        matches!(c, '|' | '~' | '^') || is_control(c) || (level == Level::Component && c == '&')
    };
    !raw.contains(ends)
}

fn is_control(c: char) -> bool {
    c.is_ascii_control() && c != '\t'
}

/// The text with these delimiters and all control characters escaped; what else it holds stays.
fn guarded(raw: &str, delimiters: &[char]) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        if delimiters.contains(&c) || is_control(c) {
            let text = c.encode_utf8(&mut [0; 4]).to_owned();
            out.push_str(&super::escaped(&text));
        } else {
            out.push(c);
        }
    }
    out
}

impl PartialEq for Rest {
    fn eq(&self, other: &Rest) -> bool {
        self.tail() == other.tail()
    }
}

impl Eq for Rest {}

impl Hash for Rest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.tail().hash(state);
    }
}

impl PartialOrd for Rest {
    fn partial_cmp(&self, other: &Rest) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rest {
    fn cmp(&self, other: &Rest) -> Ordering {
        self.tail().cmp(other.tail())
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} components", self.components().count())
    }
}
