//! ITI-20 when records were written, for the age of the oldest: a bounded number of marks, which
//! grow sparser as more records wait.

use std::collections::VecDeque;

const MOST: usize = 1024;

/// Numbers and times in ms of some records, in order; exact up to 1024 records.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    marks: VecDeque<(u64, u64)>,
    stride: u64,
}

impl Default for Marks {
    fn default() -> Marks {
        let marks = VecDeque::new();
        Marks { marks, stride: 1 }
    }
}

impl Marks {
    /// Notes the time of a record; numbers grow.
    pub(crate) fn note(&mut self, sequence: u64, time_ms: u64) {
        let last = self.marks.back();
        if last.is_some_and(|(noted, _)| sequence < noted + self.stride) {
            return;
        }
        if self.marks.len() == MOST {
            self.thin_out();
        }
        self.marks.push_back((sequence, time_ms));
    }

    fn thin_out(&mut self) {
        let mut index = 0;
        self.marks.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        self.stride *= 2;
    }

    /// Forgets what is older than this record.
    pub(crate) fn forget(&mut self, before: u64) {
        while self.marks.get(1).is_some_and(|(next, _)| *next <= before) {
            self.marks.pop_front();
        }
        if self.marks.len() <= 1 {
            self.stride = 1;
        }
    }

    /// The time of this record or of one shortly before it.
    pub(crate) fn time(&self, sequence: u64) -> Option<u64> {
        let after = self.marks.partition_point(|(noted, _)| *noted <= sequence);
        let found = self.marks.get(after.saturating_sub(1));
        found.map(|(_, time)| *time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_025_ages_of_millions_of_waiting_records_take_no_more_room_than_of_a_thousand() {
        let mut marks = Marks::default();
        for sequence in 1..=3_000_000 {
            marks.note(sequence, sequence * 10);
        }
        assert!(marks.marks.len() <= MOST);
        let time = marks.time(1_500_000).expect("noted");
        assert!((14_900_000..=15_000_000).contains(&time), "{time}");
        marks.forget(2_999_999);
        assert!(marks.marks.len() <= 2);
        marks.forget(3_100_000);
        marks.note(3_100_000, 7);
        marks.note(3_100_001, 8);
        assert_eq!(marks.time(3_100_000), Some(7));
        assert_eq!(marks.time(3_100_001), Some(8));
    }
}
