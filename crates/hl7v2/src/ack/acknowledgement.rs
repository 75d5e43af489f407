//! A whole acknowledgement: MSA and its ERR segments, as sent and as received.

use super::{AckCode, ErrForm, Problem, Refusal, err_segments_in, read};
use crate::build::{Builder, HeaderFields, SegmentBuilder, acknowledgement_type};
use crate::escape::escape;
use crate::{Message, Separators};
use std::fmt;

/// MSA (HL7 v2.5 section 2.15.8) and all ERR of one acknowledgement, in the same type whether we write it or a peer did.
#[derive(Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// MSA-1.
    pub code: AckCode,
    /// MSA-2: MSH-10 of the message that is answered.
    pub control_id: String,
    /// MSA-3, text message; peers write here what ours say in ERR-8. It may hold patient data.
    pub text: String,
    /// MSA-4, the sequence number that is expected next (section 2.10.1).
    pub expected_sequence: String,
    /// One per place named in an ERR segment; if there is none, what MSA-6 says.
    pub problems: Vec<Problem>,
}

impl Acknowledgement {
    /// The answer to a message.
    ///
    /// ```
    /// use hl7v2::Message;
    /// use hl7v2::ack::{Acknowledgement, AckCode, ErrorCode, Location, Problem};
    /// let request = Message::parse(b"MSH|^~\\&|HIS|A|LAB|B|2026||ORM^O01|77|P|2.3.1\r")?;
    /// let reply = Acknowledgement::answer(&request, AckCode::Ae)
    ///     .with_text("order unknown")
    ///     .with_problem(Problem::error(ErrorCode::UNKNOWN_KEY, Location::field("ORC", 1, 2), ""))
    ///     .to_bytes(&request);
    /// let reply = Message::parse(&reply)?;
    /// assert_eq!(reply.segment("MSA").map(|msa| msa.raw()), Some("MSA|AE|77|order unknown"));
    /// assert_eq!(reply.raw("ERR-1"), Some("ORC^1^2^204&Unknown key identifier&HL70357"));
    /// assert_eq!(Acknowledgement::read(&reply).unwrap().control_id, "77");
    /// # Ok::<(), hl7v2::ParseError>(())
    /// ```
    pub fn answer(request: &Message, code: AckCode) -> Acknowledgement {
        Acknowledgement {
            code,
            control_id: request.header().control_id,
            text: String::new(),
            expected_sequence: String::new(),
            problems: Vec::new(),
        }
    }

    /// With MSA-3.
    pub fn with_text(self, text: impl Into<String>) -> Acknowledgement {
        Acknowledgement {
            text: text.into(),
            ..self
        }
    }

    /// With one more reason.
    pub fn with_problem(mut self, problem: Problem) -> Acknowledgement {
        self.problems.push(problem);
        self
    }

    /// Reads what a peer answered, in the form of any version: ERR-2 to 12, or ERR-1 with the code in its fourth component, or
    /// MSA-6 alone. `None` without a usable MSA-1.
    pub fn read(reply: &Message) -> Option<Acknowledgement> {
        read::acknowledgement(reply)
    }

    /// The acknowledgement as a message, in the form of ERR that MSH-12 of the request asks for; see [`ErrForm::of_version`].
    pub fn to_bytes(&self, request: &Message) -> Vec<u8> {
        self.to_bytes_in(request, ErrForm::of_version(&request.header().version))
    }

    /// The acknowledgement as a message, with ERR in a form of your choice.
    pub fn to_bytes_in(&self, request: &Message, form: ErrForm) -> Vec<u8> {
        let mut header = HeaderFields::answer(request, String::new());
        header.message_type = acknowledgement_type(request, &header.version);
        Builder::new(header.charset)
            .header(&header)
            .segment(&self.segments_in(form))
            .bytes_lossy()
    }

    /// MSA and ERR for a reply of your own that has more to say, such as a query response. The recommended delimiters,
    /// segments ended by CR.
    pub fn segments_in(&self, form: ErrForm) -> String {
        let plain = |text: &str| escape(text, &Separators::DEFAULT).into_owned();
        let mut out = SegmentBuilder::new("MSA")
            .raw(1, self.code.as_str())
            .raw(2, plain(&self.control_id))
            .raw(3, plain(&self.text))
            .raw(4, plain(&self.expected_sequence))
            .build();
        out.push('\r');
        out.push_str(&err_segments_in(&self.problems, form));
        out
    }

    /// The refusal in it; `None` if it accepts.
    pub fn into_refusal(self) -> Option<Refusal> {
        (!self.code.accepts()).then(|| Refusal {
            code: self.code.application(),
            problems: self.problems,
        })
    }
}

impl fmt::Debug for Acknowledgement {
    /// Codes and places only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acknowledgement")
            .field("code", &self.code)
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}
