//! The query request on the wire: frame and Slots (ITI TF-2 3.18.4.1.2).

use super::definition::{Form, Number, Parameter};
use super::parameters::{self, Parameters};
use super::{Request, ReturnType, value};
use crate::affinity::Rules;
use crate::ebrim::read::slot;
use crate::ebrim::xml::{self, Writer};
use crate::ebrim::{Limits, ns};
use crate::error::{DecodeError, ErrorCode, Malformed};
use crate::metadata::Slot;
use crate::validate::value as form;

/// The frame of a request, not yet judged.
struct Frame {
    return_type: Option<String>,
    id: String,
    home: Option<String>,
    slots: Vec<Slot>,
}

fn frame(body: &str, limits: &Limits) -> Result<Frame, Malformed> {
    let mut reader = xml::reader(body, limits)?;
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
    let mut parameters = parameters::of_id(&frame.id, &rules.limits)?;
    let return_type = return_type(frame.return_type.as_deref(), &mut parameters);
    home(frame.home.as_deref(), &mut parameters);
    for slot in &frame.slots {
        parameters.add_slot(&slot.name, &slot.values);
    }
    Ok(Request {
        query: parameters.query()?,
        return_type,
        home: frame.home,
    })
}

fn return_type(text: Option<&str>, parameters: &mut Parameters) -> ReturnType {
    match text {
        Some("LeafClass") => ReturnType::LeafClass,
        Some("ObjectRef") | None => ReturnType::ObjectRef,
        Some(_) => {
            let context = "returnType is neither LeafClass nor ObjectRef";
            parameters.refuse(ErrorCode::XdsRegistryError, context.into());
            ReturnType::ObjectRef
        }
    }
}

/// XDS-T-040: any community is accepted.
fn home(home: Option<&str>, parameters: &mut Parameters) {
    if home.is_some_and(|home| !form::is_oid_urn(home)) {
        let context = "home is not an OID URN";
        parameters.refuse(ErrorCode::XdsRegistryError, context.into());
    }
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
    for (parameter, lists) in request.query.parameters().given() {
        for list in lists {
            write_slot(&mut out, parameter, list);
        }
    }
    out.close("rim:AdhocQuery");
    out.close("query:AdhocQueryRequest");
    out.finish()
}

/// A list has one `rim:Value` for each text, so that none grows beyond 256 characters.
fn write_slot(out: &mut Writer, parameter: &Parameter, texts: &[String]) {
    out.open("rim:Slot", &[("name", parameter.name)]);
    out.open("rim:ValueList", &[]);
    for text in texts {
        let value = match (parameter.form, parameter.number) {
            (Form::Time, _) => text.clone(),
            (_, Number::One) => value::quote(text),
            _ => format!("({})", value::quote(text)),
        };
        out.text("rim:Value", &value);
    }
    out.close("rim:ValueList");
    out.close("rim:Slot");
}

#[cfg(test)]
mod tests;
