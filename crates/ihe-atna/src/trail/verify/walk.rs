//! The walk along a trail: chain, tree and checkpoints, each compared with what it says of the others.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::trail::TrailError;
use crate::trail::checkpoint::Checkpoint;
use crate::trail::files::{self, Listing, Name};
use crate::trail::frame::{self, Head};
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
    dir: &'a Path,
    name: Name,
    key: &'a TrailKey,
    filed: Option<&'a Checkpoint>,
    stubs: Vec<(u64, u64)>,
    last_segment: Option<u64>,
    /// The segment, and where in it.
    segment: u64,
    offset: u64,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// The record that comes next.
    next: u64,
    /// The chain head, from what the frame before stated; None: unknown, behind a hole.
    stated: Option<TrailHash>,
    /// The chain head, from what was signed last; None: unknown.
    signed: Option<TrailHash>,
    /// All before the segment, and the segment's records; None: unknown.
    tree: Option<(Run, Run)>,
    /// Number and hash of the last checkpoint.
    checkpoints: u64,
    previous: Option<TrailHash>,
    /// The last record that a checkpoint covers, good or not.
    covered: u64,
    /// Record and time of the last good checkpoint or stub.
    mark: (u64, Option<DateTime<Utc>>),
    /// The latest time of receipt before here.
    time: Option<DateTime<Utc>>,
    /// The segment is retired and only not yet removed.
    left_over: bool,
    /// Findings from this one on do not know yet before which time they lie.
    open: usize,
    report: VerifyReport,
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

    fn find(&mut self, kind: FindingKind, (first, last): (u64, u64), what: impl Into<String>) {
        if self.report.findings.len() >= MOST_FINDINGS {
            self.report.more += 1;
            return;
        }
        let file = match self.segment {
            0 => String::new(),
            first => files::segment(first),
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
    fn lose(&mut self) {
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
            (self.segment, self.offset) = (0, 0);
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

    fn stub(&mut self, stub: Stub, ends: (u64, u64)) {
        let wrong = self.wrong_with(&stub, ends);
        let trusted = stub.check(self.key).is_ok() && stub.trail == self.name.id;
        for what in wrong {
            self.find(FindingKind::Stub, ends, what);
        }
        if ends.0 > self.next {
            self.find(
                FindingKind::Missing,
                (self.next, ends.0 - 1),
                "records are missing",
            );
        }
        let tree = self.tree.take().and_then(|(mut all, segment)| {
            (all.extend(&segment) && all.extend(stub.run())).then_some(all)
        });
        self.lose();
        self.next = stub.last + 1;
        self.covered = stub.last;
        self.checkpoints = stub.checkpoints_after;
        self.previous = Some(stub.checkpoint);
        self.time = Some(stub.until);
        if trusted {
            (self.stated, self.signed) = (Some(stub.chain_after), Some(stub.chain_after));
            self.tree = tree.map(|all| (all, Run::empty(stub.last)));
            self.mark = (stub.last, Some(stub.until));
            self.report.signed = stub.last;
        }
        self.judge_retired_filing(&stub);
        self.report.stubs.push(stub);
    }

    fn wrong_with(&self, stub: &Stub, ends: (u64, u64)) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Err(error) = stub.check(self.key) {
            wrong.push(error.to_string());
        }
        let root = self.tree.clone().map(|(mut all, segment)| {
            let joined = all.extend(&segment) && all.extend(stub.run());
            joined.then(|| all.root())
        });
        let fits = [
            (stub.trail == self.name.id, "it is of another trail"),
            (
                (stub.first, stub.last) == ends,
                "it has another file's name",
            ),
            (stub.first >= self.next, "its records are there as well"),
            (
                self.stated.is_none_or(|chain| chain == stub.chain_before),
                "the chain before it is another one",
            ),
            (
                stub.checkpoints_before == self.checkpoints,
                "checkpoints before it are missing",
            ),
            (
                root.is_none_or(|root| root == Some(stub.root)),
                "its Merkle root is another one",
            ),
        ];
        wrong.extend(
            fits.iter()
                .filter(|(fits, _)| !fits)
                .map(|(_, what)| (*what).to_owned()),
        );
        wrong
    }

    fn judge_retired_filing(&mut self, stub: &Stub) {
        let Some(filed) = self.filed else { return };
        let within = stub.checkpoints_before + 1..=stub.checkpoints_after;
        if within.contains(&filed.number) {
            let same = filed.number == stub.checkpoints_after && filed.hash() == stub.checkpoint;
            self.report.filed = if same {
                Filed::Proven(filed.sequence)
            } else {
                Filed::Retired
            };
        }
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
            self.stated = self.stated.map(|chain| hash::link(chain, *leaf));
            self.signed = self.signed.map(|chain| hash::link(chain, *leaf));
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

    fn checkpoint(
        &mut self,
        sequence: u64,
        chain: Option<TrailHash>,
        read: Result<Checkpoint, TrailError>,
    ) {
        self.report.checkpoints += 1;
        self.covered = sequence;
        let place = (sequence, sequence);
        match (chain, self.stated) {
            (None, _) => self.find(
                FindingKind::Damaged,
                place,
                "a checkpoint does not fit its check",
            ),
            (Some(chain), Some(stated)) if chain != stated => {
                self.find(
                    FindingKind::Changed,
                    place,
                    "the chain head beside a checkpoint",
                );
            }
            _ => {}
        }
        match read {
            Ok(checkpoint) => self.compare(sequence, checkpoint),
            Err(error) => {
                self.find(FindingKind::Checkpoint, place, error.to_string());
                (self.checkpoints, self.previous) = (self.checkpoints + 1, None);
            }
        }
    }

    fn compare(&mut self, sequence: u64, checkpoint: Checkpoint) {
        let place = (sequence, sequence);
        let (expected, previous) = (self.checkpoints + 1, self.previous);
        (self.checkpoints, self.previous) = (expected, None);
        if let Err(error) = checkpoint.check(self.key) {
            return self.find(FindingKind::Checkpoint, place, error.to_string());
        }
        let number = checkpoint.number;
        if checkpoint.trail != self.name.id || number < expected {
            let what = format!("checkpoint {number} comes again, or is of another trail");
            return self.find(FindingKind::Checkpoint, place, what);
        }
        if number > expected {
            let what = format!("checkpoints {expected} to {} are missing", number - 1);
            self.find(FindingKind::Checkpoint, place, what);
        } else if previous.is_some_and(|previous| previous != checkpoint.previous) {
            let what = format!("checkpoint {number} does not follow the one before");
            self.find(FindingKind::Checkpoint, place, what);
        }
        (self.checkpoints, self.previous) = (number, Some(checkpoint.hash()));
        self.believe(checkpoint);
    }

    /// A checkpoint with a good signature: what lies between the one before and this one is as it was
    /// signed, or it is not.
    fn believe(&mut self, checkpoint: Checkpoint) {
        let interval = (self.mark.0 + 1, checkpoint.sequence);
        let root = self.tree.as_ref().map(|(all, segment)| {
            let mut all = all.clone();
            all.extend(segment);
            all.root()
        });
        let chain = self.signed.is_none_or(|chain| chain == checkpoint.chain);
        if checkpoint.sequence + 1 != self.next {
            let what = format!(
                "records were removed or inserted: {} are there",
                self.next - 1
            );
            self.changed_between_checkpoints(interval, checkpoint.time, what);
        } else if !chain || root.is_some_and(|root| root != checkpoint.root) {
            let what = "records are not those that were signed; the chain was computed anew";
            self.changed_between_checkpoints(interval, checkpoint.time, what.to_owned());
        }
        self.signed = Some(checkpoint.chain);
        self.mark = (checkpoint.sequence, Some(checkpoint.time));
        self.report.signed = checkpoint.sequence;
        if let Some(filed) = self.filed.filter(|filed| filed.number == checkpoint.number) {
            if *filed == checkpoint {
                self.report.filed = Filed::Proven(filed.sequence);
            } else {
                self.report.filed = Filed::Contradicted;
                let what =
                    "the trail was rewritten: its checkpoint of this number is not the filed one";
                self.find(FindingKind::Rewritten, (1, filed.sequence), what);
            }
        }
        self.report.checkpoint = Some(checkpoint);
    }

    fn changed_between_checkpoints(
        &mut self,
        interval: (u64, u64),
        time: DateTime<Utc>,
        what: String,
    ) {
        let place = (self.time, self.open);
        self.time = self.mark.1;
        self.find(FindingKind::Changed, interval, what);
        if let Some(finding) = self.report.findings.last_mut() {
            finding.before = Some(time);
        }
        (self.time, self.open) = place;
        self.tree = None;
    }

    pub(crate) fn finish(mut self) -> Result<VerifyReport, TrailError> {
        self.pass_stubs(u64::MAX)?;
        self.segment = 0;
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

    fn judge_filing(&mut self, filed: &Checkpoint) {
        let wrong = |finding: &Finding| finding.first <= filed.sequence;
        match self.report.filed {
            Filed::NotGiven => {
                let end = self.next - 1;
                self.report.filed = Filed::Contradicted;
                if end < filed.sequence || self.checkpoints < filed.number {
                    let what =
                        format!("the trail ends at record {end}, before the filed checkpoint");
                    self.find(FindingKind::Truncated, (end + 1, filed.sequence), what);
                } else {
                    let what = "the filed checkpoint is not in the trail";
                    self.find(FindingKind::Rewritten, (1, filed.sequence), what);
                }
            }
            Filed::Proven(_) if self.report.findings.iter().any(wrong) => {
                self.report.filed = Filed::Contradicted;
            }
            _ => {}
        }
    }
}
