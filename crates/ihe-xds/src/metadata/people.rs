//! Patients, people, institutions and how to reach them: CX, XCN, XON, XTN (ITI TF-3 table 4.2.3.1.7-2).
//!
//! The components are read and written here with the escape sequences of HL7. Debug shows none of them.

use super::identifiers::text_type;
use super::{Invalid, Oid};
use crate::validate::form;
use std::borrow::Cow;

/// The separators of HL7 and their escape sequences (ITI TF-3 table 4.2.3.1.7-1).
const ESCAPES: [(char, &str); 5] = [
    ('|', "\\F\\"),
    ('^', "\\S\\"),
    ('~', "\\R\\"),
    ('&', "\\T\\"),
    ('\\', "\\E\\"),
];

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match ESCAPES.iter().find(|(separator, _)| *separator == c) {
            Some((_, sequence)) => out.push_str(sequence),
            None => out.push(c),
        }
    }
    out
}

fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let known = ESCAPES
            .iter()
            .find(|(_, sequence)| from.starts_with(sequence));
        let (c, taken) = known.map_or(('\\', 1), |(c, sequence)| (*c, sequence.len()));
        out.push(c);
        rest = from.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn component(text: &str, number: usize) -> &str {
    text.split('^').nth(number - 1).unwrap_or_default()
}

/// The OID in `&oid&ISO`.
fn authority(text: &str) -> Option<&str> {
    text.split('&').nth(1).filter(|oid| !oid.is_empty())
}

/// Debug does not show the text: it names a person.
macro_rules! hidden {
    ($($name:ident),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )+};
}
hidden!(Cx, Xcn, Xon, Xtn);

text_type!(
    /// An identifier of a patient: `id^^^&oid&ISO` and nothing else (patientId, sourcePatientId).
    ///
    /// ```
    /// use ihe_xds::metadata::Cx;
    /// let id = Cx::parse(r"D\E\TP-1^^^&1.3.6&ISO")?;
    /// assert_eq!((id.id().as_ref(), id.authority()), (r"D\TP-1", "1.3.6"));
    /// assert_eq!(Cx::new(r"D\TP-1", "1.3.6")?, id);
    /// assert!(Cx::parse("P1^^^&1.3.6&ISO^PI").is_err());
    /// # Ok::<(), ihe_xds::metadata::Invalid>(())
    /// ```
    Cx, form::CX, str::to_owned
);

impl Cx {
    /// An id of an assigning authority, given by its OID.
    ///
    /// # Errors
    /// When the id is empty or the authority is not an OID.
    pub fn new(id: &str, authority: &str) -> Result<Self, Invalid> {
        Self::parse(&format!("{}^^^&{authority}&ISO", escaped(id)))
    }

    /// The id (CX.1), unescaped.
    pub fn id(&self) -> Cow<'_, str> {
        unescaped(component(&self.0, 1))
    }

    /// The OID of the assigning authority (CX.4.2).
    pub fn authority(&self) -> &str {
        authority(component(&self.0, 4)).unwrap_or_default()
    }
}

text_type!(
    /// A person or a software agent: id or family name, and more (authorPerson, legalAuthenticator).
    ///
    /// ```
    /// use ihe_xds::metadata::Xcn;
    /// let author = Xcn::parse("11375^Welby^Marcus^J^Jr. MD^Dr^^^&2.999.6.197&ISO")?;
    /// assert_eq!((author.id().as_ref(), author.family_name().as_ref()), ("11375", "Welby"));
    /// assert_eq!(author.authority(), Some("2.999.6.197"));
    /// assert_eq!(Xcn::named("山田", "花子")?.as_str(), "^山田^花子");
    /// assert!(Xcn::parse("^^Marcus").is_err());
    /// # Ok::<(), ihe_xds::metadata::Invalid>(())
    /// ```
    Xcn, form::XCN, str::to_owned
);

impl Xcn {
    /// A person by family and given name.
    ///
    /// # Errors
    /// When the family name is empty.
    pub fn named(family: &str, given: &str) -> Result<Self, Invalid> {
        Self::parse(format!("^{}^{}", escaped(family), escaped(given)).trim_end_matches('^'))
    }

    /// The id (XCN.1), unescaped; may be empty.
    pub fn id(&self) -> Cow<'_, str> {
        unescaped(component(&self.0, 1))
    }

    /// The family name (XCN.2), unescaped; may be empty.
    pub fn family_name(&self) -> Cow<'_, str> {
        unescaped(component(&self.0, 2))
    }

    /// The given name (XCN.3), unescaped; may be empty.
    pub fn given_name(&self) -> Cow<'_, str> {
        unescaped(component(&self.0, 3))
    }

    /// The OID of the authority that gave the id (XCN.9.2), 0..1.
    pub fn authority(&self) -> Option<&str> {
        authority(component(&self.0, 9))
    }
}

text_type!(
    /// An institution: a name, and perhaps an id (authorInstitution).
    ///
    /// ```
    /// use ihe_xds::metadata::{Oid, Xon};
    /// let hospital = Xon::parse("Some Hospital^^^^^&2.999.1&ISO^^^^45")?;
    /// assert_eq!((hospital.name().as_ref(), hospital.id().as_ref()), ("Some Hospital", "45"));
    /// assert_eq!(hospital.authority(), Some("2.999.1"));
    /// let known = Xon::identified("Some Hospital", &Oid::parse("2.999.7")?)?;
    /// assert_eq!(known.as_str(), "Some Hospital^^^^^^^^^2.999.7");
    /// assert!(Xon::parse("Some Hospital^^^^^^^^^45").is_err());
    /// # Ok::<(), ihe_xds::metadata::Invalid>(())
    /// ```
    Xon, form::XON, str::to_owned
);

impl Xon {
    /// An institution by name alone.
    ///
    /// # Errors
    /// When the name is empty.
    pub fn named(name: &str) -> Result<Self, Invalid> {
        Self::parse(&escaped(name))
    }

    /// An institution by name and OID.
    ///
    /// # Errors
    /// When the name is empty.
    pub fn identified(name: &str, oid: &Oid) -> Result<Self, Invalid> {
        Self::parse(&format!("{}^^^^^^^^^{oid}", escaped(name)))
    }

    /// The name (XON.1), unescaped.
    pub fn name(&self) -> Cow<'_, str> {
        unescaped(component(&self.0, 1))
    }

    /// The OID of the authority that gave a local id (XON.6.2), 0..1.
    pub fn authority(&self) -> Option<&str> {
        authority(component(&self.0, 6))
    }

    /// The id (XON.10): an OID, or local to the authority; may be empty.
    pub fn id(&self) -> Cow<'_, str> {
        unescaped(component(&self.0, 10))
    }
}

text_type!(
    /// A telephone number or an e-mail address (authorTelecommunication).
    ///
    /// ```
    /// use ihe_xds::metadata::Xtn;
    /// assert_eq!(Xtn::email("a@example.org")?.as_str(), "^^Internet^a@example.org");
    /// assert_eq!(Xtn::phone("+81 3 1234 5678")?.as_str(), "^^PH^^^^+81 3 1234 5678");
    /// assert_eq!(Xtn::email("a@example.org")?.email_address().as_deref(), Some("a@example.org"));
    /// assert!(Xtn::parse("a@example.org").is_err());
    /// # Ok::<(), ihe_xds::metadata::Invalid>(())
    /// ```
    Xtn, form::XTN, str::to_owned
);

impl Xtn {
    /// An e-mail address.
    ///
    /// # Errors
    /// When it is empty.
    pub fn email(address: &str) -> Result<Self, Invalid> {
        Self::parse(&format!("^^Internet^{}", escaped(address)))
    }

    /// A telephone number, best in the international notation of ITU E.123.
    ///
    /// # Errors
    /// When it is empty.
    pub fn phone(number: &str) -> Result<Self, Invalid> {
        Self::parse(&format!("^^PH^^^^{}", escaped(number)))
    }

    /// The e-mail address (XTN.4), unescaped, if it is one.
    pub fn email_address(&self) -> Option<Cow<'_, str>> {
        let address = component(&self.0, 4);
        (component(&self.0, 3) == "Internet").then(|| unescaped(address))
    }

    /// The subscriber's number (XTN.7), unescaped, if it is a telephone number.
    pub fn number(&self) -> Option<Cow<'_, str>> {
        let number = component(&self.0, 7);
        (!number.is_empty()).then(|| unescaped(number))
    }
}
