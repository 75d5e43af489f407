//! The gate every HL7 v2 receiver has: MSH is checked before anything else (ITI TF-2 C.2.3).
//!
//! Used by the PIX Manager and by the Document Registry's feed.

use hl7v2::ack::{AckCode, ErrorCode, Location, Problem, Refusal};
use hl7v2::{Header, Message};

use crate::FeedPolicy;

/// What MSH may say here.
#[derive(Clone, Debug)]
pub struct Gate {
    /// MSH-9.1 and, for each, the triggers MSH-9.2.
    pub messages: Vec<(&'static str, &'static [&'static str])>,
    /// MSH-11.1 values.
    pub processing_ids: Vec<String>,
    /// MSH-12.1 values.
    pub versions: Vec<String>,
}

/// The triggers of ITI-8 (ITI TF-2 3.8.4.1.1).
pub const FEED_TRIGGERS: &[&str] = &["A01", "A04", "A05", "A08", "A40"];

/// The triggers of ITI-8 and of ITI-30 (ITI TF-2 3.30.4); which options of ITI-30 are supported is judged by
/// [`crate::iti30::decode`].
pub const MANAGER_TRIGGERS: &[&str] = &[
    "A01", "A04", "A05", "A08", "A24", "A28", "A31", "A37", "A40", "A47",
];

/// The trigger of ITI-10 (ITI TF-2 3.10.4.1).
pub const NOTIFICATION_TRIGGERS: &[&str] = &["A31"];

/// The trigger of ITI-9 (ITI TF-2 3.9.4.1).
pub const QUERY_TRIGGERS: &[&str] = &["Q23"];

/// The triggers of ITI-21 and ITI-22 (ITI TF-2 3.21.4.1, 3.22.4.1).
pub const DEMOGRAPHICS_TRIGGERS: &[&str] = &["Q22", "ZV1"];

/// The trigger of a cancelled query (ITI TF-2 3.21.4.3).
pub const CANCEL_TRIGGERS: &[&str] = &["J01"];

/// The transactions that one port of a PIX Manager serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Transaction {
    /// ITI-8 Patient Identity Feed.
    Feed,
    /// ITI-30 Patient Identity Management.
    Management,
    /// ITI-9 PIX Query.
    Query,
}

impl Transaction {
    /// Which transaction a message belongs to: by MSH-9, and for A40, which ITI-8 and ITI-30 both have, by MSH-12: 2.5 or
    /// later is ITI-30. What belongs to none is recorded as a refused feed.
    pub fn of(header: &Header) -> Transaction {
        match (header.message_code.as_str(), header.trigger_event.as_str()) {
            ("QBP", _) => Transaction::Query,
            ("ADT", "A40") if is_2_5_or_later(&header.version) => Transaction::Management,
            ("ADT", trigger) if is_management_only(trigger) => Transaction::Management,
            _ => Transaction::Feed,
        }
    }
}

fn is_management_only(trigger: &str) -> bool {
    MANAGER_TRIGGERS.contains(&trigger) && !FEED_TRIGGERS.contains(&trigger)
}

fn is_2_5_or_later(version: &str) -> bool {
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    version >= (2, 5)
}

impl Gate {
    /// Identity feeds only (ITI-8): the gate of a Document Registry.
    pub fn feeds(policy: &FeedPolicy) -> Gate {
        Gate {
            messages: vec![("ADT", FEED_TRIGGERS)],
            processing_ids: policy.processing_ids.clone(),
            versions: policy.versions.clone(),
        }
    }

    /// Identity feeds (ITI-8, ITI-30) and PIX queries (ITI-9): the gate of a PIX Manager.
    pub fn manager(policy: &FeedPolicy) -> Gate {
        Gate {
            messages: vec![("ADT", MANAGER_TRIGGERS), ("QBP", QUERY_TRIGGERS)],
            ..Gate::feeds(policy)
        }
    }

    /// PIX Update Notifications (ITI-10): the gate of a PIX Consumer.
    pub fn notifications() -> Gate {
        let taken = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        Gate {
            messages: vec![("ADT", NOTIFICATION_TRIGGERS)],
            processing_ids: taken(&["P", "T", "D"]),
            versions: taken(&["2.5", "2.5.1"]),
        }
    }

    /// Demographics and visit queries (ITI-21, ITI-22) and their end: the gate of a Patient Demographics Supplier.
    pub fn demographics(policy: &FeedPolicy) -> Gate {
        let mut gate = Gate::feeds(policy);
        gate.messages = vec![("QBP", DEMOGRAPHICS_TRIGGERS), ("QCN", CANCEL_TRIGGERS)];
        gate
    }

    /// The header, or every reason not to let the message in: AR for what is not served here
    /// (200, 201, 202, 203), AE when only something required is missing (101).
    pub fn check(&self, message: &Message) -> Result<Header, Refusal> {
        let header = message.header();
        let mut problems = Vec::new();
        problems.extend(self.message_type(&header));
        problems.extend(control_id(&header));
        let processing = (&header.processing_id, &self.processing_ids);
        problems.extend(listed(11, processing, ErrorCode::UNSUPPORTED_PROCESSING_ID));
        let version = (&header.version, &self.versions);
        problems.extend(listed(12, version, ErrorCode::UNSUPPORTED_VERSION));
        if problems.is_empty() {
            return Ok(header);
        }
        let only_missing = problems
            .iter()
            .all(|p| p.code == ErrorCode::REQUIRED_FIELD_MISSING);
        let code = if only_missing {
            AckCode::Ae
        } else {
            AckCode::Ar
        };
        Err(Refusal { code, problems })
    }

    fn message_type(&self, header: &Header) -> Option<Problem> {
        if header.message_code.is_empty() {
            return Some(missing(9));
        }
        let place = Location::field("MSH", 1, 9).repetition(1);
        let Some((_, triggers)) = self
            .messages
            .iter()
            .find(|(m, _)| *m == header.message_code)
        else {
            let text = "message type not served here";
            return Some(Problem::error(
                ErrorCode::UNSUPPORTED_MESSAGE_TYPE,
                place.component(1),
                text,
            ));
        };
        if triggers.contains(&header.trigger_event.as_str()) {
            return None;
        }
        let text = "event not served here";
        Some(Problem::error(
            ErrorCode::UNSUPPORTED_EVENT,
            place.component(2),
            text,
        ))
    }
}

fn control_id(header: &Header) -> Option<Problem> {
    header.control_id.is_empty().then(|| missing(10))
}

fn listed(field: u16, (said, taken): (&String, &Vec<String>), code: ErrorCode) -> Option<Problem> {
    if said.is_empty() {
        return Some(missing(field));
    }
    if taken.contains(said) {
        return None;
    }
    let place = Location::field("MSH", 1, field).repetition(1).component(1);
    Some(Problem::error(
        code,
        place,
        format!("taken here: {}", taken.join(" ")),
    ))
}

fn missing(field: u16) -> Problem {
    let place = Location::field("MSH", 1, field);
    Problem::error(
        ErrorCode::REQUIRED_FIELD_MISSING,
        place,
        "required field is empty",
    )
}

#[cfg(test)]
mod tests {
    use hl7v2::datatype::Hd;

    use super::*;

    fn check(msh: &str) -> Result<Header, Refusal> {
        let policy = FeedPolicy::new([Hd::oid("1.2.3")]);
        let message = Message::parse(format!("{msh}\rEVN||2026\r").as_bytes()).expect("parses");
        Gate::manager(&policy).check(&message)
    }

    fn refusal(msh: &str) -> (AckCode, Vec<(u16, String)>) {
        let refusal = check(msh).expect_err("refused");
        let place = |p: &Problem| {
            p.location
                .as_ref()
                .map(|l| l.to_string())
                .unwrap_or_default()
        };
        (
            refusal.code,
            refusal
                .problems
                .iter()
                .map(|p| (p.code.number(), place(p)))
                .collect(),
        )
    }

    #[test]
    fn v2_r_080_a_merge_of_2_5_is_iti_30_and_an_older_one_iti_8() {
        let of = |version: &str, event: &str| {
            let msh = format!("MSH|^~\\&|A|B|C|D|2026||{event}|1|P|{version}");
            Transaction::of(&check(&msh).expect("let in"))
        };
        assert_eq!(of("2.3.1", "ADT^A40"), Transaction::Feed);
        assert_eq!(of("2.5", "ADT^A40^ADT_A39"), Transaction::Management);
        assert_eq!(of("2.5", "ADT^A04"), Transaction::Feed);
        assert_eq!(of("2.5", "ADT^A28^ADT_A05"), Transaction::Management);
        assert_eq!(of("2.5", "QBP^Q23"), Transaction::Query);
    }

    #[test]
    fn v2_r_001_unknown_message_type_is_ar_200_and_unknown_event_is_ar_201() {
        let (code, problems) = refusal("MSH|^~\\&|A|B|C|D|2026||ORU^R01|1|P|2.3.1");
        assert_eq!(code, AckCode::Ar);
        assert_eq!(problems, [(200, "MSH^1^9^1^1".to_owned())]);
        let (code, problems) = refusal("MSH|^~\\&|A|B|C|D|2026||ADT^A99|1|P|2.3.1");
        assert_eq!(code, AckCode::Ar);
        assert_eq!(problems, [(201, "MSH^1^9^1^2".to_owned())]);
    }

    #[test]
    fn v2_r_002_wrong_processing_id_is_ar_202_and_wrong_version_is_ar_203() {
        let (code, problems) = refusal("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|X|2.9");
        assert_eq!(code, AckCode::Ar);
        let numbers: Vec<u16> = problems.iter().map(|(n, _)| *n).collect();
        assert_eq!(numbers, [202, 203]);
    }

    #[test]
    fn v2_r_002_missing_control_id_is_ae_101() {
        let (code, problems) = refusal("MSH|^~\\&|A|B|C|D|2026||ADT^A01||P|2.3.1");
        assert_eq!(code, AckCode::Ae);
        assert_eq!(problems, [(101, "MSH^1^10".to_owned())]);
    }

    #[test]
    fn processing_mode_and_extra_version_components_are_tolerated() {
        let header = check("MSH|^~\\&|A|B|C|D|2026||ADT^A01^ADT_A01|1|P^T|2.5^JPN");
        assert_eq!(header.expect("let in").trigger_event, "A01");
    }
}
