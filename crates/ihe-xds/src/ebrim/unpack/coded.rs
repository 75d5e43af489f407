//! Classifications and ExternalIdentifiers of one object (ITI TF-3 4.2.3.1.2, 4.2.3.1.3, 4.2.3.1.4).

use super::Unpacker;
use crate::ebrim::read::{Classification, ExternalIdentifier};
use crate::ebrim::schemes::{CodeAttribute, object_type};
use crate::ebrim::slots::{Presence, Slots};
use crate::metadata::{Author, Code, LocalizedString};
use crate::validate::findings::Place;
use crate::validate::value;
use std::collections::HashMap;

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

fn any(_: &str) -> bool {
    true
}

impl Unpacker<'_> {
    /// Sorts the Classifications of an object, whose id as sent is `id`.
    pub(super) fn coded(
        &mut self,
        place: &Place,
        id: Option<&str>,
        classifications: Vec<Classification>,
        attributes: &[CodeAttribute],
        author: &str,
    ) -> Coded {
        let mut found = Coded::default();
        for one in classifications {
            self.classification_frame(place, id, &one);
            let Some(scheme) = one.scheme.clone() else {
                continue;
            };
            if scheme == author {
                let author = self.author(place, one);
                found.authors.push(author);
            } else if let Some(known) = attributes.iter().find(|known| known.scheme == scheme) {
                let code = self.code(place, known, one);
                found.codes.entry(known.scheme).or_default().push(code);
            } else {
                self.findings
                    .metadata(place, "an unknown classificationScheme");
            }
        }
        self.numbers(place, attributes, &found);
        found
    }

    /// XDS-R-007, XDS-R-008
    fn numbers(&mut self, place: &Place, attributes: &[CodeAttribute], found: &Coded) {
        for known in attributes {
            let number = found.codes.get(known.scheme).map_or(0, Vec::len);
            if number < known.min {
                self.findings
                    .metadata(place, &format!("{} is missing", known.name));
            }
            if number > known.max {
                self.findings
                    .metadata(place, &format!("{} occurs more than once", known.name));
            }
        }
    }

    /// XDS-R-004, IHEXDS-105, IHEXDS-106
    fn classification_frame(&mut self, place: &Place, id: Option<&str>, one: &Classification) {
        if !same_id(one.classified_object.as_deref(), id) {
            self.findings.metadata(
                place,
                "a Classification's classifiedObject is not this object",
            );
        }
        if one
            .object_type
            .as_deref()
            .is_some_and(|kind| kind != object_type::CLASSIFICATION)
        {
            self.findings
                .metadata(place, "a Classification has a wrong objectType");
        }
        if one.holds_others {
            self.findings
                .metadata(place, "a Classification holds what it may not hold");
        }
        if one.scheme.is_none() && one.node.is_none() {
            self.findings
                .metadata(place, "a Classification has neither scheme nor node");
        }
    }

    /// XDS-R-001, XDS-R-002, XDS-R-003, XDS-R-057
    fn code(&mut self, place: &Place, known: &CodeAttribute, one: Classification) -> Code {
        let place = place.attribute(known.name);
        let code = one.node_representation.unwrap_or_default();
        if code.is_empty() {
            self.findings
                .metadata(&place, "nodeRepresentation is missing");
        }
        let mut slots = Slots::new(&place, one.slots, self.findings);
        let named = |text: &str| !text.is_empty();
        let scheme = slots.one("codingScheme", Presence::Required, named, self.findings);
        slots.nothing_left(self.findings);
        let display = self
            .text(&place, "Name", one.name, 256)
            .map(|text| text.value);
        if display.is_none() && self.rules.display_name_required {
            self.findings
                .metadata(&place, "the display name is missing");
        }
        let scheme = scheme.unwrap_or_default();
        let allowed =
            |tables: &crate::affinity::CodeTables| tables.allows(known.scheme, &code, &scheme);
        if !self.rules.codes.as_ref().is_none_or(allowed) {
            self.findings
                .metadata(&place, "the code is not one of the affinity domain");
        }
        Code {
            code,
            scheme,
            display: display.unwrap_or_default(),
        }
    }

    /// XDS-R-010, IHEXDS-1
    fn author(&mut self, place: &Place, one: Classification) -> Author {
        let place = place.attribute("author");
        if one.node_representation.is_some_and(|text| !text.is_empty()) {
            self.findings
                .metadata(&place, "nodeRepresentation is not empty");
        }
        let findings = &mut *self.findings;
        let mut slots = Slots::new(&place, one.slots, findings);
        let author = Author {
            person: slots.one("authorPerson", Presence::Optional, value::is_xcn, findings),
            institutions: slots.many("authorInstitution", value::is_xon, findings),
            roles: slots.many("authorRole", value::is_coded_string, findings),
            specialties: slots.many("authorSpecialty", value::is_coded_string, findings),
            telecommunications: slots.many("authorTelecommunication", value::is_xtn, findings),
        };
        slots.nothing_left(findings);
        let nobody = author.person.is_none()
            && author.institutions.is_empty()
            && author.telecommunications.is_empty();
        if nobody {
            self.findings
                .metadata(&place, "no person, institution or telecommunication");
        }
        author
    }

    /// The values of ExternalIdentifiers by scheme; each of `known` must be there once.
    pub(super) fn identifiers(
        &mut self,
        place: &Place,
        id: Option<&str>,
        identifiers: Vec<ExternalIdentifier>,
        known: &[(&'static str, &'static str)],
    ) -> HashMap<&'static str, String> {
        let mut values = HashMap::new();
        for one in identifiers {
            let scheme = one.scheme.as_deref().unwrap_or_default();
            let Some((scheme, name)) = known.iter().find(|(known, _)| *known == scheme) else {
                self.findings
                    .metadata(place, "an unknown identificationScheme");
                continue;
            };
            self.identifier_frame(place, id, &one, name);
            let before = one.value.and_then(|value| values.insert(*scheme, value));
            if before.is_some() {
                self.findings
                    .metadata(place, &format!("{name} occurs more than once"));
            }
        }
        for (_, name) in known
            .iter()
            .filter(|(scheme, _)| !values.contains_key(scheme))
        {
            self.findings.metadata(place, &format!("{name} is missing"));
        }
        values
    }

    /// XDS-R-004, IHEXDS-10, IHEXDS-109, IHEXDS-112
    fn identifier_frame(
        &mut self,
        place: &Place,
        id: Option<&str>,
        one: &ExternalIdentifier,
        name: &str,
    ) {
        if !same_id(one.registry_object.as_deref(), id) {
            self.findings
                .metadata(place, &format!("{name}: registryObject is not this object"));
        }
        if one
            .object_type
            .as_deref()
            .is_some_and(|kind| kind != object_type::IDENTIFIER)
        {
            self.findings
                .metadata(place, &format!("{name}: wrong objectType"));
        }
        if one.holds_others {
            self.findings
                .metadata(place, &format!("{name}: holds what it may not hold"));
        }
        // The Framework fixes what the Name says, not that it is there (table 4.2.3.1.3-1).
        if one.name.len() > 1 || one.name.iter().any(|text| text.value.trim() != name) {
            self.findings
                .metadata(place, &format!("{name}: the Name is not {name}"));
        }
    }

    /// A Name or Description: at most one text, of a length, in UTF-8. An empty text is none.
    pub(super) fn text(
        &mut self,
        place: &Place,
        name: &str,
        texts: Vec<LocalizedString>,
        longest: usize,
    ) -> Option<LocalizedString> {
        if texts.len() > 1 {
            self.findings
                .metadata(place, &format!("{name} has more than one text"));
        }
        let text = texts
            .into_iter()
            .next()
            .filter(|text| !text.value.is_empty())?;
        if text.value.chars().count() > longest {
            let what = format!("{name} is longer than {longest} characters");
            self.findings.metadata(place, &what);
        }
        let charset = text.charset.as_deref().unwrap_or("UTF-8");
        if !["UTF-8", "UTF8"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(charset))
        {
            self.findings
                .metadata(place, &format!("{name} is not in UTF-8"));
        }
        Some(text)
    }

    /// A value of an ExternalIdentifier, in its form.
    pub(super) fn identified(
        &mut self,
        place: &Place,
        name: &str,
        value: Option<String>,
        check: fn(&str) -> bool,
    ) -> String {
        if value.as_deref().is_some_and(|text| !check(text)) {
            self.findings
                .metadata(place, &format!("{name} has not the form it must have"));
        }
        value.unwrap_or_default()
    }

    /// homeCommunityId in its form.
    pub(super) fn home(&mut self, place: &Place, home: Option<String>) -> Option<String> {
        if home.as_deref().is_some_and(|text| !value::is_oid_urn(text)) {
            self.findings.metadata(place, "home is not an OID URN");
        }
        home
    }

    /// A check that accepts any text.
    pub(super) const ANY: fn(&str) -> bool = any;
}
