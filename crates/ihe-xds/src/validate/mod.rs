//! What a Registry or Repository refuses in a submission, all of it at once (ITI TF-3 4.2, ITI TF-2 3.42.4.1.3).

pub(crate) mod findings;
mod structure;
pub mod value;

use crate::affinity::Rules;
use crate::ebrim::unpack::{Ids, Labels, PackageKind, Unpacker};
use crate::ebrim::{Kind, Packed};
use crate::error::{ErrorCode, Refusal, RegistryError};
use crate::metadata::{Folder, Status, Submission, SubmissionSet};
use findings::{Findings, Place};

/// Who is asking: it decides what is required and which error code is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// Document Registry, ITI-42.
    Registry,
    /// Document Registry, ITI-61: On-Demand entries, and nothing but them.
    OnDemandRegistry,
    /// Document Repository, ITI-41.
    Repository,
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
}

/// Judges a submission; a refusal holds all that is wrong with it, up to the limit.
pub fn submission(packed: Packed, receiver: Receiver, rules: &Rules) -> Result<Accepted, Refusal> {
    let mut findings = Findings::new(receiver, rules.limits.errors);
    let ids = Ids::assign(&packed);
    let kinds = package_kinds(&packed, &mut findings);
    structure::ids_once(&packed, &mut findings);
    let unpacked = unpack(packed, &kinds, &ids, rules, &mut findings);
    if let Some(submission) = &unpacked {
        structure::check(submission, &mut findings);
    }
    let refusal = findings.into_refusal();
    match (unpacked, refusal) {
        (Some(submission), None) => Ok(Accepted { submission, ids }),
        (_, Some(refusal)) => Err(refusal),
        (None, None) => Err(Refusal::one(RegistryError::error(
            ErrorCode::XdsRegistryMetadataError,
            "no SubmissionSet",
        ))),
    }
}

/// XDS-R-013, XDS-T-063
fn package_kinds(packed: &Packed, findings: &mut Findings) -> Vec<Option<PackageKind>> {
    let labels = Labels::new(packed);
    let mut kinds = Vec::with_capacity(packed.objects.len());
    for object in &packed.objects {
        let kind = labels.kind(object);
        if object.kind == Kind::RegistryPackage && kind.is_none() {
            let place = Place::of("RegistryPackage", object);
            findings.metadata(&place, "labelled neither as SubmissionSet nor as Folder");
        }
        if labels.is_limited(object) {
            findings.metadata(
                &Place::of("object", object),
                "limited metadata is not accepted",
            );
        }
        kinds.push(kind);
    }
    kinds
}

/// None when there is not exactly one SubmissionSet (XDS-R-012).
fn unpack(
    packed: Packed,
    kinds: &[Option<PackageKind>],
    ids: &Ids,
    rules: &Rules,
    findings: &mut Findings,
) -> Option<Submission> {
    let mut unpacker = Unpacker {
        findings,
        rules,
        ids,
    };
    let (mut sets, mut documents): (Vec<SubmissionSet>, Vec<_>) = (Vec::new(), Vec::new());
    let (mut folders, mut associations): (Vec<Folder>, Vec<_>) = (Vec::new(), Vec::new());
    for (object, kind) in packed.objects.into_iter().zip(kinds) {
        match (object.kind, kind) {
            (Kind::ExtrinsicObject, _) => documents.push(unpacker.document_entry(object)),
            (Kind::RegistryPackage, Some(PackageKind::SubmissionSet)) => {
                sets.push(unpacker.submission_set(object));
            }
            (Kind::RegistryPackage, Some(PackageKind::Folder)) => {
                folders.push(unpacker.folder(object));
            }
            (Kind::Association, _) => associations.extend(unpacker.association(object)),
            (Kind::RegistryPackage, None) | (Kind::ObjectRef, _) => {}
        }
    }
    if sets.len() != 1 {
        let place = Place::named("submission", "");
        findings.metadata(
            &place,
            &format!("{} SubmissionSets instead of one", sets.len()),
        );
    }
    let first = sets.into_iter().next()?;
    Some(approved(Submission {
        submission_set: first,
        documents,
        folders,
        associations,
    }))
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
