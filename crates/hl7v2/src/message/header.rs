//! MSH in one owned value (HL7 v2.5 section 2.15.9).

use super::Message;

/// Who sends what to whom. Raw fields keep their escapes and delimiters; absent fields are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Header {
    /// MSH-3, raw (HD).
    pub sending_application: String,
    /// MSH-4, raw (HD).
    pub sending_facility: String,
    /// MSH-5, raw (HD).
    pub receiving_application: String,
    /// MSH-6, raw (HD).
    pub receiving_facility: String,
    /// MSH-7.1, date and time of the message.
    pub date_time: String,
    /// MSH-9.1, e.g. `ADT`.
    pub message_code: String,
    /// MSH-9.2, e.g. `A01`.
    pub trigger_event: String,
    /// MSH-9.3, e.g. `ADT_A01`; often absent in v2.3.1.
    pub structure: String,
    /// MSH-10, unescaped.
    pub control_id: String,
    /// MSH-11.1: `P`, `T` or `D`.
    pub processing_id: String,
    /// MSH-12.1, e.g. `2.5`.
    pub version: String,
    /// MSH-18, one entry per repetition; an empty first one means ASCII.
    pub character_sets: Vec<String>,
}

impl Header {
    pub(super) fn of(message: &Message) -> Header {
        let Some(msh) = message.segments().next() else {
            return Header::default();
        };
        let raw = |field: usize| msh.field(field).raw().to_owned();
        let component = |field: usize, n: usize| {
            msh.field(field)
                .repetition(1)
                .map_or(String::new(), |one| one.component(n).value().into_owned())
        };
        Header {
            sending_application: raw(3),
            sending_facility: raw(4),
            receiving_application: raw(5),
            receiving_facility: raw(6),
            date_time: component(7, 1),
            message_code: component(9, 1),
            trigger_event: component(9, 2),
            structure: component(9, 3),
            control_id: msh.field(10).value().into_owned(),
            processing_id: component(11, 1),
            version: component(12, 1),
            character_sets: msh
                .field(18)
                .repetitions()
                .map(|one| one.component(1).value().into_owned())
                .collect(),
        }
    }
}
