//! Associations between documents: RPLC, XFRM, APND, XFRM_RPLC, signs, IsSnapshotOf (ITI TF-3 4.2.2.2).

use super::super::StoreError;
use super::super::view::View;
use super::Check;
use crate::error::ErrorCode;
use crate::metadata::{Association, AssociationType, DocumentEntry, ObjectType, Status};

pub(crate) fn check<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    let source = check.submitted_document(&association.source);
    if source.is_none() {
        unresolved(
            check,
            association,
            "sourceObject is no DocumentEntry of this submission",
        );
    }
    if check.submitted_document(&association.target).is_some() {
        if needs_registered_target(association.association_type) {
            unresolved(check, association, "targetObject is not in the registry");
        }
        return appended_to_transformation(check, association);
    }
    let Some(target) = check.view.document(&association.target)? else {
        unresolved(check, association, "targetObject cannot be resolved");
        return Ok(());
    };
    if target.status == Status::Deprecated {
        check.refuse(
            ErrorCode::XdsRegistryDeprecatedDocumentError,
            format!("{}: targetObject is deprecated", association.entry_uuid),
        );
    }
    snapshot(check, association, source, &target);
    check.same_patient(&target.patient_id)?;
    appended_to_transformation(check, association)
}

/// XDS-R-016: what is replaced must be known already.
fn needs_registered_target(kind: AssociationType) -> bool {
    matches!(
        kind,
        AssociationType::Rplc | AssociationType::XfrmRplc | AssociationType::IsSnapshotOf
    )
}

/// XDS-R-015, 016.
fn unresolved<V: View>(check: &mut Check<'_, V>, association: &Association, why: &str) {
    check.refuse(
        ErrorCode::UnresolvedReferenceException,
        format!("{}: {why}", association.entry_uuid),
    );
}

/// XDS-R-017: a snapshot is a Stable entry of an On-Demand entry.
fn snapshot<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
    source: Option<&DocumentEntry>,
    target: &DocumentEntry,
) {
    let wrong = source.is_some_and(|source| source.object_type != ObjectType::Stable)
        || target.object_type != ObjectType::OnDemand;
    if association.association_type == AssociationType::IsSnapshotOf && wrong {
        check.refuse(
            ErrorCode::XdsRegistryMetadataError,
            format!(
                "{}: IsSnapshotOf links Stable to On-Demand only",
                association.entry_uuid
            ),
        );
    }
}

/// XDS-R-059: nothing is appended to a transformation.
fn appended_to_transformation<V: View>(
    check: &mut Check<'_, V>,
    association: &Association,
) -> Result<(), StoreError> {
    if association.association_type != AssociationType::Apnd {
        return Ok(());
    }
    let transforms = |other: &Association| {
        other.source == association.target
            && matches!(
                other.association_type,
                AssociationType::Xfrm | AssociationType::XfrmRplc
            )
    };
    let submitted = check.submission.associations.iter().any(transforms);
    if submitted
        || check
            .view
            .associations_from(&association.target)?
            .iter()
            .any(transforms)
    {
        check.refuse(
            ErrorCode::XdsRegistryMetadataError,
            format!("{}: APND to a transformation", association.entry_uuid),
        );
    }
    Ok(())
}
