//! Small numbers for domains.

use hl7v2::datatype::Hd;

use crate::store::authority_key;

/// The domains ever seen, in the order in which they came.
#[derive(Default)]
pub(crate) struct Domains {
    known: Vec<(String, Hd)>,
}

impl Domains {
    /// The number of a domain; authorities are the same by universal id, or by namespace where there is none.
    pub(crate) fn number(&self, authority: &Hd) -> Option<u16> {
        let key = authority_key(authority);
        let place = self.known.iter().position(|(known, _)| *known == key)?;
        u16::try_from(place).ok()
    }

    /// The authority with this number.
    pub(crate) fn authority(&self, number: u16) -> Hd {
        let known = self.known.get(usize::from(number));
        known.map(|(_, hd)| hd.clone()).unwrap_or_default()
    }

    /// Gives a domain the next number; `None` when there are no more.
    pub(crate) fn add(&mut self, authority: &Hd) -> Option<u16> {
        let number = u16::try_from(self.known.len()).ok()?;
        self.known
            .push((authority_key(authority), authority.clone()));
        Some(number)
    }
}
