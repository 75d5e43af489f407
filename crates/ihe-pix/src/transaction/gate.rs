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

/// The trigger of ITI-9 (ITI TF-2 3.9.4.1).
pub const QUERY_TRIGGERS: &[&str] = &["Q23"];

/// The triggers of ITI-21 and ITI-22 (ITI TF-2 3.21.4.1, 3.22.4.1).
pub const DEMOGRAPHICS_TRIGGERS: &[&str] = &["Q22", "ZV1"];

/// The trigger of a cancelled query (ITI TF-2 3.21.4.3).
pub const CANCEL_TRIGGERS: &[&str] = &["J01"];

impl Gate {
    /// Identity feeds only (ITI-8): the gate of a Document Registry.
    pub fn feeds(policy: &FeedPolicy) -> Gate {
        Gate {
            messages: vec![("ADT", FEED_TRIGGERS)],
            processing_ids: policy.processing_ids.clone(),
            versions: policy.versions.clone(),
        }
    }

    /// Identity feeds (ITI-8) and PIX queries (ITI-9): the gate of a PIX Manager.
    pub fn feeds_and_queries(policy: &FeedPolicy) -> Gate {
        let mut gate = Gate::feeds(policy);
        gate.messages.push(("QBP", QUERY_TRIGGERS));
        gate
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
        Gate::feeds_and_queries(&policy).check(&message)
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
