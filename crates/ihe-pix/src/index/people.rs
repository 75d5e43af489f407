//! Which rows are one person: a ring through the rows of each.

/// Rows grouped into persons. Every row is in exactly one, at first in its own.
#[derive(Default)]
pub(super) struct People {
    next: Vec<u32>,
}

impl People {
    /// One more row, a person of its own.
    pub(super) fn push(&mut self) {
        self.next.push(self.next.len() as u32);
    }

    /// The rows of this row's person, beginning with itself.
    pub(super) fn members(&self, row: u32) -> impl Iterator<Item = u32> + '_ {
        let next = move |one: &u32| self.next.get(*one as usize).copied();
        std::iter::successors(Some(row), move |one| next(one).filter(|two| *two != row))
    }

    /// Makes the persons of two rows one; nothing if they are.
    pub(super) fn join(&mut self, a: u32, b: u32) {
        let known = (a.max(b) as usize) < self.next.len();
        if known && !self.members(a).any(|row| row == b) {
            self.next.swap(a as usize, b as usize);
        }
    }

    /// Makes a row a person of its own again.
    pub(super) fn part(&mut self, row: u32) {
        let before = self.members(row).last();
        if let Some(before) = before.filter(|_| (row as usize) < self.next.len()) {
            self.next.swap(before as usize, row as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::People;

    fn sorted(people: &People, row: u32) -> Vec<u32> {
        let mut members: Vec<u32> = people.members(row).collect();
        members.sort_unstable();
        members
    }

    proptest! {
        #[test]
        fn joining_and_parting_keep_the_groups(steps in proptest::collection::vec((0_u32..20, 0_u32..20, any::<bool>()), 0..60)) {
            let mut people = People::default();
            (0..20).for_each(|_| people.push());
            let mut groups: Vec<Vec<u32>> = (0..20).map(|row| vec![row]).collect();
            for (a, b, join) in steps {
                let of = |groups: &[Vec<u32>], row| groups.iter().position(|group| group.contains(&row)).unwrap();
                let first = of(&groups, a);
                if join {
                    people.join(a, b);
                    let second = of(&groups, b);
                    if first != second {
                        let taken = std::mem::take(&mut groups[second]);
                        groups[first].extend(taken);
                    }
                } else {
                    people.part(a);
                    groups[first].retain(|row| *row != a);
                    groups.push(vec![a]);
                }
                groups.retain(|group| !group.is_empty());
            }
            for group in &mut groups {
                group.sort_unstable();
                for row in group.iter() {
                    prop_assert_eq!(sorted(&people, *row), group.clone());
                }
            }
        }
    }

    #[test]
    fn a_row_that_is_not_there_is_alone_and_joins_nobody() {
        let mut people = People::default();
        people.push();
        people.join(0, 7);
        people.part(9);
        assert_eq!(sorted(&people, 0), [0]);
    }
}
