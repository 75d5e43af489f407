//! From what a store remembers back to what the engine knows.

use super::{Engine, Result, Stored};
use crate::identity::ReviewState;
use crate::index::Standing;
use crate::store::StoreError;

impl Engine {
    /// Takes in one thing remembered; see [`Stored`] for the order.
    pub(crate) fn load(&mut self, stored: Stored) -> Result<()> {
        match stored {
            Stored::Domain { number, authority } => {
                let given = self.domains.add(&authority);
                in_order(given == Some(number))?;
            }
            Stored::Bond { pair, bond } => self.bonds.set(pair, Some(bond)),
            Stored::Review {
                number,
                pair,
                state,
            } => {
                self.reviews.last = self.reviews.last.max(number);
                self.reviews.by_pair.insert(pair, number);
                if state == ReviewState::Open {
                    self.reviews.open.insert(number, pair);
                }
            }
            Stored::Entry { number, row, other } => {
                self.last_entry = number;
                for row in other.into_iter().chain([row]) {
                    self.index.set_journal(row, number);
                }
            }
            Stored::LastChange(number) => self.last_change = number,
            identity @ Stored::Identity { .. } => self.load_identity(identity)?,
        }
        Ok(())
    }

    fn load_identity(&mut self, stored: Stored) -> Result<()> {
        let Stored::Identity {
            row,
            domain,
            id,
            features,
            standing,
            successor,
            person,
        } = stored
        else {
            return Ok(());
        };
        let given = self.index.insert(domain, &id, features);
        in_order(given == Some(row))?;
        if standing != Standing::Active {
            self.index.set_standing(row, standing);
        } else if person < row {
            self.index.join(person, row);
        }
        if let Some(successor) = successor {
            self.successors.insert(row, successor);
        }
        Ok(())
    }
}

fn in_order(holds: bool) -> Result<()> {
    let wrong = || StoreError::Failed("rows are missing or out of order".into());
    holds.then_some(()).ok_or_else(wrong)
}
