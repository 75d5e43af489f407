//! The parameters of one query, named and not yet typed: between a message or a command line and a query.

use super::StoredQuery;
use super::definition::{Definition, Form, Number, Parameter};
use super::tables;
use super::value;
use crate::ebrim::Limits;
use crate::error::{ErrorCode, Refusal, RegistryError};
use crate::metadata::{AssociationType, ObjectType, Status};
use crate::validate::value as form;
use std::collections::HashMap;
use std::fmt;

/// Longest pattern, in characters: what one rim:Value holds.
const LONGEST_PATTERN: usize = 256;
/// Most patterns in one query: each is held against every candidate.
const MOST_PATTERNS: usize = 100;

/// The parameters of one stored query by name; what is wrong with them is collected.
///
/// ```
/// use ihe_xds::iti18::{self, Parameters, StoredQuery};
/// let find_folders = iti18::query("find-folders").unwrap();
/// let query = Parameters::of(find_folders)
///     .with("XDSFolderPatientId", ["P1^^^&1.2.3&ISO"])
///     .with("XDSFolderStatus", ["urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"])
///     .query()
///     .unwrap();
/// assert!(matches!(query, StoredQuery::FindFolders(_)));
/// ```
#[derive(Clone)]
pub struct Parameters {
    definition: &'static Definition,
    given: HashMap<&'static str, Given>,
    limits: Limits,
    total: usize,
    errors: Vec<RegistryError>,
}

/// What was given for one name: one list per Slot.
#[derive(Clone, Default)]
struct Given {
    lists: Vec<Vec<String>>,
    /// Something in it has been refused already.
    wrong: bool,
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parameters")
            .field("query", &self.definition.name)
            .field("given", &self.given.len())
            .field("errors", &self.errors)
            .finish_non_exhaustive()
    }
}

impl Parameters {
    /// No parameter of a query yet.
    pub fn of(definition: &'static Definition) -> Self {
        Self::limited(definition, Limits::default())
    }

    pub(super) fn limited(definition: &'static Definition, limits: Limits) -> Self {
        Self {
            definition,
            given: HashMap::new(),
            limits,
            total: 0,
            errors: Vec::new(),
        }
    }

    /// The query they belong to.
    pub fn definition(&self) -> &'static Definition {
        self.definition
    }

    /// Adds one Slot: its values, without quotes, are alternatives. Slots of one name are a conjunction.
    pub fn with<T: Into<String>>(
        mut self,
        name: &str,
        values: impl IntoIterator<Item = T>,
    ) -> Self {
        let texts = values.into_iter().map(Into::into).collect();
        match self.definition.parameter(name) {
            Some(parameter) => self.add(parameter, texts),
            None => {
                let context = format!("{name}: not a parameter of {}", self.definition.name);
                self.refuse(ErrorCode::XdsRegistryError, context);
            }
        }
        self
    }

    /// Every name that is given, in the order of the definition, with one list per Slot.
    pub fn given(&self) -> impl Iterator<Item = (&'static Parameter, &[Vec<String>])> {
        let parameters = self.definition.parameters.iter();
        parameters.filter_map(|one| {
            let given = self.given.get(one.name)?;
            Some((one, given.lists.as_slice()))
        })
    }

    /// The typed query.
    ///
    /// # Errors
    /// All that is wrong (XDS-T-031..035, 042).
    pub fn query(mut self) -> Result<StoredQuery, Refusal> {
        self.judge();
        if self.errors.is_empty() {
            return StoredQuery::read(&self).ok_or_else(unknown);
        }
        Err(Refusal {
            errors: self.errors,
        })
    }

    pub(super) fn refuse(&mut self, code: ErrorCode, context: String) {
        if self.errors.len() < self.limits.errors.max(1) {
            self.errors.push(RegistryError::error(code, context));
        }
    }

    /// The lists of one name.
    pub(super) fn lists(&self, name: &str) -> &[Vec<String>] {
        self.given.get(name).map_or(&[], |given| &given.lists)
    }

    /// Sets the lists of one name, as a typed query has them.
    pub(super) fn put(&mut self, name: &'static str, lists: Vec<Vec<String>>) {
        let lists: Vec<Vec<String>> = lists.into_iter().filter(|list| !list.is_empty()).collect();
        if !lists.is_empty() {
            let wrong = false;
            self.given.insert(name, Given { lists, wrong });
        }
    }

    /// Adds one Slot as on the wire; an unknown name is passed over (XDS-T-034).
    pub(super) fn add_slot(&mut self, name: &str, values: &[String]) {
        let known = self.definition.parameters.iter();
        let Some(parameter) = known.into_iter().find(|one| one.name == name) else {
            return;
        };
        let mut texts = Vec::new();
        for value in values {
            match value::parse(value).filter(|read| read.is_form(parameter)) {
                Some(read) => texts.extend(read.texts),
                None => self.wrong(parameter, "a value is not written as it must be"),
            }
            if self.total + texts.len() > self.limits.query_values {
                break;
            }
        }
        self.add(parameter, texts);
    }

    fn wrong(&mut self, parameter: &Parameter, what: &str) {
        self.given.entry(parameter.name).or_default().wrong = true;
        let context = format!("{}: {what}", parameter.name);
        self.refuse(ErrorCode::XdsRegistryError, context);
    }

    fn add(&mut self, parameter: &'static Parameter, mut texts: Vec<String>) {
        self.total += texts.len();
        if self.total > self.limits.query_values {
            self.wrong(parameter, "more values than the limit");
            return;
        }
        match parameter.form {
            // XDS-T-035
            Form::Status => texts.retain(|urn| Status::from_urn(urn).is_some()),
            Form::AssociationType => texts.retain(|urn| AssociationType::from_urn(urn).is_some()),
            Form::Uuid => texts
                .iter_mut()
                .for_each(|uuid| uuid.make_ascii_lowercase()),
            _ => {}
        }
        if !texts.iter().all(|text| is_form(parameter.form, text)) {
            self.wrong(parameter, "a value has not the form it must have");
        }
        let given = self.given.entry(parameter.name).or_default();
        given.lists.push(texts);
    }

    fn judge(&mut self) {
        for parameter in self.definition.parameters {
            self.number(parameter);
        }
        for choice in self.definition.choices {
            self.choice(choice.names, choice.required);
        }
        let patterns = |one: &&Parameter| one.form == Form::Pattern;
        let patterns = self.definition.parameters.iter().filter(patterns);
        let patterns: usize = patterns
            .map(|one| self.lists(one.name).iter().map(Vec::len).sum::<usize>())
            .sum();
        if patterns > MOST_PATTERNS {
            let context = format!("more than {MOST_PATTERNS} patterns");
            self.refuse(ErrorCode::XdsRegistryError, context);
        }
    }

    /// XDS-T-031, XDS-T-033, XDS-T-035
    fn number(&mut self, parameter: &Parameter) {
        let Given { lists, wrong } = match self.given.get(parameter.name) {
            Some(given) => given,
            None => &Given::default(),
        };
        let name = parameter.name;
        let total: usize = lists.iter().map(Vec::len).sum();
        let (code, context) = match parameter.number {
            _ if *wrong => return,
            _ if parameter.required && total == 0 => (
                ErrorCode::XdsStoredQueryMissingParam,
                format!("{name} is required"),
            ),
            Number::One if total > 1 => (
                ErrorCode::XdsStoredQueryParamNumber,
                format!("{name} has more than one value"),
            ),
            Number::One | Number::Or if lists.len() > 1 => (
                ErrorCode::XdsStoredQueryParamNumber,
                format!("{name} occurs more than once"),
            ),
            _ => return,
        };
        self.refuse(code, context);
    }

    /// XDS-T-032
    fn choice(&mut self, names: &[&'static str], required: bool) {
        let given: Vec<&Given> = names
            .iter()
            .filter_map(|name| self.given.get(name))
            .collect();
        let empty = |given: &Given| !given.wrong && given.lists.iter().all(Vec::is_empty);
        let code = match given[..] {
            [] if required => ErrorCode::XdsStoredQueryMissingParam,
            [one] if required && empty(one) => ErrorCode::XdsStoredQueryMissingParam,
            [] | [_] => return,
            _ => ErrorCode::XdsStoredQueryParamNumber,
        };
        self.refuse(code, names.join(" or "));
    }
}

fn is_form(of: Form, text: &str) -> bool {
    match of {
        Form::Text | Form::Uuid => !text.is_empty(),
        Form::Pattern => !text.is_empty() && text.chars().count() <= LONGEST_PATTERN,
        Form::Patient => form::is_cx(text),
        Form::Time => form::is_dtm(text),
        Form::Code => value::code(text).is_some(),
        Form::Status | Form::AssociationType => true,
        Form::ObjectType => ObjectType::from_urn(text).is_some(),
    }
}

/// XDS-T-030
fn unknown() -> Refusal {
    let context = "the stored query is not one of this Registry";
    Refusal::one(RegistryError::error(
        ErrorCode::XdsUnknownStoredQuery,
        context,
    ))
}

/// The parameters of a query id.
pub(super) fn of_id(id: &str, limits: &Limits) -> Result<Parameters, Refusal> {
    let mut all = tables::queries().iter();
    let definition = all.find(|one| one.id.eq_ignore_ascii_case(id));
    definition
        .map(|one| Parameters::limited(one, limits.clone()))
        .ok_or_else(unknown)
}
