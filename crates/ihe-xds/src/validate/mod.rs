//! What a Registry or Repository refuses in a submission, all of it at once (ITI TF-3 4.2, ITI TF-2 3.42.4.1.3).
//!
//! Every error has a code, a [`Location`] and a codeContext that says what is wrong and what is allowed. Values are
//! not repeated, but for codes of the affinity domain, uniqueIds, and the patient id where the Framework asks for it.

pub(crate) mod findings;
pub mod form;
pub(crate) mod hl7;
mod structure;
pub mod value;

use crate::affinity::Rules;
use crate::ebrim::unpack::{Class, Ids, Labels, Unpacker, classes};
use crate::ebrim::{Kind, Packed};
use crate::error::{ErrorCode, Location, Refusal, RegistryError};
use crate::metadata::{Cx, Folder, Status, Submission, SubmissionSet};
use findings::Findings;
use std::collections::{HashMap, HashSet};

/// Who is asking: it decides what is required (ITI TF-3 table 4.3.1-3) and which error code is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// Document Registry, ITI-42: Stable entries, with hash, size and repositoryUniqueId.
    Registry,
    /// Document Repository, ITI-41: Stable entries; what the Repository adds may be missing.
    Repository,
    /// Document Registry, ITI-61: On-Demand entries, without creationTime, hash and size.
    RegistryOnDemand,
}

/// A submission that may be stored, as far as it can be judged without the Registry's contents.
#[derive(Debug)]
pub struct Accepted {
    /// The submission: ids resolved, every status Approved.
    pub submission: Submission,
    pub(crate) ids: Ids,
}

impl Accepted {
    /// The entryUUID that took the place of an id as sent (XDS-R-039).
    pub fn entry_uuid(&self, id: &str) -> Option<String> {
        self.ids.resolve(id)
    }

    /// Puts the ids as sent into the locations of errors that were found later, by entryUUID. Linear.
    pub fn locate_as_sent(&self, errors: &mut [RegistryError]) {
        let symbols: HashMap<&str, &str> = self.ids.assigned().map(|(a, b)| (b, a)).collect();
        for error in errors {
            let Some(location) = error.location.as_deref() else {
                continue;
            };
            let as_sent = as_sent(location, &symbols);
            error.location = as_sent.or_else(|| error.location.take());
        }
    }
}

fn as_sent(location: &str, symbols: &HashMap<&str, &str>) -> Option<String> {
    let (class, rest) = location.split_once('[')?;
    let (id, attribute) = rest.split_once(']')?;
    let symbol = symbols.get(id)?;
    Some(format!(
        "{class}[{}]{attribute}",
        crate::error::shown(symbol)
    ))
}

/// Where the objects of a submission are, in the same order.
struct Places {
    set: Location,
    documents: Vec<Location>,
    folders: Vec<Location>,
    associations: Vec<Location>,
    /// entryUUIDs of what has no class: packages without a label, associations of an unknown type.
    unclassed: Vec<String>,
}

/// Judges a submission; a refusal holds all that is wrong with it, up to the limit.
///
/// # Errors
/// When anything is wrong with it.
pub fn submission(packed: Packed, receiver: Receiver, rules: &Rules) -> Result<Accepted, Refusal> {
    let mut findings = Findings::new(receiver, rules.limits.errors);
    let ids = Ids::assign(&packed);
    let classes = classes(&packed);
    labels(&packed, &classes, &mut findings);
    structure::ids_once(&packed, &classes, &mut findings);
    let unpacked = unpack(packed, classes, &ids, rules, &mut findings);
    if let Some((submission, places)) = &unpacked {
        patient_domain(submission, places, rules, &mut findings);
        structure::check(submission, places, &mut findings);
    }
    match (unpacked, findings.into_refusal()) {
        (Some((submission, _)), None) => Ok(Accepted { submission, ids }),
        (_, Some(refusal)) => Err(refusal),
        (None, None) => Err(Refusal::one(RegistryError::error(
            ErrorCode::XdsRegistryMetadataError,
            "no SubmissionSet",
        ))),
    }
}

/// XDS-R-013, XDS-T-063, and labels that label nothing.
fn labels(packed: &Packed, classes: &[(Class, Location)], findings: &mut Findings) {
    let labels = Labels::new(packed);
    let mut packages = HashSet::new();
    for (object, (class, place)) in packed.objects.iter().zip(classes) {
        if *class == Class::Package {
            let what = "is labelled neither as SubmissionSet nor as Folder, or as both";
            findings.metadata(place, what);
        }
        if labels.is_limited(object) {
            let what = "limited metadata is for XDR and XDM; here the whole metadata is required";
            findings.metadata(&place.attribute("limitedMetadata"), what);
        }
        if object.kind != Kind::ObjectRef {
            packages.extend(object.id.as_deref());
        }
    }
    for label in &packed.labels {
        let object = label.classified_object.as_deref().unwrap_or_default();
        let place = Location::of("Classification", object);
        if label.node.is_none() {
            let what = "stands beside its object, where only the label of a RegistryPackage may be";
            findings.metadata(&place, what);
        } else if !packages.contains(object) {
            let what = "classifiedObject is no object of the submission";
            findings.metadata(&place, what);
        }
    }
}

/// None when there is not exactly one SubmissionSet (XDS-R-012).
fn unpack(
    packed: Packed,
    classes: Vec<(Class, Location)>,
    ids: &Ids,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<(Submission, Places)> {
    let mut unpacker = Unpacker {
        findings,
        rules,
        ids,
    };
    let mut sets: Vec<(SubmissionSet, Location)> = Vec::new();
    let (mut documents, mut folders) = (Vec::new(), Vec::<(Folder, Location)>::new());
    let (mut associations, mut unclassed) = (Vec::new(), Vec::new());
    for (object, (class, place)) in packed.objects.into_iter().zip(classes) {
        let uuid = object.id.as_deref().and_then(|id| ids.resolve(id));
        match class {
            Class::DocumentEntry => {
                documents.push((unpacker.document_entry(&place, object), place));
            }
            Class::SubmissionSet => sets.push((unpacker.submission_set(&place, object), place)),
            Class::Folder => folders.push((unpacker.folder(&place, object), place)),
            Class::Association => match unpacker.association(&place, object) {
                Some(found) => associations.push((found, place)),
                None => unclassed.extend(uuid),
            },
            Class::Package => unclassed.extend(uuid),
            Class::Reference => {}
        }
    }
    if sets.len() != 1 {
        let what = format!("{} SubmissionSets; exactly one is required", sets.len());
        findings.metadata(&Location::submission(), &what);
    }
    let (submission_set, set) = sets.into_iter().next()?;
    let (documents, document_places) = documents.into_iter().unzip();
    let (folders, folder_places) = folders.into_iter().unzip();
    let (associations, association_places) = associations.into_iter().unzip();
    let submission = approved(Submission {
        submission_set,
        documents,
        folders,
        associations,
    });
    let places = Places {
        set,
        documents: document_places,
        folders: folder_places,
        associations: association_places,
        unclassed,
    };
    Some((submission, places))
}

/// The patient ids of the affinity domain are those of its authorities, so another one is not known (ITI TF-2
/// 3.42.4.1.3.3.2). One error: XDS-R-030 keeps the other objects to this id.
fn patient_domain(
    submission: &Submission,
    places: &Places,
    rules: &Rules,
    findings: &mut Findings,
) {
    let id = &submission.submission_set.patient_id;
    if let Ok(cx) = Cx::parse(id)
        && !rules.domain.knows_authority(cx.authority())
    {
        let what = format!("{id} is not of an assigning authority of the affinity domain");
        let place = places.set.attribute("patientId");
        findings.add(ErrorCode::XdsUnknownPatientId, &place, &what);
    }
}

/// XDS-R-051: the status is the Registry's to set.
fn approved(mut submission: Submission) -> Submission {
    submission.submission_set.status = Status::Approved;
    submission
        .documents
        .iter_mut()
        .for_each(|one| one.status = Status::Approved);
    submission
        .folders
        .iter_mut()
        .for_each(|one| one.status = Status::Approved);
    submission
        .associations
        .iter_mut()
        .for_each(|one| one.status = Status::Approved);
    submission
}

#[cfg(test)]
mod tests;
