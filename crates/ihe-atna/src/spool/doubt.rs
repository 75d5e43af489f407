//! ITI-20 whether a repository refuses a record. Syslog has no answer (ATNA-R-030): a repository
//! that cannot bear a record closes the connection, and so does one that is restarted. After three
//! breaks in the same place fewer records are sent on a connection, down to one. A record that
//! breaks three connections alone is set aside only if the one behind it is taken.

use std::io;

const BREAKS: u32 = 3;
const FEW: usize = 1024;

/// What a sender thinks of the records it repeats.
#[derive(Debug, Default)]
pub(crate) struct Doubt {
    breaks: u32,
    /// Where the last connection broke: number of the first record to be sent again.
    place: u64,
    most: Option<usize>,
    until: u64,
}

impl Doubt {
    /// A connection broke; `restart` is where the next one begins, `sent` where this one was.
    pub(crate) fn broke(&mut self, restart: u64, sent: u64) {
        if restart != self.place {
            self.breaks = 0;
            self.place = restart;
        }
        self.breaks += 1;
        if self.breaks < BREAKS {
            return;
        }
        self.until = self.until.max(sent);
        match self.most {
            Some(1) => {}
            Some(most) => self.narrow(most / 2),
            None => self.narrow(FEW),
        }
    }

    fn narrow(&mut self, most: usize) {
        self.most = Some(most);
        self.breaks = if most == 1 { 0 } else { BREAKS - 1 };
    }

    /// A connection was closed in order after everything before `sent`.
    pub(crate) fn passed(&mut self, sent: u64) {
        self.breaks = 0;
        if sent >= self.until {
            *self = Doubt::default();
        }
    }

    /// Records on one connection, at most.
    pub(crate) fn most(&self) -> usize {
        self.most.unwrap_or(usize::MAX)
    }

    /// Whether the record alone is to blame, or the line: the one behind it will tell.
    pub(crate) fn wants_probe(&self) -> bool {
        self.most == Some(1) && self.breaks >= BREAKS
    }

    /// Whether a connection that ended so may have met a record it cannot bear. An alert is about
    /// certificates.
    pub(crate) fn is_break(error: &io::Error) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let kinds = [
            BrokenPipe,
            ConnectionAborted,
            ConnectionReset,
            UnexpectedEof,
        ];
        let inner = error.get_ref();
        let alert = inner.is_some_and(|inner| inner.is::<rustls::Error>());
        !alert && kinds.contains(&error.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atna_r_025_the_record_that_breaks_connections_is_found_in_a_few_steps() {
        let (mut doubt, bad) = (Doubt::default(), 4321);
        let (mut at, last, mut connections) = (1_u64, 6000, 0);
        while !doubt.wants_probe() {
            connections += 1;
            let until = at.max(last.min(at.saturating_add(doubt.most() as u64)));
            if (at..until).contains(&bad) {
                doubt.broke(at, until);
            } else {
                at = until;
                doubt.passed(at);
            }
        }
        assert_eq!(at, bad);
        assert!(connections < 120, "{connections}");
    }

    #[test]
    fn atna_r_025_breaks_that_get_further_each_time_raise_no_doubt() {
        let mut doubt = Doubt::default();
        for restart in 1..100 {
            doubt.broke(restart, restart + 1000);
            assert_eq!(doubt.most(), usize::MAX);
        }
    }
}
