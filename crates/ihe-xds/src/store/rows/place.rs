//! Where an object lies.

use super::super::StoreError;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Document,
    SubmissionSet,
    Folder,
    Association,
}

const KINDS: [Kind; 4] = [
    Kind::Document,
    Kind::SubmissionSet,
    Kind::Folder,
    Kind::Association,
];

/// Bits of an object's own number.
const OWN: u32 = 30;
/// Bits of its kind.
const KIND: u32 = 2;

/// The number of the patient (31 bits), the kind (2), and its own number in the order of registration (30): the
/// objects of one patient and kind lie side by side, and are read in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place(pub(crate) i64);

impl Place {
    /// Before the first place of this patient and kind.
    ///
    /// # Errors
    /// A number of a patient out of range: from 1 to 2^31 - 1.
    pub(crate) fn before(patient: i64, kind: Kind) -> Result<Place, StoreError> {
        match (1..1 << 31).contains(&patient) {
            true => Ok(Place((patient << KIND | kind as i64) << OWN)),
            false => Err(StoreError::Failed("no more numbers for patients".into())),
        }
    }

    /// The last place that this one's patient and kind can have.
    pub(crate) fn last(self) -> Place {
        Place(self.0 | ((1 << OWN) - 1))
    }

    /// The place after this one.
    ///
    /// # Errors
    /// It was the last.
    pub(crate) fn next(self) -> Result<Place, StoreError> {
        match self == self.last() {
            false => Ok(Place(self.0 + 1)),
            true => Err(StoreError::Failed("no more places for a patient".into())),
        }
    }

    pub(crate) fn kind(self) -> Kind {
        KINDS[usize::try_from(self.0 >> OWN & 3).unwrap_or(0)]
    }

    /// The number of its patient.
    #[cfg(any(feature = "sqlite", test))]
    pub(crate) fn patient(self) -> i64 {
        self.0 >> (KIND + OWN)
    }
}
