//! Reading an envelope (SOAP 1.2 Part 1, 5.1-5.4; WS-Addressing 1.0 SOAP Binding 3).

use super::Refused;
use super::headers;
use super::walk::{Name, Walk, decode};
use crate::error::Error;
use crate::fault::{Fault, FaultCode};
use crate::limits::Limits;
use crate::message::Envelope;
use crate::ns::{SOAP11, SOAP12, WSA, WSSE};
use crate::xml::{Element, Next};

const NEXT: &str = "http://www.w3.org/2003/05/soap-envelope/role/next";
const ULTIMATE: &str = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";
/// The data encoding that claims nothing (SOAP 1.2 Part 1, 5.1.1).
const NO_ENCODING: &str = "http://www.w3.org/2003/05/soap-envelope/encoding/none";

/// An envelope read but not yet judged: the action may be empty, a fault may be the body.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) envelope: Envelope,
    pub(crate) not_understood: Vec<Name>,
    /// The body holds this fault.
    pub(crate) fault: Option<Fault>,
    /// What is wrong with the addressing headers, the first of it.
    invalid: Option<Fault>,
    /// A block for us is in a data encoding that is not ours.
    encoded: bool,
}

impl Parsed {
    /// The envelope, if it may be processed (XDS-T-002, XDS-T-004). A request must have a message id, by which
    /// the reply relates to it (WS-Addressing 1.0 Core 3.4).
    pub(crate) fn demand(mut self, message_id: bool) -> Result<Envelope, Refused> {
        let Some(fault) = self.objection(message_id) else {
            return Ok(self.envelope);
        };
        Err(Refused {
            message_id: self.envelope.message_id,
            not_understood: self.not_understood,
            ..Refused::from(fault)
        })
    }

    fn objection(&mut self, message_id: bool) -> Option<Fault> {
        let envelope = &self.envelope;
        if !self.not_understood.is_empty() {
            let reason = "a header that must be understood is not understood";
            return Some(Fault::of(FaultCode::MustUnderstand, reason));
        }
        if self.encoded {
            let reason = "only literal XML is read, no data encoding";
            return Some(Fault::of(FaultCode::DataEncodingUnknown, reason));
        }
        if let Some(fault) = self.invalid.take() {
            return Some(fault);
        }
        if envelope.action.is_empty() {
            return Some(Fault::header_required("Action"));
        }
        let without = envelope.message_id.as_deref().is_none_or(str::is_empty);
        (message_id && without).then(|| Fault::header_required("MessageID"))
    }
}

/// Reads a whole envelope and checks that it is well-formed to its last byte.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed, Refused> {
    if bytes.len() > limits.root {
        return Err(Error::Limit("envelope size".into()).into());
    }
    let mut reader = Reader {
        walk: Walk::new(decode(bytes)?, limits)?,
        parsed: Parsed::default(),
        headers: 0,
        limits,
    };
    match reader.document() {
        Ok(()) => Ok(reader.parsed),
        Err(mut refused) => {
            refused.message_id = reader.parsed.envelope.message_id;
            Err(refused)
        }
    }
}

struct Reader<'t, 'l> {
    walk: Walk<'t>,
    parsed: Parsed,
    headers: usize,
    limits: &'l Limits,
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self) -> Result<(), Refused> {
        let root = self.walk.root()?;
        self.check_root(&root)?;
        self.envelope()?;
        match self.walk.child()? {
            None => Ok(()),
            Some(_) => Err(self.walk.malformed("a second root element")),
        }
    }

    fn check_root(&self, root: &Element<'t>) -> Result<(), Refused> {
        if root.is(SOAP12, "Envelope") {
            return self.no_encoding_here(root);
        }
        let reason = "only SOAP 1.2 envelopes are processed";
        let fault = Fault::of(FaultCode::VersionMismatch, reason);
        Err(Refused {
            soap11: root.namespace == SOAP11,
            ..Refused::from(fault)
        })
    }

    fn envelope(&mut self) -> Result<(), Refused> {
        let mut seen_body = false;
        let mut first = true;
        while let Some(start) = self.walk.child()? {
            self.no_encoding_here(&start)?;
            match (start.namespace, start.local) {
                (SOAP12, "Header") if first => self.header()?,
                (SOAP12, "Body") if !seen_body => {
                    self.body()?;
                    seen_body = true;
                }
                _ => {
                    return Err(Fault::sender(
                        "an element that is neither Header nor Body in the envelope",
                    )
                    .into());
                }
            }
            first = false;
        }
        if seen_body {
            Ok(())
        } else {
            Err(Fault::sender("the envelope has no Body").into())
        }
    }

    fn header(&mut self) -> Result<(), Refused> {
        while let Some(start) = self.walk.child()? {
            self.headers += 1;
            if self.headers > self.limits.headers {
                return Err(Error::Limit("number of SOAP headers".into()).into());
            }
            self.block(&start)?;
        }
        Ok(())
    }

    fn block(&mut self, start: &Element<'t>) -> Result<(), Refused> {
        let mandatory = self.mandatory(start)?;
        if !self.is_for_us(start) {
            return self.walk.skip();
        }
        self.parsed.encoded |= self.is_encoded(start);
        match (start.namespace, start.local) {
            (WSA, local) => {
                let problem = headers::read(&mut self.walk, local, &mut self.parsed.envelope)?;
                self.parsed.invalid = self.parsed.invalid.take().or(problem);
                Ok(())
            }
            (WSSE, "Security") => {
                self.parsed.envelope.security = Some(self.walk.capture(start)?);
                Ok(())
            }
            _ => {
                if mandatory {
                    self.parsed
                        .not_understood
                        .push(self.walk.expand(start.name));
                }
                self.walk.skip()
            }
        }
    }

    fn mandatory(&self, start: &Element<'t>) -> Result<bool, Refused> {
        match self.walk.attribute(start, SOAP12, "mustUnderstand") {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(Fault::sender("the value of mustUnderstand").into()),
        }
    }

    fn is_for_us(&self, start: &Element<'t>) -> bool {
        let role = self.walk.attribute(start, SOAP12, "role");
        role.is_none_or(|role| role.is_empty() || role == NEXT || role == ULTIMATE)
    }

    /// Whether the block is in a data encoding; absent and "none" mean literal XML.
    fn is_encoded(&self, start: &Element<'t>) -> bool {
        let style = self.walk.attribute(start, SOAP12, "encodingStyle");
        style.is_some_and(|style| style != NO_ENCODING)
    }

    /// The envelope itself, Header and Body must not name a data encoding (SOAP 1.2 Part 1, 5.1.1).
    fn no_encoding_here(&self, start: &Element<'t>) -> Result<(), Refused> {
        match self.walk.attribute(start, SOAP12, "encodingStyle") {
            None => Ok(()),
            Some(_) => Err(Fault::sender("encodingStyle where it must not be").into()),
        }
    }

    fn body(&mut self) -> Result<(), Refused> {
        let Some(start) = self.walk.child()? else {
            return Err(Fault::sender("the Body is empty").into());
        };
        let fault = start.is(SOAP12, "Fault");
        self.parsed.encoded |= self.is_encoded(&start);
        self.parsed.envelope.body = self.walk.capture(&start)?;
        if fault {
            self.parsed.fault = Some(read_fault(&self.parsed.envelope.body, self.limits)?);
        }
        match self.walk.child()? {
            None => Ok(()),
            Some(_) => Err(Fault::sender("the Body has more than one child").into()),
        }
    }
}

/// The fault a body holds, if it holds one.
#[cfg(feature = "server")]
pub(crate) fn fault_of(body: &str, limits: &Limits) -> Option<Fault> {
    let root = Walk::new(body, limits).ok()?.child().ok()??;
    let fault = root.is(SOAP12, "Fault");
    fault.then(|| read_fault(body, limits).unwrap_or_else(|refused| *refused.fault))
}

/// Reads a self-contained `soap:Fault` element (SOAP 1.2 Part 1, 5.4).
fn read_fault(xml: &str, limits: &Limits) -> Result<Fault, Refused> {
    let mut walk = Walk::new(xml, limits)?;
    let mut fault = Fault::receiver("");
    let (mut codes, mut reason_seen) = (0, false);
    loop {
        match walk.next()? {
            Next::Start(start) => match (start.namespace, start.local) {
                (SOAP12, "Detail") => walk.skip()?,
                (SOAP12, "Value") => {
                    let text = walk.text_below()?;
                    set_code(&mut fault, codes, walk.expand(&text));
                    codes += 1;
                }
                (SOAP12, "Text") if !reason_seen => {
                    fault.reason = walk.text_below()?;
                    reason_seen = true;
                }
                _ => {}
            },
            Next::Eof => return Ok(fault),
            _ => {}
        }
    }
}

fn set_code(fault: &mut Fault, index: usize, (namespace, local): Name) {
    match index {
        0 => fault.code = FaultCode::from_local_name(&local).unwrap_or(FaultCode::Receiver),
        1 => fault.subcode = Some(subcode_name(&namespace, &local)),
        2 => fault.subsubcode = Some(subcode_name(&namespace, &local)),
        _ => {}
    }
}

fn subcode_name(namespace: &str, local: &str) -> String {
    match namespace {
        WSA => format!("wsa:{local}"),
        WSSE => format!("wsse:{local}"),
        "" => local.to_owned(),
        other => format!("{{{other}}}{local}"),
    }
}
