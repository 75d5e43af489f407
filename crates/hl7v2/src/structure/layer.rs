//! The tables as text, and how a line of each is read. `tables/README.md` of the crate describes the formats.

/// One set of tables; an empty text has nothing to say. Layers are put over each other, the later wins.
///
/// ```
/// use hl7v2::structure::{Layer, Profile};
/// let local = Layer { requirements: "*\tPID\t19\tR\n", ..Layer::default() };
/// let profile = Profile::hl7_2_5().with("ours", &[local])?;
/// assert_eq!(profile.name(), "ours");
/// # Ok::<(), hl7v2::structure::TableError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Layer<'a> {
    /// Message structures, one a line: `ADT_A39 = MSH [{SFT}] EVN { PATIENT: PID [PD1] MRG [PV1] }`.
    pub structures: &'a str,
    /// Message code, trigger events (`*`: any or none), structure.
    pub events: &'a str,
    /// Segment, field, name, data type, `R` or `O`, `1` or `*` for repetition, table.
    pub segments: &'a str,
    /// Data type, component, table.
    pub components: &'a str,
    /// Table, severity (`E`, `W` or `I`) of a value outside it, values with `|` between; `Z*` is any that begins so; a `+` in
    /// front adds to the values of an earlier layer.
    pub values: &'a str,
    /// Structure or `*`, segment, field, `R` `O` `X` or `C`, and for `C` the condition: `valued 5`, `empty 5`, `is 1 NW|CA` or
    /// `not 1 NW|CA`, of another field of the segment.
    pub requirements: &'a str,
}

/// A line of a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table}, line {line}: {reason}")]
pub struct TableError {
    /// Which table of the layer, e.g. `segments`.
    pub table: &'static str,
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: &'static str,
}

/// The columns of every line that says something, with its number.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| (at + 1, line.split('\t').collect()))
}

pub(super) const HL7_2_5: Layer<'static> = Layer {
    structures: include_str!("../../tables/structures-2.5.txt"),
    events: include_str!("../../tables/events-2.5.tsv"),
    segments: include_str!("../../tables/segments-2.5.tsv"),
    components: include_str!("../../tables/components.tsv"),
    values: include_str!("../../tables/values.tsv"),
    requirements: include_str!("../../tables/requirements-2.5.tsv"),
};

/// What is read more clearly or comes from IHE.
pub(super) const SUPPLEMENT: Layer<'static> = Layer {
    structures: include_str!("../../tables/structures-2.5-supplement.txt"),
    events: include_str!("../../tables/events-2.5-supplement.tsv"),
    segments: "",
    components: "",
    values: include_str!("../../tables/values-supplement.tsv"),
    requirements: "",
};

pub(super) const HL7_2_3_1: Layer<'static> = Layer {
    structures: include_str!("../../tables/structures-2.3.1.txt"),
    events: include_str!("../../tables/events-2.3.1.tsv"),
    segments: include_str!("../../tables/segments-2.3.1.tsv"),
    components: include_str!("../../tables/components.tsv"),
    values: include_str!("../../tables/values.tsv"),
    requirements: include_str!("../../tables/requirements-2.3.1.tsv"),
};

/// The values alone: the supplement's structures are those of v2.5.
pub(super) const SUPPLEMENT_2_3_1: Layer<'static> = Layer {
    structures: "",
    events: "",
    ..SUPPLEMENT
};

pub(super) const SS_MIX2: Layer<'static> = Layer {
    structures: include_str!("../../tables/structures-ss-mix2.txt"),
    events: include_str!("../../tables/events-ss-mix2.tsv"),
    segments: include_str!("../../tables/segments-ss-mix2.tsv"),
    components: "",
    values: "",
    requirements: include_str!("../../tables/requirements-ss-mix2.tsv"),
};
