//! HPKI healthcare role (ISO 17090, JAHIS HPKI): attribute hcRole, OID 1.0.17090.0.1, inside the
//! extension subjectDirectoryAttributes.

use x509_parser::der_parser::oid::Oid;

use super::der::{self, Element, OID, SEQUENCE, SET, UTF8_STRING, encode};

/// 1.0.17090.0.1, id-hcpki-at-healthcareactor.
const HEALTHCARE_ACTOR: [u8; 6] = [0x28, 0x81, 0x85, 0x42, 0x00, 0x01];
/// Most attributes, actors and roles that are read of one certificate.
const MOST: usize = 16;
/// Longest text of a role.
const LONGEST: usize = 128;

/// What the holder of a certificate is in health care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthcareRole {
    /// The list the role is from, an OID: `1.2.392.100495.1.6.1.1` in Japan.
    pub coding_scheme: String,
    /// The code, 0..1; not used in Japan.
    pub code: Option<String>,
    /// The role in words, 0..1: `Medical Doctor`.
    pub name: Option<String>,
}

/// id-jhpki-cdata: the list of roles of the Japanese HPKI.
const JAPANESE_ROLES: &str = "1.2.392.100495.1.6.1.1";

impl HealthcareRole {
    /// A role of the Japanese list by its name there, such as `Medical Doctor`.
    pub fn japanese(name: &str) -> HealthcareRole {
        HealthcareRole {
            coding_scheme: JAPANESE_ROLES.to_owned(),
            code: None,
            name: Some(name.to_owned()),
        }
    }

    /// The value of a subjectDirectoryAttributes extension (2.5.29.9) that says so, nested as on
    /// Japanese cards; none when the coding scheme is no OID.
    pub fn to_extension(&self) -> Option<Vec<u8>> {
        let scheme: Oid<'_> = self.coding_scheme.parse().ok()?;
        let text = |tag, text: &Option<String>| {
            let text = text
                .as_ref()
                .map(|text| encode(UTF8_STRING, text.as_bytes()));
            text.map_or_else(Vec::new, |text| encode(tag, &text))
        };
        let fields = [
            encode(0xa0, &encode(OID, scheme.as_bytes())),
            text(0xa1, &self.code),
            text(0xa2, &self.name),
        ];
        let coded = encode(0xa0, &encode(SET, &fields.concat()));
        let values = encode(SET, &encode(SET, &encode(SEQUENCE, &coded)));
        let attribute = [encode(OID, &HEALTHCARE_ACTOR), values].concat();
        Some(encode(SEQUENCE, &encode(SEQUENCE, &attribute)))
    }
}

/// The roles in the value of a subjectDirectoryAttributes extension; what cannot be read is left
/// out. `SEQ { SEQ { OID, SET { SET|SEQ { SEQ { [0] SET|SEQ { [0] OID, [1] code?, [2] name? } … } } } } }`:
/// cards hold HCActorData and CodedData as SET, ISO 17090-3 prints CodedData as SET too, some tools
/// write SEQUENCE; both are read.
pub(crate) fn roles(extension: &[u8]) -> Vec<HealthcareRole> {
    let mut found = Vec::new();
    let Some(attributes) = der::expect(&mut &extension[..], der::SEQUENCE) else {
        return found;
    };
    for attribute in elements(attributes.content) {
        let mut input = attribute.content;
        let kind = der::expect(&mut input, der::OID);
        if kind.is_none_or(|kind| kind.content != HEALTHCARE_ACTOR) {
            continue;
        }
        for values in elements(input) {
            found.extend(actors(values.content));
        }
    }
    found.truncate(MOST);
    found
}

fn elements(mut input: &[u8]) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || der::next(&mut input)).take(MOST)
}

/// HCActorData: a collection of HCActor. The attribute's own SET holds it, or (as on cards) a
/// further SET.
fn actors(values: &[u8]) -> Vec<HealthcareRole> {
    elements(values)
        .flat_map(|value| match value.tag {
            der::SET => elements(value.content).collect::<Vec<_>>(),
            _ => vec![value],
        })
        .filter(|actor| actor.tag == der::SEQUENCE)
        .flat_map(|actor| match role(actor.content) {
            Some(role) => vec![role],
            None => elements(actor.content)
                .filter_map(|inner| role(inner.content))
                .collect(),
        })
        .collect()
}

/// HCActor: `[0] codedData`.
fn role(actor: &[u8]) -> Option<HealthcareRole> {
    let tagged = der::expect(&mut &actor[..], 0xa0)?;
    let inside = der::next(&mut &tagged.content[..])?;
    let fields = match inside.tag {
        der::SET | der::SEQUENCE => inside.content,
        _ => tagged.content,
    };
    let mut read = HealthcareRole {
        coding_scheme: String::new(),
        code: None,
        name: None,
    };
    for field in elements(fields) {
        let value = der::next(&mut &field.content[..])?;
        match field.tag {
            0xa0 => read.coding_scheme = oid(value.content)?,
            0xa1 => read.code = text(value),
            0xa2 => read.name = text(value),
            _ => {}
        }
    }
    (!read.coding_scheme.is_empty()).then_some(read)
}

fn text(value: Element<'_>) -> Option<String> {
    let readable = matches!(value.tag, der::UTF8_STRING | der::PRINTABLE_STRING);
    let text = std::str::from_utf8(value.content).ok()?;
    let plain = !text.chars().any(char::is_control) && text.len() <= LONGEST;
    (readable && plain).then(|| text.to_owned())
}

/// An OID in dots.
pub(crate) fn oid(content: &[u8]) -> Option<String> {
    let oid = Oid::new(content.into());
    let fits = (1..=64).contains(&content.len());
    fits.then(|| oid.to_id_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let pairs = hex.as_bytes().chunks(2);
        pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }

    /// Built here: the nesting of a Japanese card, an invented role.
    fn card(coded: u8, outer: Option<u8>, name: &str) -> Vec<u8> {
        let scheme = bytes("060a2a830886910f01060101");
        let fields = [
            der::encode(0xa0, &scheme),
            der::encode(0xa2, &der::encode(der::UTF8_STRING, name.as_bytes())),
        ];
        let data = der::encode(0xa0, &der::encode(coded, &fields.concat()));
        let mut value = der::encode(der::SEQUENCE, &data);
        if let Some(tag) = outer {
            value = der::encode(tag, &value);
        }
        let kind = der::encode(der::OID, &HEALTHCARE_ACTOR);
        let attribute = [kind, der::encode(der::SET, &value)].concat();
        der::encode(der::SEQUENCE, &der::encode(der::SEQUENCE, &attribute))
    }

    #[test]
    fn a_role_is_read_from_the_japanese_and_the_plain_nesting() {
        for (coded, outer) in [
            (der::SET, Some(der::SET)),
            (der::SET, None),
            (der::SEQUENCE, Some(der::SEQUENCE)),
            (der::SEQUENCE, None),
        ] {
            let read = roles(&card(coded, outer, "Pharmacist"));
            assert_eq!(read.len(), 1, "{coded:x} {outer:?}");
            assert_eq!(read[0].coding_scheme, "1.2.392.100495.1.6.1.1");
            assert_eq!(read[0].name.as_deref(), Some("Pharmacist"));
            assert_eq!(read[0].code, None);
        }
    }

    #[test]
    #[ignore = "needs RENKEI_SHARED"]
    fn shared_the_role_of_a_real_test_card_is_read() {
        let shared = std::env::var("RENKEI_SHARED").expect("RENKEI_SHARED");
        let facts = std::fs::read_to_string(format!("{shared}/japan/facts.md")).expect("facts");
        let (_, after) = facts
            .split_once("Hex of one extension value: `")
            .expect("hex");
        let (hex, _) = after.split_once('`').expect("end");
        let read = roles(&bytes(hex));
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].coding_scheme, "1.2.392.100495.1.6.1.1");
        assert_eq!(read[0].name.as_deref(), Some("Medical Doctor"));
    }

    #[test]
    fn a_role_that_is_written_is_read_again() {
        let mut role = HealthcareRole::japanese("Director of Clinic");
        assert_eq!(roles(&role.to_extension().unwrap()), [role.clone()]);
        role.code = Some("7".to_owned());
        assert_eq!(roles(&role.to_extension().unwrap()), [role.clone()]);
        role.coding_scheme = "no oid".to_owned();
        assert_eq!(role.to_extension(), None);
    }

    #[test]
    fn cut_or_changed_bytes_never_panic() {
        let whole = card(der::SET, Some(der::SET), "Nurse");
        for end in 0..whole.len() {
            let _ = roles(&whole[..end]);
            for change in [0x00, 0x7f, 0x80, 0x84, 0xff] {
                let mut changed = whole.clone();
                changed[end] = change;
                let _ = roles(&changed);
            }
        }
        assert!(roles(&card(der::SET, None, "a\u{7}b"))[0].name.is_none());
    }
}
