//! What is signed in a trail: checkpoints, stubs, and the filed checkpoint, compared with the records.

use chrono::{DateTime, Utc};

use crate::trail::TrailError;
use crate::trail::checkpoint::Checkpoint;
use crate::trail::hash::TrailHash;
use crate::trail::stub::Stub;
use crate::trail::tree::Run;
use crate::trail::verify::report::{Filed, Finding, FindingKind};
use crate::trail::verify::walk::Walk;

impl Walk<'_> {
    pub(super) fn stub(&mut self, stub: Stub, ends: (u64, u64)) {
        let wrong = self.wrong_with(&stub, ends);
        for what in wrong {
            self.find(FindingKind::Stub, ends, what);
        }
        let ours = stub.trail == self.name.id && (stub.first, stub.last) == ends;
        if !ours || stub.first < self.next || stub.check(self.key).is_err() {
            return;
        }
        if stub.first > self.next {
            let lost = (self.next, stub.first - 1);
            self.find(FindingKind::Missing, lost, "records are missing");
        }
        self.tree = self.tree.take().and_then(|(mut all, segment)| {
            let joined = all.extend(&segment) && all.extend(stub.run());
            joined.then(|| (all, Run::empty(stub.last)))
        });
        (self.stated, self.signed) = (Some(stub.chain_after), Some(stub.chain_after));
        (self.next, self.covered) = (stub.last + 1, stub.last);
        (self.checkpoints, self.previous) = (stub.checkpoints_after, Some(stub.checkpoint));
        self.mark = (stub.last, Some(stub.until));
        self.time = Some(stub.until);
        self.report.signed = stub.last;
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

    pub(super) fn checkpoint(
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
            Ok(checkpoint) => {
                if checkpoint.sequence != sequence && checkpoint.sequence + 1 == self.next {
                    self.find(
                        FindingKind::Checkpoint,
                        place,
                        "a frame around a checkpoint",
                    );
                }
                self.compare(checkpoint);
            }
            Err(error) => {
                self.find(FindingKind::Checkpoint, place, error.to_string());
                (self.checkpoints, self.previous) = (self.checkpoints + 1, None);
            }
        }
    }

    fn compare(&mut self, checkpoint: Checkpoint) {
        let place = (self.next - 1, self.next - 1);
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
        self.compare_with_filed(&checkpoint);
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

    fn compare_with_filed(&mut self, checkpoint: &Checkpoint) {
        let filed = self.filed.filter(|filed| filed.number == checkpoint.number);
        match filed {
            Some(filed) if filed == checkpoint => {
                self.report.filed = Filed::Proven(filed.sequence);
            }
            Some(filed) => {
                self.report.filed = Filed::Contradicted;
                let what = "the trail was rewritten: its checkpoint of this number is another one";
                self.find(FindingKind::Rewritten, (1, filed.sequence), what);
            }
            None => {}
        }
    }

    pub(super) fn judge_filing(&mut self, filed: &Checkpoint) {
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
            Filed::Proven(_) if self.report.more > 0 || self.report.findings.iter().any(wrong) => {
                self.report.filed = Filed::Contradicted;
            }
            _ => {}
        }
    }
}
