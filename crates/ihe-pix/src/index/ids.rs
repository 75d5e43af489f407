//! Ids by their text: exact, in an arena without an allocation per id.

use std::hash::{BuildHasher, RandomState};

use super::chain::Chain;

/// All ids ever given to a row. A row is the place of an identity, counted from 0 without gaps.
#[derive(Default)]
pub(super) struct Ids {
    /// The id texts one after the other.
    text: Vec<u8>,
    /// Where the text of each row ends, and of which domain it is.
    rows: Vec<(u32, u16)>,
    by_text: Chain,
    /// Keyed anew in each process: nobody can choose ids that all fall on one bucket.
    hasher: RandomState,
}

impl Ids {
    /// The row of this id.
    pub(super) fn find(&self, domain: u16, id: &str) -> Option<u32> {
        let wanted = (domain, id.as_bytes());
        self.by_text
            .rows(hash(&self.hasher, wanted))
            .find(|row| self.raw(*row) == wanted)
    }

    /// The domain and the text of a row.
    pub(super) fn id(&self, row: u32) -> (u16, &str) {
        let (domain, text) = self.raw(row);
        (domain, std::str::from_utf8(text).unwrap_or_default())
    }

    /// Adds an id that is not known yet as the next row; `None` when there is no room for more: four thousand million
    /// bytes of ids.
    pub(super) fn push(&mut self, domain: u16, id: &str) -> Option<u32> {
        let row = u32::try_from(self.rows.len())
            .ok()
            .filter(|row| *row < u32::MAX)?;
        let end = u32::try_from(self.text.len() + id.len()).ok()?;
        self.text.extend_from_slice(id.as_bytes());
        self.rows.push((end, domain));
        let hash_of = |row| hash(&self.hasher, raw(&self.text, &self.rows, row));
        self.by_text.insert(row, hash_of(row), hash_of);
        Some(row)
    }

    fn raw(&self, row: u32) -> (u16, &[u8]) {
        raw(&self.text, &self.rows, row)
    }
}

fn raw<'a>(text: &'a [u8], rows: &[(u32, u16)], row: u32) -> (u16, &'a [u8]) {
    let row = row as usize;
    let end_of = |row: usize| rows.get(row).map_or(0, |(end, _)| *end as usize);
    let start = row.checked_sub(1).map_or(0, end_of);
    let domain = rows.get(row).map_or(0, |(_, domain)| *domain);
    (domain, text.get(start..end_of(row)).unwrap_or_default())
}

fn hash(hasher: &RandomState, id: (u16, &[u8])) -> u32 {
    hasher.hash_one(id) as u32
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn every_id_is_found_in_its_own_domain_only() {
        let mut ids = Ids::default();
        for n in 0..5000_u32 {
            let row = ids.push((n % 3) as u16, &format!("{n:07}"));
            assert_eq!(row, Some(n));
        }
        for n in 0..5000_u32 {
            let (domain, text) = ((n % 3) as u16, format!("{n:07}"));
            assert_eq!(ids.find(domain, &text), Some(n));
            assert_eq!(ids.find(domain + 1, &text), None);
            assert_eq!(ids.id(n), (domain, text.as_str()));
        }
        assert_eq!(ids.find(0, ""), None);
    }

    #[test]
    fn leading_zeros_and_nul_bytes_count() {
        let mut ids = Ids::default();
        let first = ids.push(0, "0042");
        let second = ids.push(0, "42");
        let third = ids.push(0, "42\0");
        assert_eq!((ids.find(0, "0042"), ids.find(0, "42")), (first, second));
        assert_eq!(ids.find(0, "42\0"), third);
        assert_eq!(ids.find(0, "042"), None);
    }
}
