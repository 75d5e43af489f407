//! One segment, field by field.

use crate::Separators;
use crate::escape::escape;
use std::borrow::Cow;

/// Fields of one segment in any order. Fields never set are empty; empty ones at the end are not written, nor are empty
/// components and subcomponents at the end of theirs.
///
/// | to say | take |
/// |---|---|
/// | a single value | [`SegmentBuilder::value`] |
/// | a component or subcomponent | [`SegmentBuilder::component`], [`SegmentBuilder::subcomponent`] |
/// | one more repetition | [`SegmentBuilder::next_repetition`], then its components |
/// | "delete what you have" | [`SegmentBuilder::null`] |
/// | text that is encoded already | [`SegmentBuilder::raw`], [`SegmentBuilder::repeated`] |
///
/// ```
/// use hl7v2::build::SegmentBuilder;
/// let pid = SegmentBuilder::new("PID")
///     .component(3, 1, "42").subcomponent(3, 4, 2, "1.2.3").subcomponent(3, 4, 3, "ISO")
///     .next_repetition(3).component(3, 1, "A&B")
///     .null(7);
/// assert_eq!(pid.build(), r#"PID|||42^^^&1.2.3&ISO~A\T\B||||"""#);
/// ```
#[derive(Clone)]
pub struct SegmentBuilder {
    name: Cow<'static, str>,
    fields: Vec<Content>,
}

/// Components of subcomponents, encoded.
type Repetition = Vec<Vec<String>>;

/// What a field holds: text as given, or parts that may still grow.
#[derive(Clone, Default)]
struct Content {
    raw: Option<String>,
    parts: Vec<Repetition>,
}

impl Content {
    fn raw(text: String) -> Content {
        Content {
            raw: Some(text),
            parts: Vec::new(),
        }
    }

    /// The repetitions, at least one; text as given is taken apart first.
    fn repetitions(&mut self) -> &mut Vec<Repetition> {
        if let Some(text) = self.raw.take() {
            self.parts = split(&text);
        }
        if self.parts.is_empty() {
            self.parts.push(Repetition::new());
        }
        &mut self.parts
    }

    fn encoded(&self) -> String {
        match &self.raw {
            Some(text) => text.clone(),
            // An empty repetition at the end counts: `42~` says something.
            None => {
                let all: Vec<String> = self.parts.iter().map(repetition).collect();
                all.join("~")
            }
        }
    }
}

fn repetition(components: &Repetition) -> String {
    let components = components
        .iter()
        .map(|parts| joined(parts.iter().cloned(), SEPARATORS.subcomponent));
    joined(components, SEPARATORS.component)
}

/// No standard segment has more fields, and no field more components.
const MOST: usize = 255;

const SEPARATORS: Separators = Separators::DEFAULT;

impl SegmentBuilder {
    /// A segment of that name: three capitals or digits.
    pub fn new(name: impl Into<Cow<'static, str>>) -> SegmentBuilder {
        SegmentBuilder {
            name: name.into(),
            fields: Vec::new(),
        }
    }

    /// Sets a field to text that is already encoded: a CX, a list of repetitions, an echo. A CR or LF in it, which would
    /// end the segment, becomes a space; a field separator, which would end the field, is escaped. Field 0, fields above 255
    /// and MSH-1 are ignored.
    pub fn raw(mut self, field: usize, text: impl AsRef<str>) -> SegmentBuilder {
        let header = self.is_header() && field == 2;
        if let Some(place) = self.field(field) {
            let text = text.as_ref().replace(['\r', '\n'], " ");
            *place = Content::raw(match header {
                true => text,
                false => text.replace('|', r"\F\"),
            });
        }
        self
    }

    /// Sets a field to a single value, escaping it.
    pub fn value(mut self, field: usize, value: &str) -> SegmentBuilder {
        if let Some(place) = self.field(field) {
            *place = Content::raw(escaped(value));
        }
        self
    }

    /// Sets a field to the HL7 null `""`: the receiver is to delete what it has.
    pub fn null(self, field: usize) -> SegmentBuilder {
        self.value(field, "\"\"")
    }

    /// Sets a field to repetitions that are already encoded.
    pub fn repeated<T: ToString>(
        self,
        field: usize,
        repetitions: impl IntoIterator<Item = T>,
    ) -> SegmentBuilder {
        let all: Vec<String> = repetitions.into_iter().map(|one| one.to_string()).collect();
        self.raw(field, all.join("~"))
    }

    /// Sets a component of the last repetition of a field, escaping the value.
    pub fn component(self, field: usize, component: usize, value: &str) -> SegmentBuilder {
        self.subcomponent(field, component, 1, value)
    }

    /// Sets a subcomponent of the last repetition of a field, escaping the value. Numbers count from 1; 0 and numbers above
    /// 255 are ignored.
    pub fn subcomponent(
        mut self,
        field: usize,
        component: usize,
        subcomponent: usize,
        value: &str,
    ) -> SegmentBuilder {
        let numbers = 1..=MOST;
        if !numbers.contains(&component) || !numbers.contains(&subcomponent) {
            return self;
        }
        let place = self.field(field).map(Content::repetitions);
        if let Some(last) = place.and_then(|all| all.last_mut())
            && let Some(parts) = grown(last, component)
            && let Some(part) = grown(parts, subcomponent)
        {
            *part = escaped(value);
        }
        self
    }

    /// Begins one more repetition of a field; the next components go there. The first repetition need not be begun.
    pub fn next_repetition(mut self, field: usize) -> SegmentBuilder {
        if let Some(place) = self.field(field) {
            place.repetitions().push(Repetition::new());
        }
        self
    }

    /// The segment in the recommended delimiters, without a terminator.
    ///
    /// ```
    /// use hl7v2::build::SegmentBuilder;
    /// assert_eq!(SegmentBuilder::new("QAK").value(2, "OK").value(1, "Q|1").build(), r"QAK|Q\F\1|OK");
    /// ```
    pub fn build(&self) -> String {
        let fields = self.fields.iter().map(Content::encoded);
        let fields = joined(fields, SEPARATORS.field);
        match fields.is_empty() {
            true => self.name.clone().into_owned(),
            false => format!("{}|{fields}", self.name),
        }
    }

    /// MSH, BHS and FHS count their field separator as field 1.
    fn is_header(&self) -> bool {
        matches!(self.name.as_ref(), "MSH" | "BHS" | "FHS")
    }

    fn field(&mut self, field: usize) -> Option<&mut Content> {
        let first = if self.is_header() { 2 } else { 1 };
        let place = field.checked_sub(first).filter(|_| field <= MOST)?;
        grown(&mut self.fields, place + 1)
    }
}

/// The n-th item, from 1; those before it are made if need be.
fn grown<T: Default + Clone>(items: &mut Vec<T>, n: usize) -> Option<&mut T> {
    if items.len() < n {
        items.resize(n, T::default());
    }
    items.get_mut(n.checked_sub(1)?)
}

fn escaped(value: &str) -> String {
    escape(value, &SEPARATORS).into_owned()
}

/// Encoded field text into its parts.
fn split(text: &str) -> Vec<Repetition> {
    let components = |one: &str| one.split('^').map(subcomponents).collect();
    match text {
        "" => Vec::new(),
        text => text.split('~').map(components).collect(),
    }
}

fn subcomponents(component: &str) -> Vec<String> {
    component.split('&').map(str::to_owned).collect()
}

/// Joins the parts, without empty ones at the end.
fn joined(parts: impl Iterator<Item = String>, separator: u8) -> String {
    let mut out = String::new();
    let mut waiting = 0;
    for part in parts {
        if !part.is_empty() {
            out.extend(std::iter::repeat_n(char::from(separator), waiting));
            out.push_str(&part);
            waiting = 0;
        }
        waiting += 1;
    }
    out
}

impl std::fmt::Debug for SegmentBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentBuilder")
            .field("name", &self.name)
            .field("fields", &self.fields.len())
            .finish()
    }
}
