//! One repetition of a field against its data type (HL7 v2.5 chapter 2A), driven by the table of components.

use super::hd::universal_id_is_well_formed;
use super::table::{Element, Optionality, elements};
use super::{is_null, primitive};
use crate::Repetition;
use crate::ack::ErrorCode;

/// What is wrong with one repetition, and where in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1; `None`: the repetition as a whole.
    pub component: Option<usize>,
    /// From 1; `None`: the component as a whole.
    pub subcomponent: Option<usize>,
    /// [`ErrorCode::DATA_TYPE`] or [`ErrorCode::REQUIRED_FIELD_MISSING`].
    pub code: ErrorCode,
    /// Fit for ERR-7: it holds nothing of the value.
    pub text: &'static str,
}

/// Every fault of a repetition against the type of its field, by its HL7 code (`CX`, `TS`, `NM`, ..), in their order.
///
/// - 102 where a number, date or time is none, or a universal id is not what its type (`ISO`, `UUID`) says.
/// - 101 where a component that version 2.5 requires is absent and others of the type are there. The shorter forms of
///   version 2.3.1 pass: what that version did not have is not required.
///
/// An unknown type, an empty repetition and the null `""` have no faults. Lengths, code tables and components beyond the
/// last are not looked at: peers extend them. A query that asks by authority alone (QPD-4 of a PIX query, `^^^&oid&ISO`)
/// has the fault of a CX without CX.1; do not check it as a CX.
///
/// ```
/// use hl7v2::{Message, ack::ErrorCode, datatype};
/// let message = Message::parse(b"MSH|^~\\&|A||||20260315||ADT^A08|1|P|2.5\rPID|||^^^HOSP\r")?;
/// let faults = datatype::check("CX", message.segment("PID").unwrap().field(3).repetition(1).unwrap());
/// assert_eq!((faults[0].component, faults[0].code), (Some(1), ErrorCode::REQUIRED_FIELD_MISSING));
/// # Ok::<(), hl7v2::ParseError>(())
/// ```
pub fn check(data_type: &str, repetition: Repetition<'_>) -> Vec<Fault> {
    let part = |n: usize| repetition.component(n).raw();
    let mut found = Found::default();
    if is_silent(repetition.raw()) {
        return found.faults;
    }
    let Some(known) = elements(data_type) else {
        found.primitive(data_type, part(1));
        return found.faults;
    };
    found.universal_id(data_type, part);
    for element in known {
        found.component = Some(element.number);
        let component = repetition.component(element.number);
        found.element(element, component.raw(), |n| component.subcomponent(n));
    }
    found
        .faults
        .sort_by_key(|fault| (fault.component, fault.subcomponent));
    found.faults
}

/// The faults so far, and the place that is looked at.
#[derive(Default)]
struct Found {
    faults: Vec<Fault>,
    component: Option<usize>,
    subcomponent: Option<usize>,
}

impl Found {
    fn add(&mut self, code: ErrorCode, text: &'static str) {
        self.faults.push(Fault {
            component: self.component,
            subcomponent: self.subcomponent,
            code,
            text,
        });
    }

    /// One component, with the subcomponents of its type.
    fn element<'a>(&mut self, element: &Element, raw: &str, part: impl Fn(usize) -> &'a str) {
        self.presence(element, raw);
        if is_silent(raw) {
            return;
        }
        let Some(known) = elements(element.data_type) else {
            return self.primitive(element.data_type, raw);
        };
        self.universal_id(element.data_type, &part);
        for inner in known {
            self.subcomponent = Some(inner.number);
            self.presence(inner, part(inner.number));
            self.primitive(first_primitive(inner.data_type), part(inner.number));
        }
        self.subcomponent = None;
    }

    fn presence(&mut self, element: &Element, raw: &str) {
        if raw.is_empty() && element.optionality == Optionality::Required {
            self.add(
                ErrorCode::REQUIRED_FIELD_MISSING,
                "a required component is empty",
            );
        }
    }

    fn primitive(&mut self, data_type: &str, raw: &str) {
        if is_silent(raw) {
            return;
        }
        if let Some(text) = primitive::complaint(data_type, raw) {
            self.add(ErrorCode::DATA_TYPE, text);
        }
    }

    /// HD and EI: the universal id by its type.
    fn universal_id<'a>(&mut self, data_type: &str, part: impl Fn(usize) -> &'a str) {
        let place = match data_type {
            "HD" => 2,
            "EI" => 3,
            _ => return,
        };
        if universal_id_is_well_formed(part(place), part(place + 1)) {
            return;
        }
        let (component, subcomponent) = match self.component {
            None => (Some(place), None),
            component => (component, Some(place)),
        };
        self.faults.push(Fault {
            component,
            subcomponent,
            code: ErrorCode::DATA_TYPE,
            text: "the universal id is not of the form of its type",
        });
    }
}

/// Says nothing, or asks to delete.
fn is_silent(raw: &str) -> bool {
    raw.is_empty() || is_null(raw)
}

/// What stands in a subcomponent whose type has parts of its own: there is no level below, so its first part does.
fn first_primitive(data_type: &'static str) -> &'static str {
    let first = |code: &&'static str| elements(code)?.first().map(|element| element.data_type);
    let chain = std::iter::successors(Some(data_type), first);
    chain.take(4).last().unwrap_or(data_type)
}
