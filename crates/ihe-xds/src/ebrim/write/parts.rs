//! Slots, names, Classifications and ExternalIdentifiers of one object (ITI TF-3 4.2.3.1).

use crate::ebrim::schemes::{CodeAttribute, Identifier, object_type};
use crate::ebrim::xml::Writer;
use crate::metadata::{Author, Code, LocalizedString, Slot};
use ihe_soap::xml::escape_attribute;
use std::borrow::Cow;

/// Writes the parts of one object; ids of its parts are made from its own id and their number.
pub(super) struct Parts<'w, 'i> {
    out: &'w mut Writer,
    /// The object's id, escaped.
    id: Cow<'i, str>,
    seed: u128,
    number: u32,
}

/// 128 bits that stand for an id: a UUID as it is, any other text by FNV-1a.
fn seed(id: &str) -> u128 {
    let uuid = id.strip_prefix("urn:uuid:").unwrap_or(id);
    if let Ok(uuid) = uuid::Uuid::try_parse(uuid) {
        return uuid.as_u128();
    }
    let offset = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    id.bytes().fold(offset, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

/// A UUID of version 8 made from the object's id and the part's number: the same part has the same id in every answer.
fn part_id(seed: u128, number: u32) -> uuid::Uuid {
    // The odd multiplier spreads neighbouring numbers over all bits.
    let step = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    uuid::Builder::from_custom_bytes((seed ^ step).to_be_bytes()).into_uuid()
}

impl<'w, 'i> Parts<'w, 'i> {
    pub(super) fn of(out: &'w mut Writer, id: &'i str) -> Self {
        Self {
            out,
            id: escape_attribute(id),
            seed: seed(id),
            number: 0,
        }
    }

    /// The object's id, then the attribute `id` of its next part.
    fn ids(&mut self) {
        self.out.raw(&self.id);
        self.out.raw("\" id=\"urn:uuid:");
        self.number += 1;
        let mut buffer = uuid::Uuid::encode_buffer();
        let id = part_id(self.seed, self.number);
        self.out.raw(id.hyphenated().encode_lower(&mut buffer));
    }

    /// A Slot unless there is no value.
    pub(super) fn slot<S: AsRef<str>>(&mut self, name: &str, values: impl IntoIterator<Item = S>) {
        let mut values = values.into_iter().peekable();
        if values.peek().is_some() {
            self.slot_always(name, values);
        }
    }

    /// A Slot with one value.
    pub(super) fn one(&mut self, name: &str, value: &str) {
        self.slot_always(name, [value]);
    }

    fn slot_always<S: AsRef<str>>(&mut self, name: &str, values: impl IntoIterator<Item = S>) {
        self.out.raw("<rim:Slot name=\"");
        self.out.attribute(name);
        self.out.raw("\"><rim:ValueList>");
        for value in values {
            self.out.raw("<rim:Value>");
            self.out.content(value.as_ref());
            self.out.raw("</rim:Value>");
        }
        self.out.raw("</rim:ValueList></rim:Slot>");
    }

    /// Extra metadata, also Slots without values.
    pub(super) fn extra(&mut self, slots: &[Slot]) {
        for slot in slots {
            self.slot_always(&slot.name, &slot.values);
        }
    }

    /// Name or Description.
    pub(super) fn text(&mut self, element: &str, text: Option<&LocalizedString>) {
        let Some(text) = text else {
            return;
        };
        self.out.raw("<rim:");
        self.out.raw(element);
        self.out.raw(">");
        let charset = text.charset.as_deref();
        self.localized(&text.value, text.language.as_deref(), charset);
        self.translations(&text.translations);
        self.out.raw("</rim:");
        self.out.raw(element);
        self.out.raw(">");
    }

    fn localized(&mut self, value: &str, language: Option<&str>, charset: Option<&str>) {
        let out = &mut *self.out;
        out.raw("<rim:LocalizedString");
        for (attribute, text) in [(" xml:lang=\"", language), (" charset=\"", charset)] {
            if let Some(text) = text {
                out.raw(attribute);
                out.attribute(text);
                out.raw("\"");
            }
        }
        out.raw(" value=\"");
        out.attribute(value);
        out.raw("\"/>");
    }

    fn translations(&mut self, texts: &[LocalizedString]) {
        for text in texts {
            let charset = text.charset.as_deref();
            self.localized(&text.value, text.language.as_deref(), charset);
        }
    }

    fn classification(&mut self, scheme: &str, representation: &str) {
        self.out.raw("<rim:Classification classificationScheme=\"");
        self.out.raw(scheme);
        self.out.raw("\" nodeRepresentation=\"");
        self.out.attribute(representation);
        self.out.raw("\" classifiedObject=\"");
        self.ids();
        self.out.raw("\" objectType=\"");
        self.out.raw(object_type::CLASSIFICATION);
        self.out.raw("\">");
    }

    /// One Classification for each code.
    pub(super) fn codes(&mut self, attribute: CodeAttribute, codes: &[Code]) {
        for code in codes {
            self.classification(attribute.scheme, &code.code);
            self.one("codingScheme", &code.scheme);
            if !code.display.is_empty() {
                self.out.raw("<rim:Name>");
                self.localized(&code.display, code.language.as_deref(), None);
                self.translations(&code.translations);
                self.out.raw("</rim:Name>");
            }
            self.out.raw("</rim:Classification>");
        }
    }

    /// One Classification for each author.
    pub(super) fn authors(&mut self, scheme: &str, authors: &[Author]) {
        for author in authors {
            self.classification(scheme, "");
            self.slot("authorPerson", &author.person);
            self.slot("authorInstitution", &author.institutions);
            self.slot("authorRole", &author.roles);
            self.slot("authorSpecialty", &author.specialties);
            self.slot("authorTelecommunication", &author.telecommunications);
            self.out.raw("</rim:Classification>");
        }
    }

    /// What says whether a package is a SubmissionSet or a Folder.
    pub(super) fn label(&mut self, node: &str) {
        self.out.raw("<rim:Classification classificationNode=\"");
        self.out.raw(node);
        self.out.raw("\" classifiedObject=\"");
        self.ids();
        self.out.raw("\" objectType=\"");
        self.out.raw(object_type::CLASSIFICATION);
        self.out.raw("\"/>");
    }

    /// An ExternalIdentifier with its name.
    pub(super) fn identifier(&mut self, known: Identifier, value: &str) {
        let Identifier { scheme, name, .. } = known;
        self.out
            .raw("<rim:ExternalIdentifier identificationScheme=\"");
        self.out.raw(scheme);
        self.out.raw("\" value=\"");
        self.out.attribute(value);
        self.out.raw("\" registryObject=\"");
        self.ids();
        self.out.raw("\" objectType=\"");
        self.out.raw(object_type::IDENTIFIER);
        self.out.raw("\"><rim:Name><rim:LocalizedString value=\"");
        self.out.raw(name);
        self.out.raw("\"/></rim:Name></rim:ExternalIdentifier>");
    }
}
