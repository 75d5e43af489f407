//! Reading an envelope (SOAP 1.2 Part 1, 5.1-5.4; WS-Addressing 1.0 SOAP Binding 3).

use quick_xml::events::{BytesStart, Event};

use super::Refused;
use super::walk::{Name, Walk, decode};
use crate::error::Error;
use crate::fault::{Fault, FaultCode};
use crate::limits::Limits;
use crate::message::Envelope;
use crate::ns::{SOAP11, SOAP12, WSA, WSSE};

const NEXT: &str = "http://www.w3.org/2003/05/soap-envelope/role/next";
const ULTIMATE: &str = "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver";

/// An envelope read but not yet judged: the action may be empty, a fault may be the body.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) envelope: Envelope,
    pub(crate) not_understood: Vec<Name>,
    /// The body holds this fault.
    pub(crate) fault: Option<Fault>,
    repeated: Option<&'static str>,
}

impl Parsed {
    /// The envelope, if it may be processed (XDS-T-002, XDS-T-004).
    pub(crate) fn demand(self) -> Result<Envelope, Refused> {
        let fault = if !self.not_understood.is_empty() {
            let reason = "a header that must be understood is not understood".to_owned();
            Fault {
                code: FaultCode::MustUnderstand,
                subcode: None,
                reason,
            }
        } else if let Some(header) = self.repeated {
            Fault::sender(format!("wsa:{header} is given twice"))
                .with_subcode("wsa:InvalidAddressingHeader")
        } else if self.envelope.action.is_empty() {
            Fault::sender("wsa:Action is missing")
                .with_subcode("wsa:MessageAddressingHeaderRequired")
        } else {
            return Ok(self.envelope);
        };
        let message_id = self.envelope.message_id;
        Err(Refused {
            message_id,
            not_understood: self.not_understood,
            ..Refused::from(fault)
        })
    }
}

/// Reads a whole envelope and checks that it is well-formed to its last byte.
pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed, Refused> {
    if bytes.len() > limits.root {
        return Err(Error::Limit("envelope size".into()).into());
    }
    let mut reader = Reader {
        walk: Walk::new(decode(bytes)?, limits),
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
    walk: Walk<'t, 'l>,
    parsed: Parsed,
    headers: usize,
    limits: &'l Limits,
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self) -> Result<(), Refused> {
        let Some((root, _)) = self.child()? else {
            return Err(self.walk.malformed("there is no element"));
        };
        self.check_root(&root)?;
        self.envelope()?;
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(self.walk.malformed("a second root element")),
        }
    }

    /// The next child element, `None` at the parent's end (or the document's). Text between is refused.
    fn child(&mut self) -> Result<Option<(BytesStart<'t>, usize)>, Refused> {
        loop {
            let (event, at) = self.walk.next()?;
            match event {
                Event::Start(start) => return Ok(Some((start, at.start))),
                Event::End(_) | Event::Eof => return Ok(None),
                Event::Text(text) if text.trim().is_empty() => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(Fault::sender("text where the envelope has only elements").into());
                }
                _ => {}
            }
        }
    }

    fn check_root(&self, root: &BytesStart<'_>) -> Result<(), Refused> {
        let (namespace, local) = self.walk.name(root);
        if namespace == SOAP12 && local == "Envelope" {
            return Ok(());
        }
        let reason = "only SOAP 1.2 envelopes are processed".to_owned();
        let fault = Fault {
            code: FaultCode::VersionMismatch,
            subcode: None,
            reason,
        };
        Err(Refused {
            soap11: namespace == SOAP11,
            ..Refused::from(fault)
        })
    }

    fn envelope(&mut self) -> Result<(), Refused> {
        let mut seen_body = false;
        let mut first = true;
        while let Some((start, _)) = self.child()? {
            let (namespace, local) = self.walk.name(&start);
            match (namespace == SOAP12, local.as_str()) {
                (true, "Header") if first => self.header()?,
                (true, "Body") if !seen_body => {
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
        while let Some((start, at)) = self.child()? {
            self.headers += 1;
            if self.headers > self.limits.headers {
                return Err(Error::Limit("number of SOAP headers".into()).into());
            }
            self.block(&start, at)?;
        }
        Ok(())
    }

    fn block(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), Refused> {
        let name = self.walk.name(start);
        let mandatory = self.mandatory(start)?;
        if !self.is_for_us(start) {
            return self.walk.skip();
        }
        match (name.0.as_str(), name.1.as_str()) {
            (WSA, "Action" | "MessageID" | "RelatesTo" | "To" | "ReplyTo") => {
                self.addressing(&name.1)
            }
            (WSA, _) => self.walk.skip(),
            (WSSE, "Security") => {
                self.parsed.envelope.security = Some(self.walk.capture(start, at)?);
                Ok(())
            }
            _ => {
                if mandatory {
                    self.parsed.not_understood.push(name);
                }
                self.walk.skip()
            }
        }
    }

    fn mandatory(&self, start: &BytesStart<'_>) -> Result<bool, Refused> {
        match self
            .walk
            .attribute(start, SOAP12, "mustUnderstand")
            .as_deref()
        {
            None | Some("0" | "false") => Ok(false),
            Some("1" | "true") => Ok(true),
            Some(_) => Err(Fault::sender("the value of mustUnderstand").into()),
        }
    }

    fn is_for_us(&self, start: &BytesStart<'_>) -> bool {
        let role = self.walk.attribute(start, SOAP12, "role");
        role.is_none_or(|role| role.is_empty() || role == NEXT || role == ULTIMATE)
    }

    fn addressing(&mut self, local: &str) -> Result<(), Refused> {
        let wanted = (local == "ReplyTo").then_some((WSA, "Address"));
        let text = self.walk.text_below(wanted)?;
        let envelope = &mut self.parsed.envelope;
        let (slot, name) = match local {
            "Action" => {
                let repeated = !envelope.action.is_empty();
                envelope.action = text;
                if repeated {
                    self.parsed.repeated = Some("Action");
                }
                return Ok(());
            }
            "MessageID" => (&mut envelope.message_id, "MessageID"),
            // more than one relation is allowed: the first is the reply's
            "RelatesTo" if envelope.relates_to.is_some() => return Ok(()),
            "RelatesTo" => (&mut envelope.relates_to, "RelatesTo"),
            "To" => (&mut envelope.to, "To"),
            _ => (&mut envelope.reply_to, "ReplyTo"),
        };
        if slot.replace(text).is_some() {
            self.parsed.repeated = Some(name);
        }
        Ok(())
    }

    fn body(&mut self) -> Result<(), Refused> {
        let Some((start, at)) = self.child()? else {
            return Err(Fault::sender("the Body is empty").into());
        };
        let name = self.walk.name(&start);
        self.parsed.envelope.body = self.walk.capture(&start, at)?;
        if name.0 == SOAP12 && name.1 == "Fault" {
            self.parsed.fault = Some(read_fault(&self.parsed.envelope.body, self.limits)?);
        }
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(Fault::sender("the Body has more than one child").into()),
        }
    }
}

/// Reads a self-contained `soap:Fault` element (SOAP 1.2 Part 1, 5.4).
fn read_fault(xml: &str, limits: &Limits) -> Result<Fault, Refused> {
    let mut walk = Walk::new(xml, limits);
    let mut fault = Fault::receiver("");
    let (mut codes, mut reason_seen) = (0, false);
    loop {
        match walk.next()?.0 {
            Event::Start(start) => match walk.name(&start) {
                (namespace, local) if namespace == SOAP12 && local == "Detail" => walk.skip()?,
                (namespace, local) if namespace == SOAP12 && local == "Value" => {
                    let text = walk.text_below(None)?;
                    set_code(&mut fault, codes, walk.expand(&text));
                    codes += 1;
                }
                (namespace, local) if namespace == SOAP12 && local == "Text" && !reason_seen => {
                    fault.reason = walk.text_below(None)?;
                    reason_seen = true;
                }
                _ => {}
            },
            Event::Eof => return Ok(fault),
            _ => {}
        }
    }
}

fn set_code(fault: &mut Fault, index: usize, (namespace, local): Name) {
    match index {
        0 => fault.code = FaultCode::from_local_name(&local).unwrap_or(FaultCode::Receiver),
        1 => fault.subcode = Some(subcode_name(&namespace, &local)),
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
