//! Original and enhanced acknowledgement mode (HL7 v2.5 section 2.9).

use super::AckCode;
use crate::Message;

/// MSH-15 and MSH-16, when an acknowledgement is wanted (table 0155).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// `AL`: always.
    Always,
    /// `NE`: never.
    Never,
    /// `ER`: only for an error or a rejection.
    Error,
    /// `SU`: only on success.
    Success,
}

impl Condition {
    /// As written.
    pub fn as_str(&self) -> &'static str {
        match self {
            Condition::Always => "AL",
            Condition::Never => "NE",
            Condition::Error => "ER",
            Condition::Success => "SU",
        }
    }

    /// Reads MSH-15 or MSH-16.
    pub fn parse(text: &str) -> Option<Condition> {
        [
            Condition::Always,
            Condition::Never,
            Condition::Error,
            Condition::Success,
        ]
        .into_iter()
        .find(|one| one.as_str() == text)
    }

    fn wants(&self, accepted: bool) -> bool {
        match self {
            Condition::Always => true,
            Condition::Never => false,
            Condition::Error => !accepted,
            Condition::Success => accepted,
        }
    }
}

/// How the sender of a message wants it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// MSH-15 and MSH-16 are empty: one answer, by the application, always.
    Original,
    /// Up to two answers: one when the message is safely stored, one when the application has dealt with it.
    Enhanced {
        /// MSH-15.
        accept: Condition,
        /// MSH-16.
        application: Condition,
    },
}

impl Mode {
    /// What MSH-15 and MSH-16 of a message ask for. If only one of them is filled the other counts as `NE`; a value outside
    /// the table counts as `AL`, so that nobody waits in vain.
    ///
    /// ```
    /// use hl7v2::{Message, ack::{AckCode, Mode}};
    /// let message = Message::parse(b"MSH|^~\\&|A|B|C|D|2026||ADT^A01|7|P|2.5|||AL|ER\r")?;
    /// let mode = Mode::of(&message);
    /// assert!(mode.wants(AckCode::Ca) && mode.wants(AckCode::Ae) && !mode.wants(AckCode::Aa));
    /// # Ok::<(), hl7v2::ParseError>(())
    /// ```
    pub fn of(message: &Message) -> Mode {
        let condition = |path: &str| {
            message
                .value(path)
                .map(|text| Condition::parse(&text).unwrap_or(Condition::Always))
        };
        match (condition("MSH-15.1"), condition("MSH-16.1")) {
            (None, None) => Mode::Original,
            (accept, application) => Mode::Enhanced {
                accept: accept.unwrap_or(Condition::Never),
                application: application.unwrap_or(Condition::Never),
            },
        }
    }

    /// Whether this acknowledgement is to be sent.
    pub fn wants(&self, code: AckCode) -> bool {
        match self {
            Mode::Original => !code.is_accept_acknowledgement(),
            Mode::Enhanced { accept, .. } if code.is_accept_acknowledgement() => {
                accept.wants(code.accepts())
            }
            Mode::Enhanced { application, .. } => application.wants(code.accepts()),
        }
    }
}
