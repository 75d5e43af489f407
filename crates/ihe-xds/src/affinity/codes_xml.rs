//! Reads an affinity domain from a `codes.xml` file, the form test tools and many products use.

use super::{AffinityDomain, CodedAttribute, Error};
use crate::metadata::Oid;
use yaserde::YaDeserialize;

#[derive(Debug, Default, YaDeserialize)]
#[yaserde(rename = "Codes")]
struct Codes {
    #[yaserde(rename = "CodeType")]
    types: Vec<CodeType>,
    #[yaserde(rename = "AssigningAuthority")]
    authorities: Vec<AssigningAuthority>,
}

#[derive(Debug, Default, YaDeserialize)]
struct CodeType {
    #[yaserde(attribute = true)]
    name: String,
    #[yaserde(attribute = true, rename = "classScheme")]
    class_scheme: Option<String>,
    #[yaserde(rename = "Code")]
    codes: Vec<CodeValue>,
}

#[derive(Debug, Default, YaDeserialize)]
struct CodeValue {
    #[yaserde(attribute = true)]
    code: String,
    #[yaserde(attribute = true, rename = "codingScheme")]
    coding_scheme: Option<String>,
}

#[derive(Debug, Default, YaDeserialize)]
struct AssigningAuthority {
    /// An OID, or `&oid&ISO`
    #[yaserde(attribute = true)]
    id: String,
}

pub(super) fn parse(text: &str) -> Result<AffinityDomain, Error> {
    let codes: Codes = yaserde::de::from_str(text).map_err(Error::Form)?;
    let mut domain = AffinityDomain::default();
    for authority in &codes.authorities {
        domain.allow_authority(oid(&authority.id)?);
    }
    for one in &codes.types {
        let scheme = one.class_scheme.as_deref().unwrap_or_default();
        let attribute = CodedAttribute::of_scheme(scheme);
        for value in &one.codes {
            match attribute {
                Some(attribute) => {
                    let system = value.coding_scheme.as_deref().unwrap_or_default();
                    domain.allow_code(attribute, &value.code, system);
                }
                None if one.name == "mimeType" => domain.allow_mime_type(&value.code),
                None => {}
            }
        }
    }
    Ok(domain)
}

fn oid(id: &str) -> Result<Oid, Error> {
    let bare = id
        .strip_prefix('&')
        .and_then(|rest| rest.strip_suffix("&ISO"));
    Oid::parse(bare.unwrap_or(id)).map_err(|wrong| {
        Error::Form(format!(
            "AssigningAuthority {}: {wrong}",
            crate::error::shown(id)
        ))
    })
}
