//! What Sources do: register, update, merge, change an id (ITI-8, ITI-30).

use std::sync::Arc;

use hl7v2::ack::{Location, Problem};
use hl7v2::datatype::Cx;

use super::refusal::{duplicate_key, full, refuse, unknown_key};
use super::{Bond, Happened, Result, Work, Write};
use crate::PatientRecord;
use crate::identity::Merge;
use crate::index::Standing;
use crate::matching::Features;
use crate::store::ApplyError;

fn pid() -> Location {
    Location::field("PID", 1, 3)
}

impl Work<'_> {
    /// A registration of an id that was merged away brings it back: the Source says that it is in use. As a further id
    /// of PID-3 it does not come back: whoever linked to it has not yet heard of the merge.
    pub(super) fn register(&mut self, patient: &PatientRecord) -> Result<(), ApplyError> {
        self.refuse_retired(patient.ids.iter().skip(1))?;
        Ok(self.upsert_all(patient)?)
    }

    /// An id that was merged away, or is no longer in use, takes no update.
    pub(super) fn update(&mut self, patient: &PatientRecord) -> Result<(), ApplyError> {
        self.refuse_retired(patient.ids.iter())?;
        Ok(self.upsert_all(patient)?)
    }

    fn refuse_retired<'i>(&self, ids: impl Iterator<Item = &'i Cx>) -> Result<(), ApplyError> {
        let retired = ids.filter(|id| self.standing(id) == Some(Standing::Retired));
        let text = "the id was merged into another or is no longer in use";
        refuse(retired.map(|_| unknown_key(pid(), text)).collect())
    }

    fn standing(&self, id: &Cx) -> Option<Standing> {
        self.engine.index.standing(self.engine.row(id)?)
    }

    /// Ids of one PID-3 are one person.
    fn upsert_all(&mut self, patient: &PatientRecord) -> Result<()> {
        let rows: Vec<u32> = patient
            .ids
            .iter()
            .map(|id| self.upsert(id, patient))
            .collect::<Result<_>>()?;
        self.one_person(&rows);
        Ok(())
    }

    pub(super) fn one_person(&mut self, rows: &[u32]) {
        let Some((first, others)) = rows.split_first() else {
            return;
        };
        for other in others {
            let new = self.engine.bonds.between(*first, *other) != Some(Bond::Same);
            if new && first != other {
                self.same(*first, *other);
            }
        }
    }

    /// States that two rows in use are one person.
    pub(super) fn same(&mut self, a: u32, b: u32) {
        self.touch(a);
        self.touch(b);
        self.state(a, b, Some(Bond::Same));
        self.entry(a, Happened::Linked { with: b });
        let rows = [self.engine.set(a), self.engine.set(b)].concat();
        self.regroup(&rows);
    }

    fn upsert(&mut self, id: &Cx, patient: &PatientRecord) -> Result<u32> {
        match self.engine.active(id) {
            Some(row) => {
                let old = self.records.record(row)?;
                self.change(row, &old, patient)?;
                Ok(row)
            }
            None => self.appear(id, PatientRecord::default().updated_by(patient)),
        }
    }

    fn change(&mut self, row: u32, old: &PatientRecord, patient: &PatientRecord) -> Result<()> {
        let new = old.updated_by(patient);
        if new == *old {
            return Ok(());
        }
        let features = Features::of(&new);
        self.writes.push(Write::Record {
            row,
            record: Arc::new(new),
            features,
        });
        self.entry(row, Happened::Updated);
        if self.engine.index.features(row) != Some(&features) {
            self.touch(row);
            let before = self.engine.set(row);
            self.engine.index.set_features(row, features);
            self.regroup(&before);
            if self.engine.set(row).len() < before.len() {
                self.entry(row, Happened::Parted);
            }
            self.place(row);
        }
        Ok(())
    }

    /// An id comes into use, for the first time or again.
    fn appear(&mut self, id: &Cx, record: PatientRecord) -> Result<u32> {
        let features = Features::of(&record);
        let (row, domain) = self.row_for(id, features)?;
        self.appeared(row);
        self.writes.push(Write::Identity {
            row,
            domain,
            id: id.id.clone(),
            record: Arc::new(record),
            features,
            standing: Standing::Active,
            person: row,
        });
        self.entry(row, Happened::Registered);
        self.hold_to_bonds(row);
        self.place(row);
        Ok(row)
    }

    fn row_for(&mut self, id: &Cx, features: Features) -> Result<(u32, u16)> {
        let domain = self.domain(id)?;
        if let Some(row) = self.engine.index.find(domain, &id.id) {
            self.engine.successors.remove(&row);
            self.engine.index.set_features(row, features);
            self.engine.index.set_standing(row, Standing::Active);
            return Ok((row, domain));
        }
        let row = self.engine.index.insert(domain, &id.id, features);
        Ok((row.ok_or_else(full)?, domain))
    }

    pub(super) fn domain(&mut self, id: &Cx) -> Result<u16> {
        let authority = &id.assigning_authority;
        if let Some(number) = self.engine.domains.number(authority) {
            return Ok(number);
        }
        let number = self.engine.domains.add(authority).ok_or_else(full)?;
        self.writes.push(Write::Domain {
            number,
            authority: authority.clone(),
        });
        Ok(number)
    }

    /// What was stated of this row before it appeared.
    fn hold_to_bonds(&mut self, row: u32) {
        let bonds = self.engine.bonds.of(row);
        let same: Vec<u32> = bonds
            .filter(|(_, bond)| *bond == Bond::Same)
            .map(|(other, _)| other)
            .collect();
        let rows: Vec<u32> = same
            .iter()
            .flat_map(|other| self.engine.set(*other))
            .collect();
        if !rows.is_empty() {
            self.regroup(&[rows, vec![row]].concat());
        }
    }

    /// Merges ids into others (V2-R-014, V2-R-080). One done before is no error and no action (V2-R-004).
    pub(super) fn merge(
        &mut self,
        patient: &PatientRecord,
        merges: &[Merge],
        lenient: bool,
    ) -> Result<(), ApplyError> {
        self.refuse_retired(patient.ids.iter())?;
        let open = self.open_merges(merges, lenient)?;
        if open.is_empty() && lenient {
            return Ok(());
        }
        let survivors = self.survivors(patient, &open)?;
        self.one_person(&survivors);
        // A fault for testing the conformance suite.
        if cfg!(renkei_fault = "pix-manager-merge-forgotten") {
            return Ok(());
        }
        for (merge, subsumed) in open {
            if let Some(survivor) = self.engine.active(&merge.survivor) {
                self.subsume(subsumed, survivor);
            }
        }
        Ok(())
    }

    /// The merges still to be done, with the row that goes.
    fn open_merges<'m>(
        &self,
        merges: &'m [Merge],
        lenient: bool,
    ) -> Result<Vec<(&'m Merge, u32)>, ApplyError> {
        let mut open: Vec<(&Merge, u32)> = Vec::new();
        let mut problems = Vec::new();
        for merge in merges {
            match self.engine.active(&merge.subsumed) {
                Some(row) if open.iter().any(|(_, one)| *one == row) => {}
                Some(row) => open.push((merge, row)),
                None if lenient || self.became(&merge.subsumed, &merge.survivor) => {}
                None => problems.push(unknown_key(merge.subsumed_place(), "unknown patient id")),
            }
        }
        problems.extend(self.both_ways(&open));
        refuse(problems)?;
        Ok(open)
    }

    /// An id that is to go, and is to stay in the same message.
    fn both_ways(&self, open: &[(&Merge, u32)]) -> Vec<Problem> {
        let stays = |row: u32| {
            let survivor = |(merge, _): &(&Merge, u32)| self.engine.active(&merge.survivor);
            open.iter().any(|pair| survivor(pair) == Some(row))
        };
        open.iter()
            .filter(|(_, row)| stays(*row))
            .map(|(merge, _)| {
                duplicate_key(merge.subsumed_place(), "the id is also the one that stays")
            })
            .collect()
    }

    fn became(&self, gone: &Cx, survivor: &Cx) -> bool {
        let (Some(gone), Some(survivor)) = (self.engine.row(gone), self.engine.row(survivor))
        else {
            return false;
        };
        self.engine.successors.get(&gone) == Some(&survivor)
    }

    /// The ids of PID-3. One not known before starts with what the id merged into it had.
    fn survivors(&mut self, patient: &PatientRecord, open: &[(&Merge, u32)]) -> Result<Vec<u32>> {
        let mut rows = Vec::with_capacity(patient.ids.len());
        for id in &patient.ids {
            let row = match self.engine.active(id) {
                Some(row) => row,
                None => {
                    let gone = open.iter().find(|(merge, _)| merge.survivor == *id);
                    let old = match gone {
                        Some((_, row)) => self.records.record(*row)?,
                        None => PatientRecord::default(),
                    };
                    self.appear(id, old.updated_by(patient))?
                }
            };
            rows.push(row);
        }
        Ok(rows)
    }

    /// One row goes into another with all that was stated of it.
    fn subsume(&mut self, gone: u32, survivor: u32) {
        self.touch(gone);
        self.touch(survivor);
        let rows = [self.engine.set(gone), self.engine.set(survivor)].concat();
        let bonds: Vec<(u32, Bond)> = self.engine.bonds.of(gone).collect();
        for (other, bond) in bonds {
            self.state(gone, other, None);
            if other != survivor && self.engine.bonds.between(survivor, other).is_none() {
                self.state(survivor, other, Some(bond));
            }
        }
        self.retire(gone, Some(survivor));
        self.entry(gone, Happened::Became { survivor });
        self.regroup(&rows);
        self.place(survivor);
    }

    pub(super) fn retire(&mut self, row: u32, successor: Option<u32>) {
        self.engine.index.set_standing(row, Standing::Retired);
        if let Some(successor) = successor {
            self.engine.successors.insert(row, successor);
        }
        self.writes.push(Write::Standing {
            row,
            standing: Standing::Retired,
            successor,
        });
    }

    /// Ids become ids that nobody has (V2-R-081).
    pub(super) fn change_id(&mut self, pairs: &[Merge]) -> Result<(), ApplyError> {
        let open: Vec<(&Merge, u32)> = pairs
            .iter()
            .filter_map(|pair| Some((pair, self.engine.active(&pair.subsumed)?)))
            .collect();
        let taken = open.iter().filter(|(pair, _)| {
            self.engine
                .row(&pair.survivor)
                .is_some_and(|row| self.is_taken(row))
        });
        let text = "the new id belongs to a patient already";
        refuse(taken.map(|_| duplicate_key(pid(), text)).collect())?;
        for (pair, gone) in open {
            let record = self.records.record(gone).map_err(ApplyError::Store)?;
            let survivor = self.appear(&pair.survivor, record)?;
            self.subsume(gone, survivor);
        }
        Ok(())
    }

    /// An id that was only announced by a link belongs to nobody yet.
    fn is_taken(&self, row: u32) -> bool {
        self.engine.index.standing(row) != Some(Standing::Announced)
    }
}
