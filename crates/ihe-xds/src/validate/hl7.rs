//! The data types that come from HL7 v2.5, as Document Sharing narrows them (ITI TF-3 table 4.2.3.1.7-2).
//! Pure functions, linear in the text. Lengths of HL7 are not looked at (ITI TF-3 4.2.3.1.7).

use super::value::is_oid;

/// The components of a value, numbered from 1 as HL7 does; what is not there is empty.
struct Components<'a>(Vec<&'a str>);

impl<'a> Components<'a> {
    /// No data type here has more than 23 components; the last one holds what is beyond.
    fn of(text: &'a str) -> Self {
        Self(text.splitn(24, '^').collect())
    }

    fn at(&self, number: usize) -> &'a str {
        self.0.get(number - 1).copied().unwrap_or_default()
    }

    fn has(&self, number: usize) -> bool {
        !self.at(number).is_empty()
    }

    /// Every component but these is empty; trailing delimiters are ignored.
    fn only(&self, allowed: &[usize]) -> bool {
        let others = self.0.iter().enumerate();
        others
            .filter(|(at, _)| !allowed.contains(&(at + 1)))
            .all(|(_, text)| text.bytes().all(|byte| byte == b'^'))
    }
}

/// No raw separator of these, and a backslash only in an escape sequence: not `\H\`, `\N\`, `\Z..\`.
fn is_escaped(text: &str, separators: &str) -> bool {
    let mut pieces = text.split('\\');
    let first = pieces.next().unwrap_or_default();
    let plain = |piece: &str| !piece.contains(|c| separators.contains(c));
    if !plain(first) {
        return false;
    }
    while let Some(escape) = pieces.next() {
        let hexadecimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let known = matches!(escape, "F" | "S" | "R" | "T" | "E")
            || escape.strip_prefix('X').is_some_and(hexadecimal);
        match pieces.next() {
            Some(after) if known && plain(after) => {}
            _ => return false,
        }
    }
    true
}

/// `&oid&ISO`
fn is_authority(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, '&').collect();
    matches!(parts[..], ["", oid, "ISO"] if is_oid(oid))
}

/// Exactly `id^^^&oid&ISO` (patientId, sourcePatientId).
pub fn is_cx(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(5, '^').collect();
    matches!(parts[..], [id, "", "", authority]
        if !id.is_empty() && is_escaped(id, "|~&") && is_authority(authority))
}

/// authorRole, authorSpecialty: plain text, or `code^^^&oid&ISO`.
pub fn is_coded_string(text: &str) -> bool {
    let parts = Components::of(text);
    if !text.contains('^') {
        return !text.is_empty();
    }
    parts.has(1) && parts.only(&[1, 4]) && (!parts.has(4) || is_authority(parts.at(4)))
}

const NEEDS_AUTHORITY: [&str; 3] = [
    "urn:ihe:iti:xds:2013:referral",
    "urn:ihe:iti:xds:2013:order",
    "urn:ihe:iti:xds:2015:encounterId",
];
const IS_GLOBAL: [&str; 2] = [
    "urn:ihe:iti:xdw:2013:workflowInstanceId",
    "urn:ihe:iti:xds:2016:studyInstanceUID",
];

/// referenceIdList: CXi.1 and CXi.5, CXi.4 complete when given; as IHE's types in CXi.5 demand.
pub fn is_cxi(text: &str) -> bool {
    let parts = Components::of(text);
    let authority: Vec<&str> = parts.at(4).split('&').take(4).collect();
    let authority_ok = match authority[..] {
        [""] => true,
        [namespace] | [namespace, "", ""] => !namespace.is_empty(),
        [_, id, kind] => !id.is_empty() && !kind.is_empty(),
        _ => false,
    };
    let kind = parts.at(5);
    let kind_ok = if IS_GLOBAL.contains(&kind) {
        is_oid(parts.at(1)) && !parts.has(4)
    } else {
        !NEEDS_AUTHORITY.contains(&kind) || parts.has(4)
    };
    let whole = parts.has(1) && parts.has(5) && parts.only(&[1, 4, 5]);
    whole && authority_ok && kind_ok && is_escaped(text, "|~")
}

/// A person or a software agent: id or family name; an authority only with an id (authorPerson, legalAuthenticator).
pub fn is_xcn(text: &str) -> bool {
    let parts = Components::of(text);
    let named = parts.has(1) || parts.has(2);
    let authority_ok = !parts.has(9) || (parts.has(1) && is_authority(parts.at(9)));
    named && authority_ok && is_escaped(text, "|~")
}

/// An institution: name, with an authority for a local id (authorInstitution).
pub fn is_xon(text: &str) -> bool {
    let parts = Components::of(text);
    let authority_ok = !parts.has(6) || is_authority(parts.at(6));
    let id_ok = !parts.has(10) || is_oid(parts.at(10)) || parts.has(6);
    let whole = parts.has(1) && parts.only(&[1, 6, 10]);
    whole && authority_ok && id_ok && is_escaped(text, "|~")
}

/// A telephone number or an e-mail address (authorTelecommunication).
pub fn is_xtn(text: &str) -> bool {
    let parts = Components::of(text);
    let whole = match parts.at(3) {
        "" => false,
        "Internet" => matches!(parts.at(2), "" | "NET") && parts.has(4) && parts.only(&[2, 3, 4]),
        _ => parts.at(2) != "NET" && parts.has(7) && parts.only(&[2, 3, 5, 6, 7, 8]),
    };
    whole && is_escaped(text, "|~")
}

/// `XON|XCN|XTN`, at least one of them (intendedRecipient).
pub fn is_recipient(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(4, '|').collect();
    let at = |n: usize| parts.get(n).copied().unwrap_or_default();
    let ok = |part: &str, check: fn(&str) -> bool| part.is_empty() || check(part);
    parts.len() <= 3
        && parts.iter().any(|part| !part.is_empty())
        && ok(at(0), is_xon)
        && ok(at(1), is_xcn)
        && ok(at(2), is_xtn)
}

/// Fields of PID that must not be sent (ITI TF-3 4.2.3.2.23).
const NOT_SENT: [u8; 4] = [2, 4, 12, 19];
/// Fields of PID that HL7 does not let repeat, and that occur once.
pub(crate) const ONCE: [&str; 2] = ["PID-7", "PID-8"];

/// `PID-n|value` for the fields of PID that are allowed here.
pub fn is_source_patient_info(text: &str) -> bool {
    let Some((field, value)) = text.split_once('|') else {
        return false;
    };
    let digits = field.strip_prefix("PID-").unwrap_or_default();
    let number = digits.parse::<u8>().unwrap_or_default();
    let separators = if ONCE.contains(&field) { "|~" } else { "|" };
    digits.len() <= 2
        && (1..=39).contains(&number)
        && !NOT_SENT.contains(&number)
        && is_escaped(value, separators)
}
