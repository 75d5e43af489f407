//! What a stored query is made of: its name, id and parameters (ITI TF-2 3.18.4.1.2.3.7).

/// How the values of a parameter are written (ITI TF-2 3.18.4.1.2.3.3 to .5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any text.
    Text,
    /// entryUUID, `urn:uuid:` form; upper case is taken for lower case.
    Uuid,
    /// Patient id `id^^^&oid&ISO`; also accepted without quotes.
    Patient,
    /// DTM digits in UTC, `YYYY[MM[DD[hh[mm[ss]]]]]`; written without quotes, also accepted in quotes.
    Time,
    /// `code^^scheme`, both parts.
    Code,
    /// Text in which `%` stands for any text and `_` for any character; at most 256 characters.
    Pattern,
    /// Status URN; one that is not known is passed over (XDS-T-035).
    Status,
    /// objectType, `urn:uuid:` form.
    ObjectType,
    /// associationType URN; one that is not known is passed over, as a status is.
    AssociationType,
}

/// How many values a parameter may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// One value.
    One,
    /// A list of alternatives, in one Slot.
    Or,
    /// Several Slots, of which each must be met by one of its values.
    AndOr,
}

/// One parameter of a stored query.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) number: Number,
    pub(super) required: bool,
}

impl Parameter {
    /// The Slot's name, with its `$`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The form of its values.
    pub fn form(&self) -> Form {
        self.form
    }

    /// How many values it takes.
    pub fn number(&self) -> Number {
        self.number
    }

    /// Whether a query without it is refused.
    pub fn is_required(&self) -> bool {
        self.required
    }
}

/// Parameters of which only one is given.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub(super) names: &'static [&'static str],
    pub(super) required: bool,
}

impl Choice {
    /// The names of the parameters.
    pub fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// Whether one of them must be given.
    pub fn is_required(&self) -> bool {
        self.required
    }
}

/// One stored query.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    pub(super) name: &'static str,
    pub(super) id: &'static str,
    pub(super) section: &'static str,
    pub(super) parameters: &'static [Parameter],
    pub(super) choices: &'static [Choice],
}

impl Definition {
    /// IHE's name, for example `FindDocuments`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The query id, `urn:uuid:` form.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Where it is specified.
    pub fn section(&self) -> &'static str {
        self.section
    }

    /// The parameters, in the order of the specification.
    pub fn parameters(&self) -> &'static [Parameter] {
        self.parameters
    }

    /// Which parameters exclude each other.
    pub fn choices(&self) -> &'static [Choice] {
        self.choices
    }

    /// The parameter of a Slot name; the `$` may be left out.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        let bare = name.strip_prefix('$').unwrap_or(name);
        self.parameters
            .iter()
            .find(|one| one.name.strip_prefix('$') == Some(bare))
    }
}
