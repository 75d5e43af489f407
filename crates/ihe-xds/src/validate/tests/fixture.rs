//! A valid submission as on the wire, with ids that can be named, and ways into its parts.

use crate::affinity::{AffinityDomain, Rules};
use crate::ebrim::schemes::{CodeAttribute, Identifier};
use crate::ebrim::{Classification, ExternalIdentifier, Limits, Object, Packed};
use crate::error::{ErrorCode, Refusal};
use crate::iti42;
use crate::metadata::tests::sample;
use crate::metadata::{LocalizedString, ObjectType, Slot};
use crate::validate::{Accepted, Receiver, submission};
use std::sync::OnceLock;

pub(super) const D1: &str = "Document01";
pub(super) const D2: &str = "Document02";
pub(super) const SET: &str = "SubmissionSet01";
pub(super) const FOLDER: &str = "Folder01";
/// The associations of the sample: D1 and D2 are members, D2 replaces an old entry, the folder is a member and holds D1.
pub(super) const ASSOCIATIONS: [&str; 6] = [
    "Member1", "Member2", "Replaces", "Folder", "Holds", "HoldsToo",
];
pub(super) const OLD: &str = "urn:uuid:00000000-0000-4000-8000-000000000001";

/// The sample with symbolic ids.
pub(super) fn wire() -> Packed {
    static ONCE: OnceLock<Packed> = OnceLock::new();
    ONCE.get_or_init(read_sample).clone()
}

fn read_sample() -> Packed {
    let mut xml = iti42::encode(&sample_of_old());
    let sent = sample_ids(&xml);
    for (uuid, symbol) in sent {
        xml = xml.replace(&uuid, symbol);
    }
    crate::ebrim::submit_objects_request(&xml, &Limits::default()).unwrap()
}

fn sample_of_old() -> crate::metadata::Submission {
    let mut sample = sample();
    sample.associations[2].target = OLD.into();
    sample
}

/// The ids of the objects in the order in which they are written.
fn sample_ids(xml: &str) -> Vec<(String, &'static str)> {
    let packed = crate::ebrim::submit_objects_request(xml, &Limits::default()).unwrap();
    let ids = packed.objects.into_iter().filter_map(|object| object.id);
    ids.zip([D1, D2, SET, FOLDER].into_iter().chain(ASSOCIATIONS))
        .collect()
}

/// An affinity domain that allows what the sample has.
pub(super) fn rules() -> Rules {
    let domain = AffinityDomain::from_toml(
        r#"
authorities = ["1.2.3.4.3000"]
mime_types = ["text/plain"]
codes = [{ attribute = "classCode", system = "1.2.3.4.9", values = ["class"] }]
"#,
    );
    Rules {
        domain: domain.unwrap(),
        ..Rules::default()
    }
}

pub(super) fn judge(packed: Packed, receiver: Receiver) -> Result<Accepted, Refusal> {
    static ONCE: OnceLock<Rules> = OnceLock::new();
    submission(packed, receiver, ONCE.get_or_init(rules))
}

/// (code, location) of every error.
pub(super) fn errors(packed: Packed, receiver: Receiver) -> Vec<(ErrorCode, String)> {
    let errors = judge(packed, receiver).map_or_else(|refusal| refusal.errors, |_| Vec::new());
    errors
        .into_iter()
        .map(|error| (error.code, error.location.unwrap_or_default()))
        .collect()
}

/// The sample as it is sent by ITI-61.
pub(super) fn on_demand() -> Packed {
    let mut packed = wire();
    for id in [D1, D2] {
        let entry = object(&mut packed, id);
        entry.object_type = Some(ObjectType::OnDemand.urn().into());
        entry
            .slots
            .retain(|slot| !["creationTime", "hash", "size"].contains(&slot.name.as_str()));
    }
    packed
}

pub(super) fn object<'a>(packed: &'a mut Packed, id: &str) -> &'a mut Object {
    let mut all = packed.objects.iter_mut();
    all.find(|object| object.id.as_deref() == Some(id)).unwrap()
}

pub(super) fn drop_object(packed: &mut Packed, id: &str) {
    packed
        .objects
        .retain(|object| object.id.as_deref() != Some(id));
}

pub(super) fn value<'a>(packed: &'a mut Packed, id: &str, slot: &str) -> &'a mut String {
    let mut slots = object(packed, id).slots.iter_mut();
    let slot = slots.find(|one| one.name == slot).unwrap();
    slot.values.first_mut().unwrap()
}

pub(super) fn drop_slot(packed: &mut Packed, id: &str, slot: &str) {
    let slots = &mut object(packed, id).slots;
    let before = slots.len();
    slots.retain(|one| one.name != slot);
    assert_eq!(slots.len() + 1, before, "no Slot {slot}");
}

pub(super) fn add_slot(packed: &mut Packed, id: &str, name: &str, values: &[&str]) {
    object(packed, id).slots.push(Slot {
        name: name.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    });
}

pub(super) fn code<'a>(
    packed: &'a mut Packed,
    id: &str,
    attribute: CodeAttribute,
) -> &'a mut Classification {
    classification(packed, id, attribute.scheme)
}

pub(super) fn classification<'a>(
    packed: &'a mut Packed,
    id: &str,
    scheme: &str,
) -> &'a mut Classification {
    let mut all = object(packed, id).classifications.iter_mut();
    all.find(|one| one.scheme.as_deref() == Some(scheme))
        .unwrap()
}

pub(super) fn drop_code(packed: &mut Packed, id: &str, attribute: CodeAttribute) {
    let all = &mut object(packed, id).classifications;
    all.retain(|one| one.scheme.as_deref() != Some(attribute.scheme));
}

pub(super) fn twice(packed: &mut Packed, id: &str, attribute: CodeAttribute) {
    let copy = code(packed, id, attribute).clone();
    object(packed, id).classifications.push(copy);
}

pub(super) fn label(packed: &mut Packed, id: &str, node: &str) {
    object(packed, id).classifications.push(Classification {
        node: Some(node.into()),
        classified_object: Some(id.into()),
        ..Classification::default()
    });
}

pub(super) fn identifier<'a>(
    packed: &'a mut Packed,
    id: &str,
    known: Identifier,
) -> &'a mut ExternalIdentifier {
    let mut all = object(packed, id).identifiers.iter_mut();
    all.find(|one| one.scheme.as_deref() == Some(known.scheme))
        .unwrap()
}

pub(super) fn drop_identifier(packed: &mut Packed, id: &str, known: Identifier) {
    let all = &mut object(packed, id).identifiers;
    all.retain(|one| one.scheme.as_deref() != Some(known.scheme));
}

pub(super) fn title(packed: &mut Packed, id: &str, text: LocalizedString) {
    object(packed, id).name = vec![text];
}
