//! Rules of the affinity domain (ITI TF-1 appendix L): what a domain agrees on beyond the profile.
//!
//! An [`AffinityDomain`] comes from a `codes.xml` (the form of the NIST toolkit and of Gazelle), from TOML, or both:
//!
//! ```
//! use ihe_xds::affinity::AffinityDomain;
//! let ours = AffinityDomain::from_toml(r#"authorities = ["1.2.392.200.1"]"#)?;
//! let theirs = AffinityDomain::from_codes_xml(
//!     r#"<Codes><AssigningAuthority id="&amp;1.3.6.1.4.1.21367.13.20.1000&amp;ISO"/></Codes>"#,
//! )?;
//! let both = ours.merged(theirs);
//! assert!(both.knows_authority("1.2.392.200.1") && both.knows_authority("1.3.6.1.4.1.21367.13.20.1000"));
//! assert!(!both.knows_authority("1.2.3"));
//! # Ok::<(), ihe_xds::affinity::Error>(())
//! ```

mod codes_xml;
mod toml_file;

use crate::ebrim::Limits;
use crate::ebrim::schemes::{self, CodeAttribute};
use crate::error::shown;
use crate::metadata::Oid;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

/// What a receiver of metadata demands.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Assigning authorities, codes and MIME types the affinity domain allows; by default any (XDS-R-057).
    pub domain: AffinityDomain,
    /// homeCommunityId of this community, `urn:oid:` form.
    pub home_community_id: Option<String>,
    /// Whether a code must have a display name (XDS-R-003); default true.
    pub display_name_required: bool,
    /// Sizes and counts beyond which a body is refused unread.
    pub limits: Limits,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            domain: AffinityDomain::default(),
            home_community_id: None,
            display_name_required: true,
            limits: Limits::default(),
        }
    }
}

/// A configuration of the affinity domain that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// It is not what is expected; the text says where.
    #[error("{0}")]
    Form(String),
}

/// An attribute whose codes an affinity domain may list (ITI TF-2 3.42.4.1.3.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CodedAttribute(CodeAttribute);

impl CodedAttribute {
    /// The attribute of this name: those of ITI TF-3 4.2.3, `folderCodeList` (Folder.codeList), `associationDocumentation`.
    pub fn named(name: &str) -> Option<Self> {
        schemes::coded()
            .find(|one| external_name(one) == name)
            .map(Self)
    }

    /// The attribute of a classificationScheme (`urn:uuid:` form, upper or lower case).
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        schemes::coded()
            .find(|one| one.scheme.eq_ignore_ascii_case(scheme))
            .map(Self)
    }

    /// Every attribute.
    pub fn all() -> impl Iterator<Item = Self> {
        schemes::coded().map(Self)
    }

    /// Its name, as [`CodedAttribute::named`] takes it.
    pub fn name(self) -> &'static str {
        external_name(&self.0)
    }
}

/// `codeList` alone would not say of what.
fn external_name(attribute: &CodeAttribute) -> &'static str {
    match attribute.scheme == schemes::folder::CODE_LIST.scheme {
        true => "folderCodeList",
        false => attribute.name,
    }
}

/// Assigning authorities, codes and MIME types of an affinity domain. A list that is empty allows anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AffinityDomain {
    authorities: BTreeSet<Oid>,
    /// By classificationScheme, then by coding scheme
    codes: HashMap<&'static str, BTreeMap<String, HashSet<String>>>,
    mime_types: BTreeSet<String>,
}

impl AffinityDomain {
    /// Reads a file: `.xml` is a codes.xml, `.toml` is TOML.
    ///
    /// # Errors
    /// When it cannot be read, has another extension, or is not what is expected.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let extension = path.extension().and_then(|text| text.to_str());
        let parse = match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("xml") => Self::from_codes_xml,
            Some("toml") => Self::from_toml,
            _ => return Err(Error::Form("neither .xml nor .toml".into())),
        };
        parse(&std::fs::read_to_string(path)?)
    }

    /// Reads the text of a codes.xml: its AssigningAuthorities, its CodeTypes with a classScheme of ITI TF-3 4.2.5,
    /// and the CodeType `mimeType`. CodeTypes of other schemes are passed over.
    ///
    /// # Errors
    /// When it is not such a file, or an AssigningAuthority is no OID.
    pub fn from_codes_xml(text: &str) -> Result<Self, Error> {
        codes_xml::parse(text)
    }

    /// Reads TOML. Every key may be left out, and allows anything then; an unknown one is an error that names its line.
    ///
    /// ```
    /// use ihe_xds::affinity::AffinityDomain;
    /// let domain = AffinityDomain::from_toml(r#"
    /// authorities = ["1.2.392.200.1"]                   # OIDs whose patient ids are taken
    /// mime_types = ["application/pdf", "text/xml"]
    ///
    /// [[codes]]                                         # as often as needed
    /// attribute = "classCode"                           # a name of CodedAttribute
    /// system = "1.2.392.200.9"                          # the codingScheme
    /// values = ["report", "summary"]
    /// "#)?;
    /// assert!(domain.allows_mime_type("Text/XML; charset=utf-8"));
    /// let error = AffinityDomain::from_toml("authorities = []\nmimetypes = []").unwrap_err();
    /// assert!(error.to_string().contains("line 2"), "{error}");
    /// # Ok::<(), ihe_xds::affinity::Error>(())
    /// ```
    ///
    /// # Errors
    /// When it is not such a file.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        toml_file::parse(text)
    }

    /// Both: what either lists is allowed.
    pub fn merged(mut self, other: Self) -> Self {
        self.authorities.extend(other.authorities);
        self.mime_types.extend(other.mime_types);
        for (scheme, systems) in other.codes {
            let ours = self.codes.entry(scheme).or_default();
            for (system, codes) in systems {
                ours.entry(system).or_default().extend(codes);
            }
        }
        self
    }

    /// Takes patient ids of one more assigning authority.
    pub fn allow_authority(&mut self, oid: Oid) {
        self.authorities.insert(oid);
    }

    /// Allows one code of a coding scheme.
    pub fn allow_code(&mut self, attribute: CodedAttribute, code: &str, system: &str) {
        let systems = self.codes.entry(attribute.0.scheme).or_default();
        let codes = systems.entry(system.to_owned()).or_default();
        codes.insert(code.to_owned());
    }

    /// Allows one MIME type.
    pub fn allow_mime_type(&mut self, mime_type: &str) {
        self.mime_types.insert(mime_type.to_ascii_lowercase());
    }

    /// The assigning authorities whose patient ids are taken; none: any.
    pub fn authorities(&self) -> impl Iterator<Item = &Oid> {
        self.authorities.iter()
    }

    /// Whether patient ids of this assigning authority are taken.
    pub fn knows_authority(&self, oid: &str) -> bool {
        self.authorities.is_empty() || self.authorities.iter().any(|known| known.as_str() == oid)
    }

    /// Whether a code is allowed; an attribute without a list allows any.
    pub fn allows_code(&self, attribute: CodedAttribute, code: &str, system: &str) -> bool {
        self.allows(attribute.0.scheme, code, system)
    }

    pub(crate) fn allows(&self, scheme: &str, code: &str, system: &str) -> bool {
        let Some(systems) = self.codes.get(scheme) else {
            return true;
        };
        systems
            .get(system)
            .is_some_and(|codes| codes.contains(code))
    }

    /// Whether a MIME type is allowed; without a list any is. Parameters are not compared.
    pub fn allows_mime_type(&self, mime_type: &str) -> bool {
        let bare = mime_type.split(';').next().unwrap_or_default();
        let bare = bare.trim().to_ascii_lowercase();
        self.mime_types.is_empty() || self.mime_types.contains(&bare)
    }

    /// What is allowed, for a person.
    pub(crate) fn codes_in_words(&self, scheme: &str) -> String {
        let systems = self.codes.get(scheme);
        let number: usize = systems.map_or(0, |all| all.values().map(HashSet::len).sum());
        let names = systems.into_iter().flat_map(BTreeMap::keys);
        format!(
            "the affinity domain lists {number} codes, of {}",
            listed(names.map(String::as_str))
        )
    }

    /// What is allowed, for a person.
    pub(crate) fn mime_types_in_words(&self) -> String {
        format!(
            "the affinity domain lists {}",
            listed(self.mime_types.iter().map(String::as_str))
        )
    }
}

/// Most values named in an error.
const NAMED: usize = 8;

fn listed<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut values = values.map(shown);
    let mut named: Vec<_> = values.by_ref().take(NAMED).collect();
    let more = values.count();
    if more > 0 {
        named.push(format!("{more} more").into());
    }
    named.join(", ")
}

#[cfg(test)]
mod tests;
