//! Associations between documents: RPLC, XFRM, APND, XFRM_RPLC, signs, IsSnapshotOf (ITI TF-3 4.2.2.2, ITI TF-2 3.42.4.1.3.5).
//!
//! RPLC and XFRM_RPLC link entries of any type: a Stable entry may replace an On-Demand one, and the reverse.

use super::super::StoreError;
use super::super::view::View;
use super::{Check, end};
use crate::error::ErrorCode;
use crate::metadata::{Association, AssociationType, DocumentEntry, ObjectType, Status};

pub(crate) fn check<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    let source = check.submitted_document(&association.source);
    if source.is_none() {
        let what = "is no DocumentEntry of this submission";
        check.unresolved(&end(association, "sourceObject"), what);
    }
    appended_to_transformation(check, association)?;
    let place = end(association, "targetObject");
    if check.submitted_document(&association.target).is_some() {
        if needs_registered_target(association.association_type) {
            check.unresolved(&place, "is in the submission, not in the registry");
        }
        return Ok(());
    }
    let Some(target) = check.view.document(&association.target)? else {
        let what = "is a DocumentEntry neither of the submission nor of the registry";
        check.unresolved(&place, what);
        return Ok(());
    };
    if target.status == Status::Deprecated {
        let code = ErrorCode::XdsRegistryDeprecatedDocumentError;
        check.refuse(code, &place, "is Deprecated");
    }
    snapshot(check, association, source, &target);
    check.same_patient(&place, "DocumentEntry", &target.patient_id)?;
    if association.association_type.replaces() {
        folders_to_follow(check, association)?;
    }
    Ok(())
}

/// XDS-R-016: what is replaced must be known already.
fn needs_registered_target(kind: AssociationType) -> bool {
    kind.replaces() || kind == AssociationType::IsSnapshotOf
}

/// XDS-R-017: a snapshot is a Stable entry of an On-Demand entry.
fn snapshot<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
    source: Option<&DocumentEntry>,
    target: &DocumentEntry,
) {
    if association.association_type != AssociationType::IsSnapshotOf {
        return;
    }
    if source.is_some_and(|source| source.object_type != ObjectType::Stable) {
        let what = "is On-Demand; the source of IsSnapshotOf is a Stable DocumentEntry";
        check.metadata(&end(association, "sourceObject"), what);
    }
    if target.object_type != ObjectType::OnDemand {
        let what = "is Stable; the target of IsSnapshotOf is an On-Demand DocumentEntry";
        check.metadata(&end(association, "targetObject"), what);
    }
}

/// XDS-R-059: nothing is appended to a transformation, which is the source of an XFRM (ITI TF-3 4.2.2.2.1). The source
/// of an XFRM_RPLC is the approved version itself, and may have addenda.
fn appended_to_transformation<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    if association.association_type != AssociationType::Apnd {
        return Ok(());
    }
    let target = association.target.as_str();
    let transforms = |other: &Association| other.association_type == AssociationType::Xfrm;
    if check.transformations.contains(target)
        || check.view.associations_from(target)?.iter().any(transforms)
    {
        let what = "is a transformation (XFRM), and nothing is appended to a transformation";
        check.metadata(&end(association, "targetObject"), what);
    }
    Ok(())
}

/// XDS-R-053: the folders the new entry is going to join are of the same patient.
fn folders_to_follow<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    let place = end(association, "targetObject");
    for membership in check.view.associations_to(&association.target)? {
        if membership.association_type != AssociationType::HasMember {
            continue;
        }
        let folder = check.view.folder(&membership.source)?;
        if let Some(folder) = folder.filter(|folder| folder.status == Status::Approved) {
            check.same_patient(&place, "Folder of the replaced entry", &folder.patient_id)?;
        }
    }
    Ok(())
}
