//! Objects as the rows to be written for them.

use super::{Kind, Place, Side, Tables, unique_id_key, uuid_key};
use crate::metadata::{Association, DocumentEntry, Folder, Status, Submission, SubmissionSet};
use crate::store::StoreError;
use crate::store::form::{self, Object};
use std::collections::{BTreeMap, HashMap};

/// An object's row.
pub(crate) struct New {
    pub(crate) place: Place,
    pub(crate) approved: bool,
    pub(crate) updated: Option<String>,
    pub(crate) form: Vec<u8>,
}

/// New rows of every table.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) objects: Vec<New>,
    pub(crate) uuids: BTreeMap<Vec<u8>, Place>,
    pub(crate) unique_ids: Vec<(Vec<u8>, Place)>,
    /// Object, which end it is, association.
    pub(crate) links: Vec<(Place, Side, Place)>,
    /// The last place used of those that begin after this one.
    last: HashMap<Place, Place>,
    patients: HashMap<String, i64>,
}

impl Batch {
    /// Everything of a submission.
    pub(crate) fn of(tables: &impl Tables, submission: &Submission) -> Result<Batch, StoreError> {
        let mut batch = Batch::default();
        let set = &submission.submission_set;
        batch.submission_set(tables, set)?;
        for entry in &submission.documents {
            batch.document(tables, entry)?;
        }
        for folder in &submission.folders {
            batch.folder(tables, folder)?;
        }
        let patient = batch.patient(tables, &set.patient_id)?;
        for association in &submission.associations {
            batch.association(tables, association, patient)?;
        }
        for association in &submission.associations {
            batch.link(tables, association)?;
        }
        Ok(batch)
    }

    pub(crate) fn submission_set(
        &mut self,
        tables: &impl Tables,
        set: &SubmissionSet,
    ) -> Result<(), StoreError> {
        let patient = self.patient(tables, &set.patient_id)?;
        let place = self.object(
            tables,
            (patient, Kind::SubmissionSet),
            set,
            (set.status, None),
        )?;
        self.named(&set.entry_uuid, Some(&set.unique_id), place)
    }

    pub(crate) fn document(
        &mut self,
        tables: &impl Tables,
        entry: &DocumentEntry,
    ) -> Result<(), StoreError> {
        let patient = self.patient(tables, &entry.patient_id)?;
        let place = self.object(
            tables,
            (patient, Kind::Document),
            entry,
            (entry.status, None),
        )?;
        self.named(&entry.entry_uuid, Some(&entry.unique_id), place)
    }

    pub(crate) fn folder(
        &mut self,
        tables: &impl Tables,
        folder: &Folder,
    ) -> Result<(), StoreError> {
        let patient = self.patient(tables, &folder.patient_id)?;
        let columns = (folder.status, folder.last_update_time.clone());
        let place = self.object(tables, (patient, Kind::Folder), folder, columns)?;
        self.named(&folder.entry_uuid, Some(&folder.unique_id), place)
    }

    /// An association lies with the objects of a patient, though it names none.
    pub(crate) fn association(
        &mut self,
        tables: &impl Tables,
        association: &Association,
        patient: i64,
    ) -> Result<(), StoreError> {
        let columns = (association.status, None);
        let place = self.object(tables, (patient, Kind::Association), association, columns)?;
        self.named(&association.entry_uuid, None, place)
    }

    /// Leads from both ends of an association to it. The rules see to it that both are there; an end that is not
    /// cannot be followed.
    pub(crate) fn link(
        &mut self,
        tables: &impl Tables,
        association: &Association,
    ) -> Result<(), StoreError> {
        let Some(own) = self.find(tables, &association.entry_uuid)? else {
            return Ok(());
        };
        for (side, object) in [
            (Side::Source, &association.source),
            (Side::Target, &association.target),
        ] {
            let found = self.find(tables, object)?;
            self.links.extend(found.map(|object| (object, side, own)));
        }
        Ok(())
    }

    fn find(&self, tables: &impl Tables, entry_uuid: &str) -> Result<Option<Place>, StoreError> {
        let key = uuid_key(entry_uuid);
        match self.uuids.get(&key) {
            Some(place) => Ok(Some(*place)),
            None => tables.place(&key),
        }
    }

    fn patient(&mut self, tables: &impl Tables, id: &str) -> Result<i64, StoreError> {
        if let Some(number) = self.patients.get(id) {
            return Ok(*number);
        }
        let number = tables.number(id)?;
        self.patients.insert(id.to_owned(), number);
        Ok(number)
    }

    fn object(
        &mut self,
        tables: &impl Tables,
        (patient, kind): (i64, Kind),
        object: &impl Object,
        (status, updated): (Status, Option<String>),
    ) -> Result<Place, StoreError> {
        let before = Place::before(patient, kind)?;
        let last = match self.last.get(&before) {
            Some(last) => *last,
            None => tables
                .last_between(before, before.last())?
                .unwrap_or(before),
        };
        let place = last.next()?;
        self.last.insert(before, place);
        self.objects.push(New {
            place,
            approved: status == Status::Approved,
            updated,
            form: form::encode(object),
        });
        Ok(place)
    }

    fn named(
        &mut self,
        entry_uuid: &str,
        unique_id: Option<&String>,
        place: Place,
    ) -> Result<(), StoreError> {
        let unique_id = unique_id.map(|id| (unique_id_key(id), place));
        self.unique_ids.extend(unique_id);
        match self.uuids.insert(uuid_key(entry_uuid), place) {
            None => Ok(()),
            Some(_) => Err(StoreError::Failed("an entryUUID is there twice".into())),
        }
    }
}
