//! What operators do, and Sources that link: link, unlink, move, deactivate, decide a review (ITI-30 A24, A37).

use std::sync::Arc;

use hl7v2::ack::Location;
use hl7v2::datatype::Cx;

use super::refusal::{full, refuse, unknown_key};
use super::{Bond, Happened, Result, Work, Write};
use crate::identity::ReviewState;
use crate::index::Standing;
use crate::matching::Features;
use crate::store::ApplyError;

impl Work<'_> {
    /// Links two ids; one that nobody knows is linked when it appears (V2-R-082).
    pub(super) fn link(&mut self, a: &Cx, b: &Cx) -> Result<(), ApplyError> {
        let (a, b) = (self.announced(a)?, self.announced(b)?);
        if a != b && self.engine.bonds.between(a, b) != Some(Bond::Same) {
            self.same(a, b);
        }
        Ok(())
    }

    /// The row of an id; one that nobody knows is announced, and no patient by that.
    fn announced(&mut self, id: &Cx) -> Result<u32> {
        let domain = self.domain(id)?;
        if let Some(row) = self.engine.index.find(domain, &id.id) {
            return Ok(row);
        }
        let features = Features::default();
        let row = self.engine.index.insert(domain, &id.id, features);
        let row = row.ok_or_else(full)?;
        self.engine.index.set_standing(row, Standing::Announced);
        self.appeared(row);
        self.writes.push(Write::Identity {
            row,
            domain,
            id: id.id.clone(),
            record: Arc::default(),
            features,
            standing: Standing::Announced,
            person: row,
        });
        Ok(row)
    }

    /// Parts two ids for good. Two that are not linked stay as they are.
    pub(super) fn unlink(&mut self, a: &Cx, b: &Cx) -> Result<(), ApplyError> {
        let (Some(a), Some(b)) = (self.engine.row(a), self.engine.row(b)) else {
            return Ok(());
        };
        let linked =
            self.engine.are_one(a, b) || self.engine.bonds.between(a, b) == Some(Bond::Same);
        if a != b && linked {
            self.part(a, &[b]);
        }
        Ok(())
    }

    /// States that a row is none of these, and groups all of them anew.
    fn part(&mut self, row: u32, others: &[u32]) {
        self.touch(row);
        let rows = self.engine.set(row);
        for other in others {
            self.touch(*other);
            self.state(row, *other, Some(Bond::Never));
            self.entry(row, Happened::Unlinked { with: *other });
        }
        self.regroup(&rows);
    }

    pub(super) fn move_to(&mut self, id: &Cx, to: &Cx) -> Result<(), ApplyError> {
        let (row, to) = (self.known(id)?, self.known(to)?);
        let others: Vec<u32> = self
            .engine
            .set(row)
            .into_iter()
            .filter(|other| *other != row)
            .collect();
        if row != to && !others.contains(&to) {
            self.part(row, &others);
            self.same(row, to);
        }
        Ok(())
    }

    pub(super) fn deactivate(&mut self, id: &Cx) -> Result<(), ApplyError> {
        let row = self.known(id)?;
        self.touch(row);
        let rows = self.engine.set(row);
        self.retire(row, None);
        self.entry(row, Happened::Deactivated);
        self.regroup(&rows);
        Ok(())
    }

    /// The row of an id in use, or a refusal.
    fn known(&self, id: &Cx) -> Result<u32, ApplyError> {
        let row = self.engine.active(id);
        if row.is_none() {
            let place = Location::field("PID", 1, 3).repetition(1).component(1);
            refuse(vec![unknown_key(place, "unknown patient id")])?;
        }
        Ok(row.unwrap_or_default())
    }

    pub(super) fn decide(&mut self, review: u64, one: bool) -> Result<(), ApplyError> {
        let Some(pair) = self.engine.reviews.open.remove(&review) else {
            let place = Location::segment("PID", 1);
            return refuse(vec![unknown_key(place, "no open review of this number")]);
        };
        let state = match one {
            true => ReviewState::Accepted,
            false => ReviewState::Rejected,
        };
        self.writes.push(Write::Decided {
            number: review,
            state,
        });
        match one {
            true => self.same(pair.a, pair.b),
            false => self.part(pair.a, &[pair.b]),
        }
        Ok(())
    }
}
