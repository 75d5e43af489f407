//! The affinity domain as TOML; the format is in the documentation of `AffinityDomain::from_toml`.

use super::{AffinityDomain, CodedAttribute, Error};
use crate::metadata::Oid;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    authorities: Vec<Authority>,
    #[serde(default)]
    mime_types: Vec<MimeType>,
    #[serde(default)]
    codes: Vec<Codes>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    attribute: Attribute,
    system: String,
    values: Vec<String>,
}

struct Authority(Oid);
struct MimeType(String);
struct Attribute(CodedAttribute);

/// A text that is judged where it is read, so that the error names the line.
macro_rules! judged {
    ($name:ident, $judge:expr) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                let judge: fn(&str) -> Result<_, String> = $judge;
                judge(&text).map(Self).map_err(D::Error::custom)
            }
        }
    };
}
judged!(Authority, |text| Oid::parse(text)
    .map_err(|wrong| format!("an authority is {wrong}")));
judged!(MimeType, |text| {
    match crate::validate::value::is_mime_type(text) && !text.contains(';') {
        true => Ok(text.to_owned()),
        false => Err("a MIME type is type/subtype, without parameters".to_owned()),
    }
});
judged!(Attribute, |text| CodedAttribute::named(text).ok_or_else(
    || {
        let known: Vec<_> = CodedAttribute::all().map(CodedAttribute::name).collect();
        format!("attribute is one of {}", known.join(", "))
    }
));

pub(super) fn parse(text: &str) -> Result<AffinityDomain, Error> {
    let file: File = toml::from_str(text).map_err(|error| Error::Form(error.to_string()))?;
    let mut domain = AffinityDomain::default();
    for Authority(oid) in file.authorities {
        domain.allow_authority(oid);
    }
    for MimeType(name) in file.mime_types {
        domain.allow_mime_type(&name);
    }
    for list in file.codes {
        for value in list.values {
            domain.allow_code(list.attribute.0, &value, &list.system);
        }
    }
    Ok(domain)
}
