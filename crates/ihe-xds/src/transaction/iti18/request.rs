//! The query request: frame, parameters, and what is refused (ITI TF-2 3.18.4.1.2).

use super::parameters::{self as p, Definition, Form, Number, Parameter, definition};
use super::value;
use super::{
    FindDocuments, GetAssociations, GetDocuments, GetSubmissionSetAndContents, Id, Ids, Request,
    ReturnType, StoredQuery, TimeRange,
};
use crate::affinity::Rules;
use crate::ebrim::read::slot;
use crate::ebrim::xml::{Reader, Writer};
use crate::ebrim::{Limits, ns};
use crate::error::{DecodeError, ErrorCode, Malformed, Refusal, RegistryError};
use crate::metadata::{Code, ObjectType, Slot, Status};
use crate::validate::value as form;
use std::collections::HashMap;

/// The frame of a request, not yet judged.
struct Frame {
    return_type: Option<String>,
    id: String,
    home: Option<String>,
    slots: Vec<Slot>,
}

fn frame(body: &str, limits: &Limits) -> Result<Frame, Malformed> {
    let mut reader = Reader::new(body, limits)?;
    reader.root(ns::QUERY, "AdhocQueryRequest")?;
    let (mut return_type, mut query) = (None, None);
    while let Some(child) = reader.child()? {
        if child.is(ns::QUERY, "ResponseOption") {
            return_type = child.owned("returnType");
            reader.skip()?;
        } else if child.is(ns::RIM, "AdhocQuery") && query.is_none() {
            let mut slots = Vec::new();
            while let Some(inner) = reader.child()? {
                match inner.is(ns::RIM, "Slot") {
                    true => slots.push(slot(&mut reader, &inner)?),
                    false => reader.skip()?,
                }
            }
            query = Some((
                child.owned("id").unwrap_or_default(),
                child.owned("home"),
                slots,
            ));
        } else {
            reader.skip()?;
        }
    }
    reader.end()?;
    let (id, home, slots) = query.ok_or_else(|| Malformed("no AdhocQuery".into()))?;
    if slots.iter().map(|slot| slot.values.len()).sum::<usize>() > limits.query_values {
        return Err(Malformed("more query values than the limit".into()));
    }
    Ok(Frame {
        return_type,
        id,
        home,
        slots,
    })
}

/// The query id of a request that was refused, for its audit record.
pub(super) fn query_id(body: &str) -> Option<String> {
    let id = frame(body, &Limits::default()).ok()?.id;
    form::is_uuid_urn(&id).then_some(id)
}

/// Reads and judges a query; every error is collected (XDS-T-030..042).
pub fn decode(body: &str, rules: &Rules) -> Result<Request, DecodeError> {
    let frame = frame(body, &rules.limits)?;
    let mut errors = Vec::new();
    let return_type = return_type(frame.return_type.as_deref(), &mut errors);
    let Some(definition) = definition(&frame.id) else {
        let context = "the stored query is not one of this Registry";
        errors.push(RegistryError::error(
            ErrorCode::XdsUnknownStoredQuery,
            context,
        ));
        return Err(Refusal { errors }.into());
    };
    if frame
        .home
        .as_deref()
        .is_some_and(|home| !form::is_oid_urn(home))
    {
        errors.push(wrong("home is not an OID URN".into()));
    }
    let mut given = Given::read(
        definition,
        frame.slots,
        &mut errors,
        rules.limits.query_values,
    );
    given.alternatives(definition, &mut errors);
    let query = given.query(definition);
    match errors.is_empty() {
        true => Ok(Request {
            query,
            return_type,
            home: frame.home,
        }),
        false => {
            errors.truncate(rules.limits.errors.max(1));
            Err(Refusal { errors }.into())
        }
    }
}

fn wrong(context: String) -> RegistryError {
    RegistryError::error(ErrorCode::XdsRegistryError, context)
}

fn return_type(text: Option<&str>, errors: &mut Vec<RegistryError>) -> ReturnType {
    match text {
        Some("LeafClass") => ReturnType::LeafClass,
        Some("ObjectRef") | None => ReturnType::ObjectRef,
        Some(_) => {
            errors.push(wrong(
                "returnType is neither LeafClass nor ObjectRef".into(),
            ));
            ReturnType::ObjectRef
        }
    }
}

/// The parameters of one query as given: for each name one list per Slot.
#[derive(Default)]
struct Given {
    texts: HashMap<&'static str, Vec<Vec<String>>>,
}

impl Given {
    /// Unknown parameters are passed over (XDS-T-034).
    fn read(
        definition: &Definition,
        slots: Vec<Slot>,
        errors: &mut Vec<RegistryError>,
        most: usize,
    ) -> Self {
        let mut given = Self::default();
        let mut total = 0;
        for slot in slots {
            let known = definition
                .parameters
                .iter()
                .find(|one| one.name == slot.name);
            let Some(parameter) = known else {
                continue;
            };
            let values = values(parameter, &slot.values, errors);
            total += values.len();
            if total > most {
                errors.push(wrong(format!(
                    "{}: more values than the limit",
                    parameter.name
                )));
                return given;
            }
            given.texts.entry(parameter.name).or_default().push(values);
        }
        for parameter in definition.parameters {
            given.numbers(parameter, errors);
        }
        given
    }

    /// XDS-T-031, XDS-T-033, XDS-T-035
    fn numbers(&mut self, parameter: &Parameter, errors: &mut Vec<RegistryError>) {
        let name = parameter.name;
        let lists = self.texts.get(name).map_or(&[][..], Vec::as_slice);
        let total: usize = lists.iter().map(Vec::len).sum();
        if parameter.required && total == 0 {
            let context = format!("{name} is required");
            errors.push(RegistryError::error(
                ErrorCode::XdsStoredQueryMissingParam,
                context,
            ));
        }
        let context = match parameter.number {
            Number::One if total > 1 => format!("{name} has more than one value"),
            Number::One | Number::Or if lists.len() > 1 => format!("{name} occurs more than once"),
            _ => return,
        };
        errors.push(RegistryError::error(
            ErrorCode::XdsStoredQueryParamNumber,
            context,
        ));
    }

    /// XDS-T-032
    fn alternatives(&self, definition: &Definition, errors: &mut Vec<RegistryError>) {
        let given = |name: &&&str| {
            self.texts
                .get(**name)
                .is_some_and(|lists| !lists.is_empty())
        };
        let empty = |name: &&&str| {
            self.texts
                .get(**name)
                .is_some_and(|l| l.iter().all(Vec::is_empty))
        };
        let names = definition.alternatives;
        if names.is_empty() {
            return;
        }
        let context = names.join(" or ");
        let code = match names.iter().filter(given).count() {
            0 => ErrorCode::XdsStoredQueryMissingParam,
            1 if names.iter().any(|name| empty(&name)) => ErrorCode::XdsStoredQueryMissingParam,
            1 => return,
            _ => ErrorCode::XdsStoredQueryParamNumber,
        };
        errors.push(RegistryError::error(code, context));
    }

    fn all(&mut self, name: &str) -> Vec<String> {
        self.texts
            .remove(name)
            .unwrap_or_default()
            .into_iter()
            .flatten()
            .collect()
    }

    fn one(&mut self, name: &str) -> Option<String> {
        self.all(name).into_iter().next()
    }

    fn codes(&mut self, name: &str) -> Vec<Code> {
        self.all(name)
            .iter()
            .filter_map(|text| value::code(text))
            .collect()
    }

    fn code_lists(&mut self, name: &str) -> Vec<Vec<Code>> {
        let lists = self.texts.remove(name).unwrap_or_default();
        let codes = |list: Vec<String>| list.iter().filter_map(|text| value::code(text)).collect();
        lists
            .into_iter()
            .map(codes)
            .filter(|list: &Vec<Code>| !list.is_empty())
            .collect()
    }

    fn times(&mut self, [from, to]: [&str; 2]) -> TimeRange {
        TimeRange {
            from: self.one(from),
            to: self.one(to),
        }
    }

    /// XDS-T-036
    fn object_types(&mut self) -> Vec<ObjectType> {
        let all = self.all(p::TYPE);
        match all.is_empty() {
            true => vec![ObjectType::Stable],
            false => all
                .iter()
                .filter_map(|urn| ObjectType::from_urn(urn))
                .collect(),
        }
    }

    fn query(&mut self, definition: &Definition) -> StoredQuery {
        match definition.id {
            id if id == p::FIND_DOCUMENTS.id => {
                StoredQuery::FindDocuments(Box::new(self.find_documents()))
            }
            id if id == p::GET_DOCUMENTS.id => {
                let ids = match self.texts.contains_key(p::ENTRY_UUID) {
                    true => Ids::EntryUuids(self.uuids(p::ENTRY_UUID)),
                    false => Ids::UniqueIds(self.all(p::UNIQUE_ID)),
                };
                StoredQuery::GetDocuments(GetDocuments { ids })
            }
            id if id == p::GET_ASSOCIATIONS.id => StoredQuery::GetAssociations(GetAssociations {
                uuids: self.uuids(p::UUID),
            }),
            _ => StoredQuery::GetSubmissionSetAndContents(self.submission_set_and_contents()),
        }
    }

    fn uuids(&mut self, name: &str) -> Vec<String> {
        self.all(name)
            .into_iter()
            .map(|uuid| uuid.to_ascii_lowercase())
            .collect()
    }

    fn find_documents(&mut self) -> FindDocuments {
        let statuses = self.all(p::STATUS);
        FindDocuments {
            patient_id: self.one(p::PATIENT_ID).unwrap_or_default(),
            statuses: statuses
                .iter()
                .filter_map(|urn| Status::from_urn(urn))
                .collect(),
            object_types: self.object_types(),
            class_codes: self.codes(p::CLASS),
            type_codes: self.codes(p::TYPE_CODE),
            practice_setting_codes: self.codes(p::PRACTICE),
            healthcare_facility_type_codes: self.codes(p::FACILITY),
            format_codes: self.codes(p::FORMAT),
            event_codes: self.code_lists(p::EVENT),
            confidentiality_codes: self.code_lists(p::CONFIDENTIALITY),
            author_persons: self.all(p::AUTHOR_PERSON),
            creation_time: self.times(p::CREATION),
            service_start_time: self.times(p::SERVICE_START),
            service_stop_time: self.times(p::SERVICE_STOP),
        }
    }

    fn submission_set_and_contents(&mut self) -> GetSubmissionSetAndContents {
        let id = match self.texts.contains_key(p::SET_ENTRY_UUID) {
            true => {
                let uuid = self.uuids(p::SET_ENTRY_UUID).into_iter().next();
                Id::EntryUuid(uuid.unwrap_or_default())
            }
            false => Id::UniqueId(self.one(p::SET_UNIQUE_ID).unwrap_or_default()),
        };
        GetSubmissionSetAndContents {
            id,
            format_codes: self.codes(p::FORMAT),
            confidentiality_codes: self.code_lists(p::CONFIDENTIALITY),
            object_types: self.object_types(),
        }
    }
}

/// The values of one Slot in the form of its parameter.
fn values(parameter: &Parameter, raw: &[String], errors: &mut Vec<RegistryError>) -> Vec<String> {
    let mut all = Vec::new();
    for text in raw {
        let bare_allowed = matches!(parameter.form, Form::Time | Form::Patient);
        match value::parse(text).filter(|values| values.quoted || bare_allowed) {
            Some(values) => all.extend(values.texts),
            None => errors.push(wrong(format!(
                "{}: a value is not in quotes",
                parameter.name
            ))),
        }
    }
    let ok: fn(&str) -> bool = match parameter.form {
        Form::Text => |text| !text.is_empty(),
        Form::Patient => form::is_cx,
        Form::Time => form::is_dtm,
        Form::Code => |text| value::code(text).is_some(),
        // Statuses that are not known are passed over; required, one must be left (XDS-T-035).
        Form::Status => {
            all.retain(|urn| Status::from_urn(urn).is_some());
            |_| true
        }
        Form::ObjectType => |urn| ObjectType::from_urn(urn).is_some(),
    };
    if !all.iter().all(|text| ok(text)) {
        errors.push(wrong(format!(
            "{}: a value has not the form it must have",
            parameter.name
        )));
    }
    all
}

/// Writes a query.
pub fn encode(request: &Request) -> String {
    let mut out = Writer::new();
    let namespaces = [("xmlns:query", ns::QUERY), ("xmlns:rim", ns::RIM)];
    out.open("query:AdhocQueryRequest", &namespaces);
    let return_type = request.return_type.as_str();
    let options = [
        ("returnComposedObjects", "true"),
        ("returnType", return_type),
    ];
    out.empty("query:ResponseOption", &options);
    let mut attributes = vec![("id", request.query.id())];
    attributes.extend(request.home.as_deref().map(|home| ("home", home)));
    out.open("rim:AdhocQuery", &attributes);
    match &request.query {
        StoredQuery::FindDocuments(query) => write_find_documents(&mut out, query),
        StoredQuery::GetDocuments(query) => match &query.ids {
            Ids::EntryUuids(ids) => write_list(&mut out, p::ENTRY_UUID, ids),
            Ids::UniqueIds(ids) => write_list(&mut out, p::UNIQUE_ID, ids),
        },
        StoredQuery::GetAssociations(query) => write_list(&mut out, p::UUID, &query.uuids),
        StoredQuery::GetSubmissionSetAndContents(query) => write_set_query(&mut out, query),
    }
    out.close("rim:AdhocQuery");
    out.close("query:AdhocQueryRequest");
    out.finish()
}

fn write_slot(out: &mut Writer, name: &str, values: &[String]) {
    out.open("rim:Slot", &[("name", name)]);
    out.open("rim:ValueList", &[]);
    values.iter().for_each(|value| out.text("rim:Value", value));
    out.close("rim:ValueList");
    out.close("rim:Slot");
}

/// One `rim:Value` for each text, so that a long list stays within 256 characters.
fn write_list<S: AsRef<str>>(out: &mut Writer, name: &str, texts: &[S]) {
    let values: Vec<String> = texts
        .iter()
        .map(|text| value::quote_list([text.as_ref()]))
        .collect();
    if !values.is_empty() {
        write_slot(out, name, &values);
    }
}

fn write_codes(out: &mut Writer, name: &str, codes: &[Code]) {
    let texts: Vec<String> = codes
        .iter()
        .map(|code| format!("{}^^{}", code.code, code.scheme))
        .collect();
    write_list(out, name, &texts);
}

fn write_times(out: &mut Writer, names: [&str; 2], times: &TimeRange) {
    for (name, time) in names.into_iter().zip([&times.from, &times.to]) {
        if let Some(time) = time {
            write_slot(out, name, std::slice::from_ref(time));
        }
    }
}

fn write_types(out: &mut Writer, types: &[ObjectType]) {
    let urns: Vec<&str> = types.iter().map(|kind| kind.urn()).collect();
    write_list(out, p::TYPE, &urns);
}

fn write_find_documents(out: &mut Writer, query: &FindDocuments) {
    write_slot(out, p::PATIENT_ID, &[value::quote(&query.patient_id)]);
    let statuses: Vec<&str> = query.statuses.iter().map(|status| status.urn()).collect();
    write_list(out, p::STATUS, &statuses);
    write_types(out, &query.object_types);
    write_codes(out, p::CLASS, &query.class_codes);
    write_codes(out, p::TYPE_CODE, &query.type_codes);
    write_codes(out, p::PRACTICE, &query.practice_setting_codes);
    write_codes(out, p::FACILITY, &query.healthcare_facility_type_codes);
    write_codes(out, p::FORMAT, &query.format_codes);
    query
        .event_codes
        .iter()
        .for_each(|codes| write_codes(out, p::EVENT, codes));
    query
        .confidentiality_codes
        .iter()
        .for_each(|codes| write_codes(out, p::CONFIDENTIALITY, codes));
    write_list(out, p::AUTHOR_PERSON, &query.author_persons);
    write_times(out, p::CREATION, &query.creation_time);
    write_times(out, p::SERVICE_START, &query.service_start_time);
    write_times(out, p::SERVICE_STOP, &query.service_stop_time);
}

fn write_set_query(out: &mut Writer, query: &GetSubmissionSetAndContents) {
    match &query.id {
        Id::EntryUuid(id) => write_slot(out, p::SET_ENTRY_UUID, &[value::quote(id)]),
        Id::UniqueId(id) => write_slot(out, p::SET_UNIQUE_ID, &[value::quote(id)]),
    }
    write_codes(out, p::FORMAT, &query.format_codes);
    query
        .confidentiality_codes
        .iter()
        .for_each(|codes| write_codes(out, p::CONFIDENTIALITY, codes));
    write_types(out, &query.object_types);
}

#[cfg(test)]
mod tests;
