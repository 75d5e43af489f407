//! Rows as the objects they are.

use super::{Kind, Patient, Place, Row, Rows, Side, unique_id_key, uuid_key};
use crate::metadata::{Association, DocumentEntry, Folder, Status, SubmissionSet};
use crate::store::StoreError;
use crate::store::form::{self, Object};
use crate::store::view::{View, Visit};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// The state as the rows of one transaction say it is. Patients are looked up once.
pub(crate) struct Look<'a, R> {
    rows: &'a R,
    patients: RefCell<HashMap<String, Option<Patient>>>,
}

/// An object that a row holds.
pub(crate) trait Stored: Object {
    const KIND: Kind;
    fn of(row: Row<'_>) -> Result<Self, StoreError>;
}

fn status(row: Row<'_>) -> Status {
    match row.approved {
        true => Status::Approved,
        false => Status::Deprecated,
    }
}

macro_rules! stored {
    ($($type:ident $kind:ident)+) => {
        $(impl Stored for $type {
            const KIND: Kind = Kind::$kind;

            fn of(row: Row<'_>) -> Result<Self, StoreError> {
                let status = status(row);
                Ok(Self { status, ..form::decode(row.form)? })
            }
        })+
    };
}

stored!(DocumentEntry Document SubmissionSet SubmissionSet Association Association);

impl Stored for Folder {
    const KIND: Kind = Kind::Folder;

    fn of(row: Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            status: status(row),
            last_update_time: row.updated.map(str::to_owned),
            ..form::decode(row.form)?
        })
    }
}

impl<'a, R: Rows> Look<'a, R> {
    pub(crate) fn new(rows: &'a R) -> Self {
        let patients = RefCell::default();
        Self { rows, patients }
    }

    fn patient(&self, id: &str) -> Result<Option<Patient>, StoreError> {
        if let Some(known) = self.patients.borrow().get(id) {
            return Ok(known.clone());
        }
        let found = self.rows.patient(id)?;
        self.patients
            .borrow_mut()
            .insert(id.to_owned(), found.clone());
        Ok(found)
    }

    fn by_uuid<T: Stored>(&self, entry_uuid: &str) -> Result<Option<T>, StoreError> {
        let mut found = None;
        self.rows.at_uuid(&uuid_key(entry_uuid), &mut |row| {
            if row.place.kind() == T::KIND {
                found = Some(T::of(row)?);
            }
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    fn by_unique_id<T: Stored>(
        &self,
        unique_id: &str,
        own: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>, StoreError> {
        let mut found = Vec::new();
        self.rows
            .at_unique_id(&unique_id_key(unique_id), &mut |row| {
                if row.place.kind() == T::KIND {
                    found.extend(Some(T::of(row)?).filter(|one| own(one) == unique_id));
                }
                Ok(ControlFlow::Continue(()))
            })?;
        Ok(found)
    }

    fn of_patient<T: Stored>(
        &self,
        patient_id: &str,
        wanted: impl Fn(Row<'_>) -> bool,
        visit: Visit<'_, T>,
    ) -> Result<(), StoreError> {
        let Some(patient) = self.patient(patient_id)? else {
            return Ok(());
        };
        let first = Place::before(patient.number, T::KIND)?;
        self.rows.between(first, first.last(), &mut |row| {
            Ok(match wanted(row) {
                true => visit(T::of(row)?),
                false => ControlFlow::Continue(()),
            })
        })
    }

    fn linked(&self, entry_uuid: &str, side: Side) -> Result<Vec<Association>, StoreError> {
        let mut found = Vec::new();
        if let Some(place) = self.rows.place(&uuid_key(entry_uuid))? {
            self.rows.linked(place, side, &mut |row| {
                found.push(Association::of(row)?);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        Ok(found)
    }

    pub(crate) fn documents_after(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<DocumentEntry>, StoreError> {
        let after = after.map(uuid_key).unwrap_or_default();
        let mut page = Vec::new();
        self.rows.documents_after(&after, limit, &mut |row| {
            page.push(DocumentEntry::of(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(page)
    }
}

impl<R: Rows> View for Look<'_, R> {
    fn patient_row(&self, id: &str) -> Result<Option<Option<String>>, StoreError> {
        let fed = self.patient(id)?.filter(|patient| patient.fed);
        Ok(fed.map(|patient| patient.merged_into))
    }

    fn merged_into(&self, id: &str) -> Result<Vec<String>, StoreError> {
        self.rows.merged_into(id)
    }

    fn document(&self, entry_uuid: &str) -> Result<Option<DocumentEntry>, StoreError> {
        self.by_uuid(entry_uuid)
    }

    fn submission_set(&self, entry_uuid: &str) -> Result<Option<SubmissionSet>, StoreError> {
        self.by_uuid(entry_uuid)
    }

    fn folder(&self, entry_uuid: &str) -> Result<Option<Folder>, StoreError> {
        self.by_uuid(entry_uuid)
    }

    fn association(&self, entry_uuid: &str) -> Result<Option<Association>, StoreError> {
        self.by_uuid(entry_uuid)
    }

    fn documents_by_unique_id(&self, unique_id: &str) -> Result<Vec<DocumentEntry>, StoreError> {
        self.by_unique_id(unique_id, |entry: &DocumentEntry| &entry.unique_id)
    }

    fn sets_by_unique_id(&self, unique_id: &str) -> Result<Vec<SubmissionSet>, StoreError> {
        self.by_unique_id(unique_id, |set: &SubmissionSet| &set.unique_id)
    }

    fn folders_by_unique_id(&self, unique_id: &str) -> Result<Vec<Folder>, StoreError> {
        self.by_unique_id(unique_id, |folder: &Folder| &folder.unique_id)
    }

    fn associations_from(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError> {
        self.linked(entry_uuid, Side::Source)
    }

    fn associations_to(&self, entry_uuid: &str) -> Result<Vec<Association>, StoreError> {
        self.linked(entry_uuid, Side::Target)
    }

    fn documents_of_patient(
        &self,
        patient_id: &str,
        statuses: &[Status],
        visit: Visit<'_, DocumentEntry>,
    ) -> Result<(), StoreError> {
        self.of_patient(patient_id, |row| statuses.contains(&status(row)), visit)
    }

    fn sets_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, SubmissionSet>,
    ) -> Result<(), StoreError> {
        self.of_patient(patient_id, |_| true, visit)
    }

    fn folders_of_patient(
        &self,
        patient_id: &str,
        visit: Visit<'_, Folder>,
    ) -> Result<(), StoreError> {
        self.of_patient(patient_id, |_| true, visit)
    }

    /// One look instead of one for each kind.
    fn exists(&self, entry_uuid: &str) -> Result<bool, StoreError> {
        Ok(self.rows.place(&uuid_key(entry_uuid))?.is_some())
    }

    /// Nearly always nothing has the key, and one look says so.
    fn unique_id_used(&self, unique_id: &str) -> Result<bool, StoreError> {
        let mut used = false;
        self.rows
            .at_unique_id(&unique_id_key(unique_id), &mut |row| {
                used |= match row.place.kind() {
                    Kind::Document => DocumentEntry::of(row)?.unique_id == unique_id,
                    Kind::SubmissionSet => SubmissionSet::of(row)?.unique_id == unique_id,
                    Kind::Folder => Folder::of(row)?.unique_id == unique_id,
                    Kind::Association => false,
                };
                Ok(match used {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                })
            })?;
        Ok(used)
    }
}
