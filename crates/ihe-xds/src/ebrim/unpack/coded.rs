//! Classifications and ExternalIdentifiers of one object (ITI TF-3 4.2.3.1.2, 4.2.3.1.3, 4.2.3.1.4).

use super::Unpacker;
use crate::ebrim::read::{Classification, ExternalIdentifier};
use crate::ebrim::schemes::{CODING_SCHEME, CodeAttribute, Identifier, author, object_type};
use crate::ebrim::slots::Slots;
use crate::error::{Location, shown};
use crate::metadata::{Author, Code, LocalizedString};
use crate::validate::{form, value};
use std::collections::{HashMap, HashSet};

/// Longest `nodeRepresentation` and display name: ebRIM's LongName.
const LONG_NAME: usize = 256;

/// What the Classifications of an object say.
#[derive(Default)]
pub(super) struct Coded {
    codes: HashMap<&'static str, Vec<Code>>,
    pub(super) authors: Vec<Author>,
}

impl Coded {
    /// All codes of an attribute.
    pub(super) fn all(&mut self, attribute: CodeAttribute) -> Vec<Code> {
        self.codes.remove(attribute.scheme).unwrap_or_default()
    }

    /// The only code of an attribute; empty when it is missing, which was noted.
    pub(super) fn one(&mut self, attribute: CodeAttribute) -> Code {
        self.all(attribute).into_iter().next().unwrap_or_default()
    }
}

/// Whether two ids are one: the letters of UUIDs may be of either case.
fn same_id(one: Option<&str>, other: Option<&str>) -> bool {
    let uuids = |a: &str, b: &str| value::is_uuid_urn(a) && a.eq_ignore_ascii_case(b);
    one == other || one.zip(other).is_some_and(|(a, b)| uuids(a, b))
}

/// The values of ExternalIdentifiers, by scheme.
pub(super) struct Identifiers(HashMap<&'static str, String>);

impl Identifiers {
    /// The value of one; empty when it is missing, which was noted.
    pub(super) fn take(&mut self, identifier: Identifier) -> String {
        self.0.remove(identifier.scheme).unwrap_or_default()
    }
}

impl Unpacker<'_> {
    /// Sorts the Classifications of an object, whose id as sent is `id`.
    pub(super) fn coded(
        &mut self,
        place: &Location,
        id: Option<&str>,
        classifications: Vec<Classification>,
        attributes: &[CodeAttribute],
        author: &str,
    ) -> Coded {
        let mut found = Coded::default();
        for one in classifications {
            let scheme = one.scheme.as_deref();
            let known = attributes.iter().find(|known| scheme == Some(known.scheme));
            if let Some(known) = known {
                let place = place.attribute(known.name);
                self.classification_frame(&place, id, &one);
                let code = self.code(&place, known, one);
                found.codes.entry(known.scheme).or_default().push(code);
            } else if scheme == Some(author) {
                let place = place.attribute("author");
                self.classification_frame(&place, id, &one);
                found.authors.push(self.author(&place, one));
            } else {
                self.classification_frame(place, id, &one);
                if let Some(scheme) = scheme {
                    let scheme = shown(scheme);
                    let what = format!("no attribute has the classificationScheme {scheme}");
                    self.findings.metadata(place, &what);
                }
            }
        }
        self.numbers(place, attributes, &found);
        found
    }

    /// XDS-R-007, XDS-R-008
    fn numbers(&mut self, place: &Location, attributes: &[CodeAttribute], found: &Coded) {
        for known in attributes {
            let number = found.codes.get(known.scheme).map_or(0, Vec::len);
            let place = || place.attribute(known.name);
            if number < known.min {
                self.findings.metadata(&place(), "is missing");
            }
            if number > known.max {
                let what = format!("occurs {number} times; {} is allowed", known.max);
                self.findings.metadata(&place(), &what);
            }
        }
    }

    /// XDS-R-004, IHEXDS-105, IHEXDS-106
    fn classification_frame(&mut self, place: &Location, id: Option<&str>, one: &Classification) {
        if !same_id(one.classified_object.as_deref(), id) {
            let what = "classifiedObject of the Classification is not the id of its object";
            self.findings.metadata(place, what);
        }
        if one
            .object_type
            .as_deref()
            .is_some_and(|kind| kind != object_type::CLASSIFICATION)
        {
            let what = format!(
                "objectType of the Classification is not {}",
                object_type::CLASSIFICATION
            );
            self.findings.metadata(place, &what);
        }
        if one.holds_others {
            let what = "the Classification holds more than Slots and a Name";
            self.findings.metadata(place, what);
        }
        if one.scheme.is_none() && one.node.is_none() {
            let what = "a Classification has neither classificationScheme nor classificationNode";
            self.findings.metadata(place, what);
        }
    }

    /// XDS-R-001, XDS-R-002, XDS-R-003
    fn code(&mut self, place: &Location, known: &CodeAttribute, one: Classification) -> Code {
        let code = one.node_representation.unwrap_or_default();
        if code.is_empty() {
            let what = "nodeRepresentation, the code, is missing";
            self.findings.metadata(place, what);
        } else if code.chars().count() > LONG_NAME {
            let what = format!("the code is longer than {LONG_NAME} characters");
            self.findings.metadata(place, &what);
        }
        let mut slots = Slots::new(place, one.slots, self.findings);
        let scheme = slots.one(&CODING_SCHEME, self.findings);
        slots.nothing_left(self.findings);
        let name = self.text(place, one.name, LONG_NAME);
        if name.is_none() && self.rules.display_name_required {
            self.findings
                .metadata(place, "the display name (Name) is missing");
        }
        let name = name.unwrap_or_default();
        let code = Code {
            code,
            scheme: scheme.unwrap_or_default(),
            display: name.value,
            language: name.language,
            translations: name.translations,
        };
        self.allowed(place, known, &code);
        code
    }

    /// XDS-R-057
    fn allowed(&mut self, place: &Location, known: &CodeAttribute, code: &Code) {
        let domain = &self.rules.domain;
        let complete = !code.code.is_empty() && !code.scheme.is_empty();
        if complete && !domain.allows(known.scheme, &code.code, &code.scheme) {
            let what = format!(
                "code {} of system {} is not allowed; {}",
                shown(&code.code),
                shown(&code.scheme),
                domain.codes_in_words(known.scheme)
            );
            self.findings.metadata(place, &what);
        }
    }

    /// XDS-R-010, IHEXDS-1
    fn author(&mut self, place: &Location, one: Classification) -> Author {
        if one.node_representation.is_some_and(|text| !text.is_empty()) {
            self.findings
                .metadata(place, "nodeRepresentation is not empty");
        }
        let findings = &mut *self.findings;
        let mut slots = Slots::new(place, one.slots, findings);
        let author = Author {
            person: slots.one(&author::PERSON, findings),
            institutions: slots.many(&author::INSTITUTION, findings),
            roles: slots.many(&author::ROLE, findings),
            specialties: slots.many(&author::SPECIALTY, findings),
            telecommunications: slots.many(&author::TELECOMMUNICATION, findings),
        };
        slots.nothing_left(findings);
        let nobody = author.person.is_none()
            && author.institutions.is_empty()
            && author.telecommunications.is_empty();
        if nobody {
            let what =
                "one of authorPerson, authorInstitution and authorTelecommunication is required";
            self.findings.metadata(place, what);
        }
        author
    }

    /// The values of ExternalIdentifiers; each of `known` must be there once.
    pub(super) fn identifiers(
        &mut self,
        place: &Location,
        id: Option<&str>,
        identifiers: Vec<ExternalIdentifier>,
        known: &[Identifier],
    ) -> Identifiers {
        let mut values = HashMap::new();
        for one in identifiers {
            let scheme = one.scheme.as_deref().unwrap_or_default();
            let Some(known) = known.iter().find(|known| known.scheme == scheme) else {
                let scheme = shown(scheme);
                let what = format!("no attribute has the identificationScheme {scheme}");
                self.findings.metadata(place, &what);
                continue;
            };
            let place = place.attribute(known.attribute());
            self.identifier_frame(&place, id, &one, known.name);
            let Some(value) = one.value else {
                continue;
            };
            if !known.form.accepts(&value) {
                self.findings.form(&place, known.form);
            }
            if values.insert(known.scheme, value).is_some() {
                self.findings
                    .metadata(&place, "occurs more than once; one is allowed");
            }
        }
        for known in known.iter().filter(|one| !values.contains_key(one.scheme)) {
            let what = format!("is missing; {} is required", known.form);
            self.findings
                .metadata(&place.attribute(known.attribute()), &what);
        }
        Identifiers(values)
    }

    /// XDS-R-004, IHEXDS-10, IHEXDS-109, IHEXDS-112
    fn identifier_frame(
        &mut self,
        place: &Location,
        id: Option<&str>,
        one: &ExternalIdentifier,
        name: &str,
    ) {
        if !same_id(one.registry_object.as_deref(), id) {
            let what = "registryObject of the ExternalIdentifier is not the id of its object";
            self.findings.metadata(place, what);
        }
        if one
            .object_type
            .as_deref()
            .is_some_and(|kind| kind != object_type::IDENTIFIER)
        {
            let what = format!(
                "objectType of the ExternalIdentifier is not {}",
                object_type::IDENTIFIER
            );
            self.findings.metadata(place, &what);
        }
        if one.holds_others {
            let what = "the ExternalIdentifier holds more than a Name";
            self.findings.metadata(place, what);
        }
        // The Framework fixes what the Name says, not that it is there (table 4.2.3.1.3-1).
        if one.name.len() > 1 || one.name.iter().any(|text| text.value.trim() != name) {
            self.findings
                .metadata(place, &format!("the Name is not {name}"));
        }
    }

    /// A Name or Description: one text for each language, of a length, in UTF-8. An empty text is none.
    pub(super) fn text(
        &mut self,
        place: &Location,
        texts: Vec<LocalizedString>,
        longest: usize,
    ) -> Option<LocalizedString> {
        let mut texts = texts.into_iter().filter(|text| !text.value.is_empty());
        let mut first = texts.next()?;
        first.translations = texts.collect();
        let all = || std::iter::once(&first).chain(&first.translations);
        if all().any(|text| text.value.chars().count() > longest) {
            let what = format!("is longer than {longest} characters");
            self.findings.metadata(place, &what);
        }
        let utf_8 = |charset: &String| {
            let known = ["UTF-8", "UTF8"];
            known.iter().any(|name| name.eq_ignore_ascii_case(charset))
        };
        if !all().all(|text| text.charset.as_ref().is_none_or(utf_8)) {
            self.findings
                .metadata(place, "charset is not UTF-8, the only one allowed");
        }
        let mut seen = HashSet::new();
        if !all().all(|text| seen.insert(text.language_or_default())) {
            let what = "has two texts in one language; one is allowed for each";
            self.findings.metadata(place, what);
        }
        Some(first)
    }

    /// homeCommunityId in its form.
    pub(super) fn home(&mut self, place: &Location, home: Option<String>) -> Option<String> {
        if home
            .as_deref()
            .is_some_and(|text| !form::OID_URN.accepts(text))
        {
            self.findings
                .form(&place.attribute("homeCommunityId"), form::OID_URN);
        }
        home
    }
}
