//! The walk along a trail: chain, tree and checkpoints, each compared with what it says of the others.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::trail::TrailError;
use crate::trail::checkpoint::Checkpoint;
use crate::trail::files::{self, Listing, Name};
use crate::trail::frame::{self, Head, Kind};
use crate::trail::hash::{self, TrailHash};
use crate::trail::recover::LONGEST_BEGIN;
use crate::trail::segment::Begin;
use crate::trail::signer::TrailKey;
use crate::trail::stub::Stub;
use crate::trail::tree::Run;
use crate::trail::verify::report::{Filed, Finding, FindingKind, VerifyReport};
use crate::trail::verify::source::{Holds, Leaves, Plan, Sum, Summed};

const MOST_FINDINGS: usize = 1000;

pub(crate) struct Walk<'a> {
    pub(super) dir: &'a Path,
    pub(super) name: Name,
    pub(super) key: &'a TrailKey,
    pub(super) filed: Option<&'a Checkpoint>,
    pub(super) stubs: Vec<(u64, u64)>,
    pub(super) last_segment: Option<u64>,
    /// The segment or else the stub, and where in it.
    pub(super) segment: u64,
    pub(super) retired: (u64, u64),
    pub(super) offset: u64,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// The record that comes next.
    pub(super) next: u64,
    /// The chain head, from what the frame before stated; None: unknown, behind a hole.
    pub(super) stated: Option<TrailHash>,
    /// The chain head, from what was signed last; None: unknown.
    pub(super) signed: Option<TrailHash>,
    /// All before the segment, and the segment's records; None: unknown.
    pub(super) tree: Option<(Run, Run)>,
    /// Number and hash of the last checkpoint.
    pub(super) checkpoints: u64,
    pub(super) previous: Option<TrailHash>,
    /// The last record that a checkpoint covers, good or not.
    pub(super) covered: u64,
    /// Record and time of the last good checkpoint or stub.
    pub(super) mark: (u64, Option<DateTime<Utc>>),
    /// The latest time of receipt before here.
    pub(super) time: Option<DateTime<Utc>>,
    /// The segment is retired and only not yet removed.
    pub(super) left_over: bool,
    /// Findings from this one on do not know yet before which time they lie.
    pub(super) open: usize,
    pub(super) report: VerifyReport,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        dir: &'a Path,
        name: Name,
        key: &'a TrailKey,
        filed: Option<&'a Checkpoint>,
        plan: &Plan,
    ) -> Walk<'a> {
        let start = Some(name.chain_start());
        let report = VerifyReport {
            records: 0,
            last: 0,
            checkpoints: 0,
            signed: 0,
            checkpoint: None,
            stubs: Vec::new(),
            filed: Filed::NotGiven,
            torn: 0,
            cuts: plan.cuts.clone(),
            findings: Vec::new(),
            more: 0,
        };
        Walk {
            dir,
            name,
            key,
            filed,
            stubs: plan.stubs.clone(),
            last_segment: plan.last_segment(),
            segment: 0,
            retired: (0, 0),
            offset: 0,
            bytes: 0,
            next: 1,
            stated: start,
            signed: start,
            tree: Some((Run::empty(0), Run::empty(0))),
            checkpoints: 0,
            previous: Some(TrailHash::default()),
            covered: 0,
            mark: (0, None),
            time: None,
            left_over: false,
            open: 0,
            report,
        }
    }

    pub(super) fn find(
        &mut self,
        kind: FindingKind,
        (first, last): (u64, u64),
        what: impl Into<String>,
    ) {
        if self.report.findings.len() >= MOST_FINDINGS {
            self.report.more += 1;
            return;
        }
        let file = match (self.segment, self.retired) {
            (0, (0, _)) => String::new(),
            (0, (first, last)) => files::stub(first, last),
            (first, _) => files::segment(first),
        };
        self.report.findings.push(Finding {
            kind,
            file,
            offset: self.offset,
            first,
            last,
            after: self.time,
            before: None,
            what: what.into(),
        });
    }

    /// The chain and the tree cannot be followed over what is lost here.
    pub(super) fn lose(&mut self) {
        (self.stated, self.signed, self.tree) = (None, None, None);
    }

    pub(crate) fn take(&mut self, item: Summed) -> Result<(), TrailError> {
        match item {
            Summed::Segment(first) => self.enter(first)?,
            Summed::Gone(first) => self.gone(first)?,
            Summed::Broken(at, to, what) => self.broken(at, to, what),
            Summed::Failed(error) => return Err(error.into()),
            Summed::Frames(sums) => sums.into_iter().for_each(|sum| self.frame(sum)),
        }
        Ok(())
    }

    /// Goes to the beginning of a segment, over what was retired before it.
    fn enter(&mut self, first: u64) -> Result<(), TrailError> {
        self.pass_stubs(first)?;
        (self.segment, self.offset) = (first, 0);
        let retired = |stub: &Stub| (stub.first..=stub.last).contains(&first);
        self.left_over = self.report.stubs.iter().any(retired);
        Ok(())
    }

    fn pass_stubs(&mut self, first: u64) -> Result<(), TrailError> {
        while let Some(at) = self.stubs.iter().position(|stub| stub.0 <= first) {
            let ends = self.stubs.remove(at);
            (self.segment, self.retired, self.offset) = (0, ends, 0);
            match files::load_stub(self.dir, ends) {
                Ok(stub) => self.stub(stub, ends),
                Err(error @ TrailError::Io(_)) => return Err(error),
                Err(error) => self.find(FindingKind::Stub, ends, error.to_string()),
            }
        }
        Ok(())
    }

    /// A segment that went away while the others were read.
    fn gone(&mut self, first: u64) -> Result<(), TrailError> {
        let known = self.report.stubs.iter().map(|stub| (stub.first, stub.last));
        let known: Vec<_> = known.collect();
        self.stubs = Listing::of(self.dir)?.stubs;
        self.stubs.retain(|stub| !known.contains(stub));
        if self
            .stubs
            .iter()
            .any(|stub| stub.0 < self.next && first <= stub.1)
        {
            let what = "records were retired while they were verified: verify again";
            return Err(TrailError::NotProven(what.to_owned()));
        }
        self.enter(first)
    }

    fn broken(&mut self, at: u64, to: Result<u64, u64>, what: &'static str) {
        self.offset = at;
        let (Ok(end) | Err(end)) = to;
        self.bytes += end - at;
        let end_of_all = to.is_err() && self.last_segment == Some(self.segment);
        if self.left_over {
            return;
        }
        if end_of_all && (at > 0 || end <= LONGEST_BEGIN) {
            self.report.torn = end - at;
            return;
        }
        self.find(FindingKind::Damaged, (self.next, self.next), what);
        self.lose();
    }

    fn frame(&mut self, sum: Sum) {
        self.offset = sum.offset;
        self.bytes += sum.head.whole() as u64;
        if self.left_over {
            return;
        }
        if sum.offset == 0 && sum.head.kind != Kind::Begin {
            let what = "the segment has no beginning";
            self.find(FindingKind::Damaged, (self.next, self.next), what);
        }
        let chain = sum.chain;
        match sum.holds {
            Holds::Begin(begin) => self.begin(begin),
            Holds::Records(leaves) => self.records(&sum.head, chain, &leaves),
            Holds::Checkpoint(checkpoint) => self.checkpoint(sum.head.sequence, chain, checkpoint),
        }
    }

    fn begin(&mut self, begin: Option<Begin>) {
        let begin = begin.filter(|begin| self.offset == 0 && begin.first() == self.segment);
        let Some(begin) = begin.filter(|begin| begin.trail == self.name.id) else {
            self.find(
                FindingKind::Damaged,
                (self.next, self.next),
                "not the beginning of the segment",
            );
            return;
        };
        let first = begin.first();
        if first != self.next {
            self.jump(first, first.max(self.next) - 1);
        }
        let followed = self.stated.is_some();
        if followed && self.covered + 1 < first {
            let what = "the segment before does not end with a checkpoint";
            self.find(FindingKind::Checkpoint, (self.covered + 1, first - 1), what);
        }
        let tree = self.tree.take().map(|(mut all, segment)| {
            all.extend(&segment);
            all
        });
        let signed = self.report.checkpoint.as_ref();
        let vouched =
            signed.is_some_and(|one| one.sequence + 1 == first && one.root == begin.before.root());
        let fits = [
            (
                self.stated.is_none_or(|chain| chain == begin.chain),
                "the chain",
            ),
            (
                !followed
                    || self.checkpoints == begin.checkpoints
                        && self.previous.is_none_or(|one| one == begin.previous),
                "the last checkpoint",
            ),
            (
                tree.as_ref().is_none_or(|tree| *tree == begin.before),
                "the Merkle tree",
            ),
        ];
        for (_, what) in fits.iter().filter(|(fits, _)| !fits) {
            let what = format!("the beginning of the segment states another thing about {what}");
            self.find(FindingKind::Changed, (first, first), what);
        }
        self.stated = self.stated.or(Some(begin.chain));
        let tree = if vouched { Some(begin.before) } else { tree };
        self.tree = tree.map(|all| (all, Run::empty(first - 1)));
        (self.checkpoints, self.previous) = (begin.checkpoints, Some(begin.previous));
    }

    /// Another record comes than should.
    fn jump(&mut self, to: u64, last: u64) {
        if to > self.next {
            self.find(
                FindingKind::Missing,
                (self.next, to - 1),
                "records are missing",
            );
        } else {
            let what = "records come again, or in another order";
            self.find(FindingKind::Repeated, (to, last), what);
        }
        self.lose();
        self.next = to;
    }

    fn records(&mut self, head: &Head, chain: Option<TrailHash>, leaves: &Leaves) {
        let (first, end) = (head.sequence, head.sequence + u64::from(head.count));
        if first < self.next {
            let what = "records come again, or in another order";
            self.find(FindingKind::Repeated, (first, end.max(first + 1) - 1), what);
            return;
        }
        if first > self.next {
            self.jump(first, first);
        }
        for leaf in &leaves.hashes {
            let same = self.signed == self.stated;
            self.stated = self.stated.map(|chain| hash::link(chain, *leaf));
            self.signed = if same {
                self.stated
            } else {
                self.signed.map(|chain| hash::link(chain, *leaf))
            };
            if let Some((_, segment)) = &mut self.tree {
                segment.push(*leaf, |_, _| {});
            }
        }
        self.report.records += leaves.hashes.len() as u64;
        self.next = end;
        let found = self.report.findings.len();
        if let Some(wrong) = leaves.wrong {
            self.offset += (frame::HEAD + wrong.offset) as u64;
            self.find(
                FindingKind::Damaged,
                (wrong.sequence, wrong.sequence),
                wrong.what,
            );
            self.lose();
        }
        match chain {
            None if leaves.wrong.is_none() => {
                self.find(
                    FindingKind::Damaged,
                    (first, end - 1),
                    "a frame does not fit its check",
                );
            }
            Some(chain) if self.stated.is_some_and(|stated| stated != chain) => {
                let what = "records are not those in the chain";
                self.find(FindingKind::Changed, (first, end - 1), what);
                self.lose();
            }
            _ => {}
        }
        self.stated = self.stated.or(chain);
        self.note_time(leaves, found);
    }

    /// Findings before this frame lie before its time, its own before the next frame's.
    fn note_time(&mut self, leaves: &Leaves, found: usize) {
        let Some((from, until)) = leaves.times else {
            return;
        };
        let from = DateTime::from_timestamp_nanos(from);
        for finding in self.report.findings.iter_mut().take(found).skip(self.open) {
            finding.before = finding.before.or(Some(from));
        }
        self.open = found;
        self.time = Some(DateTime::from_timestamp_nanos(until));
    }

    pub(crate) fn finish(mut self) -> Result<VerifyReport, TrailError> {
        self.pass_stubs(u64::MAX)?;
        (self.segment, self.retired, self.offset) = (0, (0, 0), 0);
        self.report.last = self.next - 1;
        if self.last_segment.is_none() {
            self.find(
                FindingKind::Missing,
                (self.next, self.next),
                "there is no segment",
            );
        }
        if let Some(filed) = self.filed {
            self.judge_filing(filed);
        }
        Ok(self.report)
    }
}
