//! Which envelope segment may follow which, and whether the counts are right.

use super::problem::ProblemKind;

/// What was seen of the present file and batch. Every method says what is wrong with the step.
#[derive(Clone, Default)]
pub(super) struct Order {
    file_open: bool,
    /// A batch is open, begun by BHS or, without one, by its first message.
    batch: Option<Batch>,
    /// Batches of this file that BHS began.
    begun: u64,
    /// Batches of this file without BHS.
    implied: u64,
    /// Batches of all files read.
    all: u64,
    /// Messages of all files read.
    messages: u64,
}

#[derive(Clone, Copy, Default)]
struct Batch {
    has_header: bool,
    messages: u64,
}

impl Order {
    /// FHS.
    pub(super) fn file_header(&mut self) -> Vec<ProblemKind> {
        let found = self.end_of_file();
        self.file_open = true;
        found
    }

    /// BHS.
    pub(super) fn batch_header(&mut self) -> Vec<ProblemKind> {
        let found = self.close_batch();
        self.begun += 1;
        self.all += 1;
        self.batch = Some(Batch {
            has_header: true,
            messages: 0,
        });
        found
    }

    /// MSH. The flag says that nothing is around the message.
    pub(super) fn message(&mut self) -> bool {
        self.messages += 1;
        if self.batch.is_none() {
            self.implied += 1;
            self.all += 1;
        }
        let batch = self.batch.get_or_insert_default();
        batch.messages += 1;
        !batch.has_header && !self.file_open
    }

    /// BTS with its count.
    pub(super) fn batch_trailer(&mut self, declared: Option<u64>) -> Vec<ProblemKind> {
        let batch = self.batch.take().unwrap_or_default();
        let mut found = Vec::new();
        if !batch.has_header {
            found.push(ProblemKind::MissingBatchHeader);
        }
        if let Some(declared) = declared.filter(|&declared| declared != batch.messages) {
            found.push(ProblemKind::MessageCount {
                declared,
                found: batch.messages,
            });
        }
        found
    }

    /// FTS with its count. A batch without BHS may be counted or not.
    pub(super) fn file_trailer(&mut self, declared: Option<u64>) -> Vec<ProblemKind> {
        let mut found = self.close_batch();
        if !self.file_open {
            found.push(ProblemKind::MissingFileHeader);
        }
        let all = self.begun + self.implied;
        if let Some(declared) = declared.filter(|&count| count != self.begun && count != all) {
            found.push(ProblemKind::BatchCount {
                declared,
                found: all,
            });
        }
        (self.file_open, self.begun, self.implied) = (false, 0, 0);
        found
    }

    /// The input ends, or another file begins.
    pub(super) fn end_of_file(&mut self) -> Vec<ProblemKind> {
        let mut found = self.close_batch();
        if self.file_open {
            found.push(ProblemKind::MissingFileTrailer);
        }
        (self.file_open, self.begun, self.implied) = (false, 0, 0);
        found
    }

    fn close_batch(&mut self) -> Vec<ProblemKind> {
        match self.batch.take() {
            Some(batch) if batch.has_header => vec![ProblemKind::MissingBatchTrailer],
            _ => Vec::new(),
        }
    }

    pub(super) fn batches(&self) -> u64 {
        self.all
    }

    pub(super) fn messages(&self) -> u64 {
        self.messages
    }
}
