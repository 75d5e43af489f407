//! One segment, field by field.

use crate::Separators;
use crate::escape::escape;

/// Fields of one segment in any order. Fields never set are empty; empty ones at the end are not written.
#[derive(Clone)]
pub struct SegmentBuilder {
    name: &'static str,
    fields: Vec<String>,
}

/// No standard segment has more.
const MOST_FIELDS: usize = 255;

impl SegmentBuilder {
    /// A segment of that name.
    pub fn new(name: &'static str) -> SegmentBuilder {
        SegmentBuilder {
            name,
            fields: Vec::new(),
        }
    }

    /// Sets a field to text that is already encoded: a CX, a list of repetitions, an echo. A CR or LF in it, which would
    /// end the segment, becomes a space. Field 0, fields above 255 and MSH-1 are ignored.
    pub fn raw(mut self, field: usize, text: impl AsRef<str>) -> SegmentBuilder {
        let first = if matches!(self.name, "MSH" | "BHS" | "FHS") {
            2
        } else {
            1
        };
        if (first..=MOST_FIELDS).contains(&field) {
            let place = field - first;
            if self.fields.len() <= place {
                self.fields.resize(place + 1, String::new());
            }
            self.fields[place] = text.as_ref().replace(['\r', '\n'], " ");
        }
        self
    }

    /// Sets a field to a single value, escaping it.
    pub fn value(self, field: usize, value: &str) -> SegmentBuilder {
        let text = escape(value, &Separators::DEFAULT).into_owned();
        self.raw(field, text)
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

    /// The segment without a terminator.
    ///
    /// ```
    /// use hl7v2::build::SegmentBuilder;
    /// assert_eq!(SegmentBuilder::new("QAK").value(2, "OK").value(1, "Q|1").build(), r"QAK|Q\F\1|OK");
    /// ```
    pub fn build(&self) -> String {
        let used = self
            .fields
            .iter()
            .rposition(|field| !field.is_empty())
            .map_or(0, |last| last + 1);
        let mut out = self.name.to_owned();
        for field in &self.fields[..used] {
            out.push('|');
            out.push_str(field);
        }
        out
    }
}

impl std::fmt::Debug for SegmentBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SegmentBuilder")
            .field("name", &self.name)
            .field("fields", &self.fields.len())
            .finish()
    }
}
