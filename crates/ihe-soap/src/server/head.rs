//! What the head of a request says about its body, and whether that condemns it before the first byte (RFC 9110).

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap, HeaderName};
use http::request::Parts;

use super::door::Endpoint;
use crate::content_type::ContentType;
use crate::envelope::Refused;
use crate::fault::Fault;
use crate::message::Packaging;
use crate::receive::packaging_of;

/// The head of a request, as far as it is about the body.
pub(super) struct Head {
    pub(super) content_type: ContentType,
    pub(super) packaging: Option<Packaging>,
    pub(super) gzip: bool,
    /// The peer waits for 100 Continue before it sends the body.
    pub(super) expects: bool,
    /// The size of the body, if it is said.
    pub(super) length: Option<u64>,
}

impl Head {
    /// Reads the head; the refusal, if there is one, needs no byte of the body.
    pub(super) fn read(parts: &Parts, endpoint: &Endpoint) -> (Head, Option<Refused>) {
        let headers = &parts.headers;
        let content_type = ContentType::parse(text(headers, CONTENT_TYPE));
        let encoding = text(headers, CONTENT_ENCODING);
        let expect = text(headers, EXPECT);
        let head = Head {
            packaging: packaging_of(&content_type),
            content_type,
            gzip: encoding.eq_ignore_ascii_case("gzip"),
            expects: !expect.is_empty(),
            length: text(headers, CONTENT_LENGTH).parse().ok(),
        };
        let coded = !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity");
        let refused = if headers.get_all(CONTENT_TYPE).iter().count() > 1 {
            Some(refused(400, "Content-Type is given twice"))
        } else if coded && !(head.gzip && endpoint.gzip) {
            Some(refused(415, "unsupported Content-Encoding"))
        } else if head.packaging.is_none() {
            Some(refused(415, "unsupported Content-Type"))
        } else if head.expects && !expect.eq_ignore_ascii_case("100-continue") {
            Some(refused(417, "unsupported Expect"))
        } else if head
            .length
            .is_some_and(|length| length > head.most(endpoint))
        {
            Some(refused(413, "limit passed: message size"))
        } else {
            None
        };
        (head, refused)
    }

    /// The most bytes a body of this kind may have on the wire.
    fn most(&self, endpoint: &Endpoint) -> u64 {
        match self.packaging {
            Some(Packaging::Simple) if !self.gzip => endpoint.limits.root as u64,
            _ => endpoint.limits.message,
        }
    }

    /// Whether what is left of a refused body is worth reading, so that the peer can take the answer.
    pub(super) fn worth_draining(&self, endpoint: &Endpoint) -> bool {
        let small = self
            .length
            .is_none_or(|length| length <= endpoint.limits.drain);
        !self.expects && small
    }
}

fn refused(status: u16, reason: &str) -> Refused {
    Refused::from(Fault::sender(reason)).under(status)
}

pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    let text = headers.get(name).and_then(|value| value.to_str().ok());
    text.unwrap_or_default().trim()
}
