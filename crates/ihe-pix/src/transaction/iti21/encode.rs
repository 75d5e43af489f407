//! ITI-21 query to message (ITI TF-2 3.21.4.1.2).

use hl7v2::build;
use hl7v2::charset::Charset;
use hl7v2::datatype::Cx;

use super::parameters::parameter;
use super::{Kind, Query};
use crate::error::Error;
use crate::identity::{NamePattern, PatientQuery, Segment};
use crate::iti8::Ends;

pub(super) fn encode(
    kind: &Kind,
    query: &Query,
    ends: &Ends,
    charset: Charset,
) -> Result<Vec<u8>, Error> {
    if query.patient.says_nothing() {
        return Err(Error::Misuse(
            "the query says nothing of the patient".into(),
        ));
    }
    let visits = |one: &crate::identity::FieldPattern| one.segment == Segment::Pv1;
    if !kind.visits && query.patient.other.iter().any(visits) {
        return Err(Error::Misuse("visits are asked for by ITI-22".into()));
    }
    let header = ends.header(kind.asks.into(), charset, "2.5");
    let mut segments = vec![qpd(kind, query), rcp(query)];
    if let Some(pointer) = &query.continuation {
        segments.push(format!("DSC|{}|I", escaped(pointer)));
    }
    build::message(&header, &segments)
        .map_err(|_| Error::Misuse("the text does not fit the character set".into()))
}

fn rcp(query: &Query) -> String {
    match query.records {
        Some(records) => format!("RCP|I|{records}^RD"),
        None => "RCP|I".into(),
    }
}

fn qpd(kind: &Kind, query: &Query) -> String {
    let name = kind.names.first().copied().unwrap_or_default();
    let asked = parameters(&query.patient).join("~");
    let domains = query.patient.domains.iter();
    let domains: Vec<String> = domains.map(|domain| format!("^^^{domain}")).collect();
    format!("QPD|{name}|{}|{asked}|||||{}", query.tag, domains.join("~"))
        .trim_end_matches('|')
        .to_owned()
}

fn parameters(query: &PatientQuery) -> Vec<String> {
    let pid = |numbers: &[usize], value: &str| match value {
        "" => None,
        value => Some(parameter(Segment::Pid, numbers, value)),
    };
    let pattern = |numbers: &[usize], pattern: &Option<NamePattern>| {
        let typed = pattern.as_ref().map(typed);
        typed.and_then(|typed| pid(numbers, &typed))
    };
    let mut list: Vec<String> = query.ids.iter().flat_map(id).collect();
    list.extend(pattern(&[5, 1, 1], &query.family));
    list.extend(pattern(&[5, 2], &query.given));
    list.extend(pid(&[7, 1], &query.birth_date));
    list.extend(pid(&[8], &query.sex));
    for (component, wanted) in &query.address {
        list.extend(pid(&[11, *component], &typed(wanted)));
    }
    list.extend(pid(&[13, 1], &query.phone));
    list.extend(pid(&[18, 1], &query.account_number));
    for one in &query.other {
        let numbers = [Some(one.field), one.component, one.subcomponent];
        let numbers: Vec<usize> = numbers.into_iter().map_while(|number| number).collect();
        list.push(parameter(one.segment, &numbers, &typed(&one.pattern)));
    }
    list
}

fn typed(pattern: &NamePattern) -> String {
    let star = if pattern.prefix { "*" } else { "" };
    format!("{}{star}", pattern.text)
}

fn id(id: &Cx) -> Vec<String> {
    let authority = &id.assigning_authority;
    let parts = [
        (&[3, 1][..], &id.id),
        (&[3, 4, 1], &authority.namespace_id),
        (&[3, 4, 2], &authority.universal_id),
        (&[3, 4, 3], &authority.universal_id_type),
    ];
    let said = parts.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(numbers, value)| parameter(Segment::Pid, numbers, value))
        .collect()
}

fn escaped(text: &str) -> String {
    hl7v2::escape::escape(text, &hl7v2::Separators::DEFAULT).into_owned()
}
